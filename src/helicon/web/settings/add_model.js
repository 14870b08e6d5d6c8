// Add an endpoint or a file: judged while it is typed, opened and probed by the server.

import { html, useId, useState } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { Failed } from "../parts/failed.js";
import { addModel } from "./calls.js";
import { judge } from "./spec.js";

/** @param {{spec: string, onSpec: (spec: string) => void}} props */
export function AddModel({ spec, onSpec }) {
  const id = useId();
  const [touched, setTouched] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(/** @type {import("../parts/load.js").Failing | null} */ (null));
  const [added, setAdded] = useState("");
  const judged = judge(spec);
  const wrong = judged.problem !== "" && (touched || judged.kind !== "") && spec.trim() !== "";
  const type = (/** @type {string} */ text) => {
    onSpec(text);
    setFailure(null);
    setAdded("");
  };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setTouched(true);
    if (judged.problem || busy) return;
    setBusy(true);
    setFailure(null);
    try {
      setAdded((await addModel(spec.trim())).name);
      onSpec("");
      setTouched(false);
    } catch (error) {
      setFailure(/** @type {import("../parts/load.js").Failing} */ (error));
    }
    setBusy(false);
  };
  return html`<form class="add-model" onSubmit=${send}>
    <label for=${id}>${t("settings.models.add.label")}</label>
    <div class="line">
      <input id=${id} type="text" value=${spec} spellcheck=${false} autocomplete="off" autocapitalize="none" dir="ltr"
        placeholder="http://localhost:11434/v1#gemma4:12b" aria-describedby=${`${id}-help`}
        aria-invalid=${wrong ? "true" : "false"} disabled=${busy}
        onInput=${(/** @type {any} */ event) => type(event.currentTarget.value)} onBlur=${() => setTouched(true)} />
      <button type="submit" class="button primary" disabled=${busy || !spec.trim() || wrong}>
        ${busy ? t("settings.models.add.busy") : t("settings.models.add.send")}</button>
    </div>
    <p id=${`${id}-help`} class=${wrong ? "help wrong" : "help"} aria-live="polite">
      ${wrong ? t(`settings.models.add.problem.${judged.problem}`)
        : judged.kind ? t(`settings.models.add.kind.${judged.kind}`) : t("settings.models.add.help")}
      ${wrong && judged.better && html` <button type="button" class="button quiet small" onClick=${() => type(judged.better ?? "")}>
        ${t("settings.models.add.better", { spec: judged.better })}</button>`}
    </p>
    ${busy && html`<p class="soft" role="status">${t("settings.models.add.wait")}</p>`}
    ${added && html`<p class="good" role="status">${t("settings.models.add.done", { name: added })}</p>`}
    <${Failed} failure=${failure} />
  </form>`;
}
