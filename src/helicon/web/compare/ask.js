// The question, its pictures, who answers, and whether their names are hidden until the vote.

import { html, useId, useState } from "../lib/ui.js";
import { model, models, preferences } from "../core/state.js";
import { go } from "../core/router.js";
import { t } from "../core/i18n.js";
import { Failed } from "../parts/failed.js";
import { begin } from "./calls.js";
import { beginning, Entries } from "./entries.js";
import { Pictures, usePictures } from "./pictures.js";

export function Ask() {
  const id = useId();
  const [text, setText] = useState("");
  const [given, setEntries] = useState(/** @type {import("./calls.js").Entry[] | null} */ (null));
  const [blind, setBlind] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(/** @type {import("../parts/load.js").Failing | null} */ (null));
  const pictures = usePictures(setFailure);
  const usual = model.value?.name ?? "";
  const entries = given ?? (usual ? beginning(usual) : []);
  const sightless = pictures.list.length === 0 ? [] : [...new Set(entries.map((one) => one.model))]
    .filter((name) => !models.value.models.find((one) => one.name === name)?.images);
  const ready = (text.trim() !== "" || pictures.list.length > 0) && entries.length > 1 && !sightless.length && !busy;
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setFailure(null);
    try {
      const images = pictures.list.map(({ data, media_type, name }) => ({ data, media_type, name }));
      const made = await begin({ text: text.trim(), images, entries, blind });
      go(`/compare/${made.conversation.id}`);
    } catch (error) {
      setFailure(/** @type {import("../parts/load.js").Failing} */ (error));
      setBusy(false);
    }
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    const withCtrl = event.ctrlKey || event.metaKey;
    const sends = preferences.value.send_with === "ctrl+enter" ? withCtrl
      : withCtrl || (!event.shiftKey && !matchMedia("(pointer: coarse)").matches);
    if (sends) send(event);
  };
  return html`<form class="compare-ask" onSubmit=${send} onPaste=${(/** @type {ClipboardEvent} */ event) => pictures.carry(event, event.clipboardData)}
    onDrop=${(/** @type {DragEvent} */ event) => pictures.carry(event, event.dataTransfer)}
    onDragOver=${(/** @type {DragEvent} */ event) => event.preventDefault()}>
    <label class="visually-hidden" for=${id}>${t("compare.question")}</label>
    <textarea id=${id} rows="3" dir="auto" value=${text} placeholder=${t("compare.placeholder")} onKeyDown=${key}
      onInput=${(/** @type {any} */ event) => setText(event.currentTarget.value)}></textarea>
    <${Pictures} pictures=${pictures} />
    ${sightless.length > 0 && html`<p class="help wrong" role="alert">${t("compare.sightless", { names: sightless.join(", ") })}</p>`}
    <${Entries} entries=${entries} onChange=${setEntries} />
    <div class="compare-send">
      <label class="check"><input type="checkbox" checked=${blind}
        onChange=${(/** @type {any} */ event) => setBlind(event.currentTarget.checked)} />
        <span>${t("compare.blind")}<span class="soft"> ${t("compare.blindHint")}</span></span></label>
      <button type="submit" class="button primary" disabled=${!ready}>${busy ? t("compare.sending") : t("compare.send")}</button>
    </div>
    <${Failed} failure=${failure} />
  </form>`;
}
