// Short notes at the edge of the page. Both regions are always there, so that what is put in is spoken.

import { html } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { toasts } from "../core/state.js";
import { Icon } from "../icons.js";

let last = 0;

/** @param {number} id */
const dismiss = (id) => { toasts.value = toasts.value.filter((one) => one.id !== id); };

/**
 * Show a note. It goes by itself after `seconds`; one that is bad stays longer.
 *
 * @param {{text: string, kind?: "note"|"bad", action?: {label: string, run: () => void}, seconds?: number}} note
 */
export function toast({ text, kind = "note", action, seconds = kind === "bad" ? 15 : 6 }) {
  const id = ++last;
  const others = toasts.value.filter((one) => one.text !== text).slice(-2);
  toasts.value = [...others, { id, text, kind, ...(action && { action }) }];
  const leave = () => {
    if (document.querySelector(".toasts:hover, .toasts:focus-within")) setTimeout(leave, 2000);
    else dismiss(id);
  };
  setTimeout(leave, seconds * 1000);
}

/** @param {{one: (typeof toasts.value)[number]}} props */
function Toast({ one }) {
  const act = () => {
    dismiss(one.id);
    one.action?.run();
  };
  return html`<div class="toast ${one.kind}">
    <p dir="auto">${one.text}</p>
    ${one.action && html`<button type="button" class="button quiet small" onClick=${act}>${one.action.label}</button>`}
    <button type="button" class="icon-button small" aria-label=${t("chat.dismiss")} onClick=${() => dismiss(one.id)}>
      <${Icon} name="close" />
    </button>
  </div>`;
}

export function Toasts() {
  const of = (/** @type {string} */ kind) => toasts.value.filter((one) => one.kind === kind)
    .map((one) => html`<${Toast} key=${one.id} one=${one} />`);
  return html`<div class="toasts">
    <div role="alert">${of("bad")}</div>
    <div role="status">${of("note")}</div>
  </div>`;
}
