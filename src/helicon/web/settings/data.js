// Where conversations are kept; taking them in and out; throwing them away.

import { html, useId, useRef, useState } from "../lib/ui.js";
import { confirm } from "../chat/dialogs.js";
import { session } from "../core/state.js";
import { number, t } from "../core/i18n.js";
import { Failed } from "../parts/failed.js";
import { useLoad } from "../parts/load.js";
import { emptyTrash, eraseAll, importFile, trashed } from "./calls.js";

/** What must be typed before everything goes; the server asks for the same words. */
const CONFIRM = "delete everything";

export function Data() {
  const storage = session.value?.storage;
  return html`
    <h3>${t("settings.data.place")}</h3>
    <p><code class="place" dir="ltr">${storage?.place.replace(/^sqlite:\/\/\//, "")}</code></p>
    <p class=${storage?.ok ? "good" : "bad"}>${storage?.ok ? t("settings.data.ok") : t("settings.data.notOk")}</p>
    ${storage && !storage.ok && html`<p dir="auto">${storage.message}</p>`}
    <h3>${t("settings.data.import")}</h3>
    <p class="soft">${t("settings.data.importLead")}</p>
    <${Import} />
    <h3>${t("settings.data.export")}</h3>
    <p class="soft">${t("settings.data.exportLead")}</p>
    <a class="button quiet" href="/api/export" download="helicon-export.json">${t("settings.data.exportAll")}</a>
    <h3>${t("settings.data.trash")}</h3>
    <${Trash} />
    <h3>${t("settings.data.erase")}</h3>
    <${Erase} />
  `;
}

function Import() {
  const picker = useRef(/** @type {HTMLInputElement | null} */ (null));
  const [busy, setBusy] = useState("");
  const [failure, setFailure] = useState(/** @type {import("../parts/load.js").Failing | null} */ (null));
  const [report, setReport] = useState(/** @type {import("./calls.js").Report | null} */ (null));
  const take = async (/** @type {any} */ event) => {
    const [file] = event.currentTarget.files ?? [];
    if (!file) return;
    setBusy(file.name);
    setFailure(null);
    setReport(null);
    try {
      setReport(await importFile(file));
    } catch (error) {
      setFailure(/** @type {import("../parts/load.js").Failing} */ (error));
    }
    setBusy("");
    if (picker.current) picker.current.value = "";
  };
  return html`<div class="import">
    <input class="visually-hidden" tabindex="-1" type="file" accept=".json,.zip,application/json,application/zip" ref=${picker} onChange=${take}
      aria-label=${t("settings.data.choose")} />
    <button type="button" class="button quiet small" disabled=${busy !== ""} onClick=${() => picker.current?.click()}>
      ${busy ? t("settings.data.importing", { file: busy }) : t("settings.data.choose")}</button>
    <p role="status" class="good">${report && t("settings.data.imported", {
      imported: number(report.imported), updated: number(report.updated), skipped: number(report.skipped) })}</p>
    ${report && report.notes.length > 0 && html`<details><summary>${t("settings.data.notes")}</summary>
      <ul>${report.notes.map((note) => html`<li key=${note} dir="auto">${note}</li>`)}</ul></details>`}
    <${Failed} failure=${failure} />
  </div>`;
}

function Trash() {
  const { data, failure, reload } = useLoad(trashed, "");
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(/** @type {import("../parts/load.js").Failing | null} */ (null));
  const empty = async () => {
    const sure = await confirm({ title: t("settings.data.trashEmptyIt"), text: t("settings.data.trashSure"),
      action: t("settings.data.trashYes"), danger: true });
    if (!sure) return;
    setBusy(true);
    setFailed(null);
    try {
      await emptyTrash();
    } catch (error) {
      setFailed(/** @type {import("../parts/load.js").Failing} */ (error));
    }
    setBusy(false);
    reload();
  };
  const count = data ?? 0;
  return html`<div class="trash">
    <p role="status">${data === null ? "" : count ? t("settings.data.trashed", { count }) : t("settings.data.trashEmpty")}</p>
    ${count > 0 && html`<button type="button" class="button quiet small" disabled=${busy} onClick=${empty}>
      ${t("settings.data.trashEmptyIt")}</button>`}
    <${Failed} failure=${failure ?? failed} retry=${failure ? reload : undefined} />
  </div>`;
}

function Erase() {
  const id = useId();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [done, setDone] = useState(false);
  const [failure, setFailure] = useState(/** @type {import("../parts/load.js").Failing | null} */ (null));
  const ready = typed.trim().toLowerCase() === CONFIRM || typed.trim().toLowerCase() === t("settings.data.eraseWords");
  const erase = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setFailure(null);
    try {
      await eraseAll(CONFIRM);
      setDone(true);
      setTyped("");
    } catch (error) {
      setFailure(/** @type {import("../parts/load.js").Failing} */ (error));
    }
    setBusy(false);
  };
  return html`<form class="erase" onSubmit=${erase}>
    <p class="soft">${t("settings.data.eraseLead")}</p>
    <label for=${id}>${t("settings.data.eraseLabel", { words: t("settings.data.eraseWords") })}</label>
    <div class="line">
      <input id=${id} type="text" autocomplete="off" autocapitalize="none" spellcheck=${false} value=${typed}
        onInput=${(/** @type {any} */ event) => { setTyped(event.currentTarget.value); setDone(false); }} />
      <button type="submit" class="button danger" disabled=${!ready || busy}>${t("settings.data.eraseYes")}</button>
    </div>
    <p role="status" class="good">${done ? t("settings.data.erased") : ""}</p>
    <${Failed} failure=${failure} />
  </form>`;
}
