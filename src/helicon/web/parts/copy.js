// A button that copies text and says so.

import { html, useEffect, useState } from "../lib/ui.js";
import { copyText } from "../chat/clipboard.js";
import { t } from "../core/i18n.js";

export { copyText as copied };

/** @param {{text: string}} props */
export function Copy({ text }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(""), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => setSaid((await copyText(text)) ? t("parts.copied") : t("parts.notCopied"));
  return html`<button type="button" class="button quiet small copy" onClick=${copy} aria-live="polite">
    ${said || t("parts.copy")}
  </button>`;
}
