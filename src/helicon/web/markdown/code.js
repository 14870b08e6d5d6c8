// A block of code: its language, a button that copies it, colours once it is whole.

import { html, useEffect, useState } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { Icon } from "../icons.js";
import { copyText } from "../chat/clipboard.js";
import { coloured, languageOf } from "./highlight.js";

/** Characters shown at once; a button shows the rest. */
const SHOWN = 60_000;

/** @param {{ text: string, language: string, whole: boolean }} properties */
export function Code({ text, language, whole }) {
  const [all, setAll] = useState(false);
  const [nodes, setNodes] = useState(/** @type {{ of: string, nodes: any[] } | null} */ (null));
  const known = languageOf(language);
  useEffect(() => {
    if (!whole || !known) return undefined;
    let wanted = true;
    coloured(text, known.file).then((made) => { if (wanted && made) setNodes({ of: text, nodes: made }); });
    return () => { wanted = false; };
  }, [whole, text, known?.file]);
  const shown = all ? text : text.slice(0, SHOWN);
  const label = known?.label ?? language;
  return html`<figure class="md-code" dir="ltr">
    <figcaption><span>${label || t("markdown.code")}</span><${CopyCode} text=${text} /></figcaption>
    <pre tabindex="0" role="region" aria-label=${label ? t("markdown.codeIn", { language: label }) : t("markdown.code")}><code>${
      nodes?.of === text && shown === text ? nodes.nodes : shown}</code></pre>
    ${shown.length < text.length && html`<button type="button" class="quiet md-more" onClick=${() => setAll(true)}>${
      t("markdown.moreCode", { count: text.length - shown.length })}</button>`}
  </figure>`;
}

/** @param {{ text: string }} properties */
function CopyCode({ text }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(""), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => setSaid((await copyText(text)) ? "markdown.copied" : "markdown.notCopied");
  return html`<button type="button" class="md-copy" onClick=${copy} aria-label=${said ? undefined : t("markdown.copyCode")}>
    <${Icon} name=${said === "markdown.copied" ? "check" : "copy"} size="1rem" /><span aria-live="polite">${
      t(said || "markdown.copy")}</span></button>`;
}
