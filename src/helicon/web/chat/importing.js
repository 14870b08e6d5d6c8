// Taking in exported conversations, by the button or by dropping the file on the page.

import { html, signal, useRef } from "../lib/ui.js";
import { Failure } from "../core/api.js";
import { t } from "../core/i18n.js";
import { importFile } from "../core/library.js";
import { go } from "../core/router.js";
import { Icon } from "../icons.js";
import { isTrace, offered } from "../run/offered.js";
import { Dialog } from "./dialogs.js";

/** @type {import("../lib/ui.js").Signal<{busy: string}|{imported: number, updated: number, skipped: number, notes: string[]}|{error: string}|null>} */
const report = signal(null);

/** @param {File|undefined} file */
export async function takeIn(file) {
  if (!file) return;
  if (await isTrace(file)) { // a shared run plays here; nothing is kept of it
    offered.value = file;
    go("/replay");
    return;
  }
  report.value = { busy: file.name };
  try {
    report.value = await importFile(file);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    report.value = { error: `${error.message} ${error.next}` };
  }
}

/** Files that may be exports. @param {DataTransfer|null} carried */
export const exportIn = (carried) => [...(carried?.files ?? [])].find((file) => /\.jsonl?$/i.test(file.name) || file.type === "application/json");

export function Importer() {
  const file = useRef(/** @type {HTMLInputElement|null} */ (null));
  return html`<button type="button" class="icon-button" aria-label=${t("import.button")} title=${t("import.button")}
      onClick=${() => file.current?.click()}><${Icon} name="upload" /></button>
    <input ref=${file} type="file" accept=".json,.jsonl,application/json" hidden data-import onChange=${(/** @type {any} */ event) => {
    takeIn(event.target.files[0]);
    event.target.value = "";
  }} />`;
}

export function ImportReport() {
  const now = report.value;
  if (!now) return null;
  const close = () => { report.value = null; };
  if ("busy" in now) {
    return html`<${Dialog} title=${t("import.title")} onClose=${close}><p role="status">${t("import.busy", { name: now.busy })}</p><//>`;
  }
  if ("error" in now) {
    return html`<${Dialog} title=${t("import.failed")} onClose=${close}><p role="alert" dir="auto">${now.error}</p>
      <p class="soft">${t("import.kinds")}</p>
      <footer><button type="button" class="button primary" onClick=${close}>${t("chat.close")}</button></footer><//>`;
  }
  const nothing = !now.imported && !now.updated && !now.skipped;
  return html`<${Dialog} title=${t(nothing ? "import.nothing" : "import.done")} onClose=${close}>
    ${nothing && html`<p role="status">${t("import.kinds")}</p>`}
    ${!nothing && html`<ul class="report" role="status">
      <li>${t("import.imported", { count: now.imported })}</li>
      ${now.updated > 0 && html`<li>${t("import.updated", { count: now.updated })}</li>`}
      ${now.skipped > 0 && html`<li>${t("import.skipped", { count: now.skipped })}</li>`}
    </ul>`}
    ${now.notes?.length > 0 && html`<h3>${t("import.notes")}</h3><ul class="report soft">${now.notes.slice(0, 50).map((note, at) => html`
      <li key=${at} dir="auto">${note}</li>`)}</ul>`}
    <footer><button type="button" class="button primary" onClick=${close}>${t("chat.done")}</button></footer>
  <//>`;
}
