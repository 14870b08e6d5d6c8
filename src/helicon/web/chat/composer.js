// The box that questions are typed into, with what they are asked with beside it.

import { html, signal, useEffect, useLayoutEffect, useRef, useState } from "../lib/ui.js";
import { failed, send, stop } from "../core/actions.js";
import { Failure } from "../core/api.js";
import { draftOf, forgetDraft, keepDraft } from "../core/drafts.js";
import { list, t } from "../core/i18n.js";
import {
  branch, chosen, conversation, incognito, mode, MODES, model, models, path, preferences, running, stopping, unsent,
} from "../core/state.js";
import { Icon } from "../icons.js";
import { Menu } from "./dialogs.js";
import { MOST, picturesIn, readPicture } from "./images.js";
import { OptionsButton } from "./options.js";

/** @typedef {import("../core/types.js").Picture} Picture */

const touch = matchMedia("(pointer: coarse)");
const narrow = signal(matchMedia("(max-width: 44rem)").matches);
matchMedia("(max-width: 44rem)").addEventListener("change", (event) => { narrow.value = event.matches; });

/** What is in the box. */
export const text = signal("");
export const pictures = signal(/** @type {Picture[]} */ ([]));

/** Put words into the box for people to send. @param {string} words */
export function fill(words) {
  text.value = words;
  document.getElementById("question")?.focus();
}

/** An unsent question goes back into the box. @param {{text: string, images: Picture[]}} one */
export function putBack(one) {
  pictures.value = [...one.images, ...pictures.value];
  fill([one.text, text.value].filter(Boolean).join("\n"));
}

/** @param {File[]} files */
export async function attach(files) {
  for (const file of files) {
    if (pictures.value.length >= MOST) {
      failed(new Failure(t("image.many", { count: MOST })));
      return;
    }
    try {
      pictures.value = [...pictures.value, await readPicture(file)];
    } catch (error) {
      failed(error);
    }
  }
}

/** @param {Picture} one */
function detach(one) {
  pictures.value = pictures.value.filter((other) => other !== one);
  URL.revokeObjectURL(one.url);
}

function Previews() {
  if (!pictures.value.length) return null;
  return html`<ul class="previews" aria-label=${t("image.list")}>${pictures.value.map((one) => html`<li key=${one.id}>
    <img src=${one.url} alt=${one.name} />
    <button type="button" class="icon-button small" aria-label=${t("image.remove", { name: one.name })}
      onClick=${() => detach(one)}><${Icon} name="close" /></button>
  </li>`)}</ul>`;
}

/** A model that cannot see says so before anything is sent. */
function Blind() {
  const own = model.value;
  if (!own || own.images || !(pictures.value.length || path.value.some((one) => one.images.length))) return null;
  const seeing = models.value.models.filter((one) => one.images);
  return html`<div class="blind" role="alert"><${Icon} name="eye" />
    <p>${t("image.blind", { model: own.name })}${" "}
      ${seeing.length ? t("image.blind.other") : t("image.blind.none")}</p>
    ${seeing.slice(0, 3).map((one) => html`<button key=${one.name} type="button" class="button quiet small"
      onClick=${() => { chosen.value = { ...chosen.value, model: one.name }; }}>${one.name}</button>`)}
  </div>`;
}

function AttachButton() {
  const file = useRef(/** @type {HTMLInputElement|null} */ (null));
  const camera = useRef(/** @type {HTMLInputElement|null} */ (null));
  const took = (/** @type {any} */ event) => {
    attach([...event.target.files]);
    event.target.value = "";
  };
  const items = [
    { label: t("image.file"), icon: "image", run: () => file.current?.click() },
    { label: t("image.camera"), icon: "camera", run: () => camera.current?.click() },
  ];
  return html`<${Menu} label=${t("image.add")} icon="attach" items=${items} />
    <input ref=${file} type="file" accept="image/*" multiple hidden onChange=${took} />
    <input ref=${camera} type="file" accept="image/*" capture="environment" hidden onChange=${took} />`;
}

/** @param {string} name */
const setMode = (name) => { chosen.value = { ...chosen.value, mode: name }; };

function Modes() {
  const able = model.value?.modes ?? MODES;
  const now = mode.value;
  const why = (/** @type {string} */ name) => (able.includes(name) ? t(`mode.${name}.short`)
    : model.value?.why?.[name] ?? t("mode.unable", { model: model.value?.name ?? "" }));
  if (narrow.value) {
    const items = MODES.map((name) => ({
      label: t(`mode.${name}`), hint: why(name), checked: name === now, disabled: !able.includes(name),
      run: () => setMode(name),
    }));
    return html`<${Menu} label=${t("mode.label.now", { mode: t(`mode.${now}`) })} class="pick" items=${items}>
      <span>${t(`mode.${now}`)}</span><${Icon} name="chevron-down" /><//>`;
  }
  return html`<fieldset class="modes"><legend class="visually-hidden">${t("mode.label")}</legend>
    ${MODES.map((name) => html`<label key=${name} title=${why(name)}>
      <input type="radio" name="mode" value=${name} checked=${name === now} disabled=${!able.includes(name)}
        autocomplete="off" onChange=${() => setMode(name)} /><span>${t(`mode.${name}`)}</span></label>`)}
  </fieldset>`;
}

function Models() {
  const { models: all } = models.value;
  const now = model.value;
  if (!now) return html`<a class="pick" href="#/settings/models">${t("model.none")}</a>`;
  const hint = (/** @type {import("../core/types.js").Model} */ one) => (!one.health?.ok && one.health?.message)
    || list([t(`model.origin.${one.origin.replaceAll(" ", "-")}`), ...(one.images ? [t("model.sees")] : [])]);
  const items = () => /** @type {import("./dialogs.js").Item[]} */ ([
    ...all.map((one) => ({
      label: one.name, hint: hint(one), checked: one.name === now.name,
      run: () => { chosen.value = { ...chosen.value, model: one.name }; },
    })),
    null,
    { label: t("model.connect"), icon: "plus", run: () => { location.hash = "#/settings/models"; } },
  ]);
  return html`<${Menu} label=${t("model.label.now", { model: now.name })} class="pick model-pick" items=${items}>
    ${!now.health?.ok && html`<${Icon} name="alert" />`}<span dir="auto">${now.name}</span><${Icon} name="chevron-down" /><//>`;
}

export function Composer() {
  const box = useRef(/** @type {HTMLTextAreaElement|null} */ (null));
  const id = conversation.value?.id ?? (incognito.value ? "incognito" : "");
  const [over, setOver] = useState(false);

  // A draft belongs to its conversation; the one of a conversation that has just begun goes with it.
  const at = useRef(id);
  useLayoutEffect(() => {
    const begun = (at.current === "" || at.current === "incognito") && unsent.value.some((one) => one.conversation === id);
    at.current = id;
    if (!begun) text.value = draftOf(id);
  }, [id]);
  useEffect(() => { if (!touch.matches) box.current?.focus(); }, []);
  useLayoutEffect(() => {
    const node = box.current;
    if (!node) return;
    node.style.height = "auto";
    node.style.height = `${node.scrollHeight}px`;
  }, [text.value, narrow.value]);

  const run = running.value;
  const stops = Boolean(run && stopping.value.has(run));
  const sending = unsent.value.some((one) => one.sending && one.conversation === (conversation.value?.id ?? ""));
  const blind = !model.value?.images && pictures.value.length > 0;
  const empty = !text.value.trim() && !pictures.value.length;

  const type = (/** @type {any} */ event) => {
    text.value = event.target.value;
    keepDraft(id, text.value);
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (run) stop(run);
    else ask();
  };
  const ask = () => {
    if (empty || blind || run || sending || !model.value) return;
    const question = { text: text.value.trim(), images: pictures.value };
    text.value = "";
    pictures.value = [];
    forgetDraft(id);
    send(question);
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.keyCode === 229) return; // half-written: an input method takes this key
    if (event.key === "ArrowUp" && !text.value) {
      /** @type {HTMLElement|undefined} */ ([...document.querySelectorAll("[data-edit]")].at(-1))?.click();
      event.preventDefault();
    }
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    const held = event.ctrlKey || event.metaKey;
    if (!held && (touch.matches || preferences.value.send_with === "ctrl+enter")) return;
    event.preventDefault();
    ask();
  };
  const paste = (/** @type {ClipboardEvent} */ event) => {
    const files = picturesIn(event.clipboardData);
    if (!files.length) return;
    event.preventDefault();
    attach(files);
  };
  const drop = (/** @type {DragEvent} */ event) => {
    setOver(false);
    const files = picturesIn(event.dataTransfer);
    if (!files.length) return;
    event.preventDefault();
    event.stopPropagation();
    attach(files);
  };
  const hover = (/** @type {DragEvent} */ event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    setOver(true);
  };
  const secret = conversation.value ? conversation.value.incognito : incognito.value;
  const name = run ? (stops ? "chat.stopping" : "chat.stop") : "chat.send";
  return html`<form class="composer ${over ? "over" : ""} ${secret ? "secret" : ""}" onSubmit=${submit}
      onDragOver=${hover} onDragLeave=${() => setOver(false)} onDrop=${drop}>
    <${Blind} />
    <div class="card-box">
      <${Previews} />
      <label class="visually-hidden" for="question">${t("chat.question")}</label>
      <textarea ref=${box} id="question" rows="1" dir="auto" autocomplete="off" value=${text.value}
        placeholder=${t(branch.value ? "chat.placeholder.branch" : secret ? "chat.placeholder.secret" : "chat.placeholder")}
        enterkeyhint=${touch.matches ? "enter" : "send"} onInput=${type} onKeyDown=${keys} onPaste=${paste}></textarea>
      <div class="bar">
        <${AttachButton} />
        <${Modes} />
        <span class="space"></span>
        <${Models} />
        <${OptionsButton} />
        <button type="submit" class="send ${run ? "stop" : ""}" aria-label=${t(name)} title=${t(name)}
          disabled=${run ? stops : empty || blind || sending || !model.value}><${Icon} name=${run ? "stop" : "send"} /></button>
      </div>
    </div>
  </form>`;
}
