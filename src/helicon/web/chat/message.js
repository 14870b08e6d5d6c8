// One message: a question as it was typed, or an answer with what went before it and what it cost.

import { html, memo, useEffect, useLayoutEffect, useRef, useState } from "../lib/ui.js";
import { editAndResend, regenerate, resume, turn } from "../core/actions.js";
import { date, seconds, t } from "../core/i18n.js";
import { branch, messages, MODES, models, running, runs, stopping } from "../core/state.js";
import { watch } from "../core/stream.js";
import { siblings } from "../core/tree.js";
import { Icon } from "../icons.js";
import { Markdown } from "../markdown/markdown.js";
import { reveal } from "../markdown/safe.js";
import { RunView } from "../run/view.js";
import { Cost } from "./cost.js";
import { copyText } from "./clipboard.js";
import { Menu } from "./dialogs.js";

/** @typedef {import("../core/types.js").Message} Message */

/** "2 / 3": which version is shown, and the way to the others. @param {{message: Message}} props */
function Versions({ message }) {
  const all = siblings(messages.value, message);
  if (all.length < 2) return null;
  const at = all.findIndex((one) => one.id === message.id);
  const step = (/** @type {number} */ by, /** @type {"chevron-left"|"chevron-right"} */ icon, /** @type {string} */ key) => html`
    <button type="button" class="icon-button small" aria-label=${t(key)} title=${t(key)} disabled=${!all[at + by]}
      onClick=${() => turn(message, by)}><${Icon} name=${icon} /></button>`;
  return html`<span class="versions" role="group" aria-label=${t("chat.versions")}>
    ${step(-1, "chevron-left", "chat.version.before")}
    <span aria-label=${t("chat.version", { at: at + 1, count: all.length })}>${at + 1} / ${all.length}</span>
    ${step(1, "chevron-right", "chat.version.after")}
  </span>`;
}

/** @param {{text: string}} props */
function CopyButton({ text }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    setDone(await copyText(text));
    setTimeout(() => setDone(false), 2000);
  };
  return html`<button type="button" class="icon-button small" aria-label=${t(done ? "chat.copied" : "chat.copy")}
    title=${t(done ? "chat.copied" : "chat.copy")} onClick=${copy}><${Icon} name=${done ? "check" : "copy"} /></button>`;
}

/** @param {{message: Message}} props */
function Branch({ message }) {
  return html`<button type="button" class="icon-button small" aria-label=${t("chat.branch")} title=${t("chat.branch")}
    onClick=${() => {
    branch.value = message.id;
    document.getElementById("question")?.focus();
  }}><${Icon} name="branch" /></button>`;
}

/** @param {{message: Message, done: () => void}} props */
function Editor({ message, done }) {
  const node = useRef(/** @type {HTMLTextAreaElement|null} */ (null));
  const [text, setText] = useState(message.text);
  useLayoutEffect(() => {
    const box = node.current;
    box?.focus();
    box?.setSelectionRange(box.value.length, box.value.length);
  }, []);
  const send = () => {
    if (!text.trim() || running.value) return;
    done();
    editAndResend(message, text.trim());
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      done();
    }
    if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
      event.preventDefault();
      send();
    }
  };
  return html`<div class="editor">
    <textarea ref=${node} dir="auto" aria-label=${t("chat.edit.label")} value=${text} rows="1"
      onInput=${(/** @type {any} */ event) => setText(event.target.value)} onKeyDown=${keys}></textarea>
    <div class="editor-row">
      <p class="soft">${t("chat.edit.hint")}</p>
      <button type="button" class="button quiet small" onClick=${done}>${t("chat.cancel")}</button>
      <button type="button" class="button primary small" disabled=${!text.trim() || Boolean(running.value)}
        onClick=${send}>${t("chat.edit.send")}</button>
    </div>
  </div>`;
}

/** @param {{images: import("../core/types.js").ImageRef[]}} props */
export function Images({ images }) {
  if (!images.length) return null;
  return html`<div class="pictures">${images.map((one) => {
    const url = `/api/files/${encodeURIComponent(one.file)}`;
    const name = reveal(one.name) || t("chat.image");
    return html`<a key=${one.file} href=${url} target="_blank" rel="noopener" title=${name}>
      <img src=${url} alt=${name} loading="lazy" /></a>`;
  })}</div>`;
}

/** From here on a question is folded, so that what was pasted into it does not bury the answer. */
const LONG = { characters: 1500, lines: 20 };

/** @param {{text: string}} props */
function Bubble({ text }) {
  const [open, setOpen] = useState(false);
  const long = text.length > LONG.characters || text.split("\n", LONG.lines + 1).length > LONG.lines;
  return html`<p class="bubble ${long && !open ? "folded-text" : ""}" dir="auto">${reveal(text)}</p>
    ${long && html`<button type="button" class="button quiet small" aria-expanded=${String(open)}
      onClick=${() => setOpen(!open)}>${t(open ? "chat.less" : "chat.all")}</button>`}`;
}

/** @param {{message: Message}} props */
function Question({ message }) {
  const [editing, setEditing] = useState(false);
  if (editing) return html`<${Editor} message=${message} done=${() => setEditing(false)} />`;
  return html`
    <${Images} images=${message.images} />
    ${message.text && html`<${Bubble} text=${message.text} />`}
    <div class="deeds">
      <${Versions} message=${message} />
      <button type="button" class="icon-button small" data-edit aria-label=${t("chat.edit")} title=${t("chat.edit")}
        onClick=${() => setEditing(true)}><${Icon} name="pencil" /></button>
      <${CopyButton} text=${message.text} />
    </div>`;
}

/** Answer again: the same way, in another mode, by another model. @param {Message} message */
function again(message) {
  const all = models.value.models;
  const own = all.find((one) => one.name === message.model) ?? all[0];
  return /** @type {import("./dialogs.js").Item[]} */ ([
    { label: t("chat.again.same"), icon: "refresh", run: () => regenerate(message) },
    { heading: t("chat.again.modes") },
    ...MODES.filter((mode) => own?.modes.includes(mode)).map((mode) => (
      { label: t(`mode.${mode}`), hint: t(`mode.${mode}.short`), run: () => regenerate(message, { mode }) })),
    ...(all.length > 1 ? [{ heading: t("chat.again.models") }] : []),
    ...(all.length > 1 ? all.map((one) => ({ label: one.name, run: () => regenerate(message, { model: one.name }) })) : []),
  ]);
}

/** Messages of the server begin small, as parts of a longer line. @param {string} words */
const sentence = (words) => words.charAt(0).toLocaleUpperCase() + words.slice(1);

/** What an answer that did not come to its end says, and what can be done. @param {{message: Message}} props */
function Ending({ message }) {
  const { state, error } = message;
  if (state === "done" || state === "running") return null;
  const busy = Boolean(running.value);
  const button = (/** @type {string} */ key, /** @type {() => void} */ run, primary = true) => html`<button type="button"
    class="button small ${primary ? "primary" : "quiet"}" disabled=${busy} onClick=${run}>${t(key)}</button>`;
  return html`<div class="ending ${state}">
    <p><strong>${t(`chat.${state}`)}</strong> <span dir="auto">${sentence(error) || t(`chat.${state}.text`)}</span></p>
    <div class="row">
      ${state === "interrupted" && message.run && button("chat.resume", () => resume(message))}
      ${button("chat.retry", () => regenerate(message), state === "failed")}
    </div>
  </div>`;
}

/** What was thought, where its events are not here yet. @param {{message: Message, onOpen: () => void}} props */
function Stored({ message, onOpen }) {
  const { summary, thinking, run } = message;
  if (thinking) {
    return html`<details class="imported"><summary>${t("chat.thinking.imported")}</summary>
      <p dir="auto">${thinking}</p></details>`;
  }
  if (!run || !summary || (summary.mode === "instant" && summary.agents < 2)) return null;
  const { agents, agreeing, finished, thinking_seconds: thinkingSeconds } = summary;
  const words = agents > 1 ? t("chat.thought.agents", { count: agents, agreeing, finished })
    : t("chat.thought.one", { time: seconds(thinkingSeconds) });
  return html`<button type="button" class="stored" onClick=${onOpen}>
    <${Icon} name=${agents > 1 ? "agents" : "thought"} /><span>${words}</span><${Icon} name="chevron-right" />
  </button>`;
}

/** @param {{message: Message, last: boolean}} props */
function Answer({ message, last }) {
  const { run } = message;
  const live = message.state === "running";
  const [, setWatched] = useState(0);
  const look = () => {
    if (run) watch(run);
    setWatched((times) => times + 1); // the map of runs is no signal
  };
  const value = run ? runs.get(run)?.value : undefined;
  useEffect(() => { if (last && !value) look(); }, [last]); // the last one shows its thought as it did when it came
  const text = live || !message.text ? value?.fold.answer || message.text : message.text;
  const stops = Boolean(run && live && stopping.value.has(run));
  return html`
    ${value || live ? value && html`<${RunView} run=${value} live=${live} message=${message} />`
    : html`<${Stored} message=${message} onOpen=${look} />`}
    ${live && !value && html`<p class="waiting">${t("chat.waiting")}</p>`}
    ${text && html`<div class="answer" dir="auto"><${Markdown} text=${text} streaming=${live} /></div>`}
    ${stops && html`<p class="waiting">${t("chat.stopping")}</p>`}
    <${Ending} message=${message} />
    ${!live && html`<div class="deeds">
      <${Versions} message=${message} />
      <${CopyButton} text=${message.text} />
      <${Menu} label=${t("chat.again")} icon="refresh" class="icon-button small" items=${() => again(message)} />
      <${Branch} message=${message} />
      <${Cost} message=${message} />
    </div>`}`;
}

/** @param {{message: Message, last: boolean, roomy: boolean}} props `roomy`: with room for its question at the top */
function DrawnMessage({ message, last, roomy }) {
  const mine = message.role === "user";
  const kind = message.role === "system" ? "system" : mine ? "question" : "reply";
  return html`<article class="message ${kind} ${last ? "last" : ""} ${roomy ? "roomy" : ""}" data-id=${message.id}
      aria-busy=${message.state === "running" ? "true" : undefined}>
    <h2 class="visually-hidden">${t(mine ? "chat.you" : message.role === "system" ? "chat.system" : "chat.helicon")}
      <time datetime=${new Date(message.created * 1000).toISOString()}>${date(message.created)}</time></h2>
    ${message.role === "assistant" ? html`<${Answer} message=${message} last=${last} />`
    : message.role === "system" ? html`<p class="soft" dir="auto">${message.text}</p>`
    : html`<${Question} message=${message} />`}
  </article>`;
}

export const MessageView = memo(DrawnMessage);
