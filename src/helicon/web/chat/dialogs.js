// Dialogs and menus. A dialog is the browser's own: it keeps the focus, Esc closes it, what lies behind is inert.

import { html, signal, useEffect, useId, useLayoutEffect, useRef, useState } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { Icon } from "../icons.js";

/** @typedef {import("../icons.js").IconName} IconName */

/**
 * @param {{title: string, onClose: () => void, children?: any, wide?: boolean}} props
 */
export function Dialog({ title, onClose, children, wide = false }) {
  const node = useRef(/** @type {HTMLDialogElement|null} */ (null));
  const heading = useId();
  useLayoutEffect(() => {
    const dialog = node.current;
    const before = document.activeElement;
    dialog?.showModal();
    /** @type {HTMLElement|null|undefined} */ (dialog?.querySelector("[autofocus]"))?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const outside = (/** @type {MouseEvent} */ event) => { if (event.target === node.current) onClose(); };
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${node} class="dialog ${wide ? "wide" : ""}" aria-labelledby=${heading}
      onCancel=${cancel} onMouseDown=${outside}>
    <div class="dialog-body">
      <header>
        <h2 id=${heading}>${title}</h2>
        <button type="button" class="icon-button" aria-label=${t("chat.close")} onClick=${onClose}>
          <${Icon} name="close" />
        </button>
      </header>
      ${children}
    </div>
  </dialog>`;
}

/** @typedef {{title: string, text?: string, action: string, danger?: boolean, field?: {label: string, value: string,
 *   suggestions?: string[]}, done: (value: string|null) => void}} Asked */

/** @type {import("../lib/ui.js").Signal<Asked|null>} */
const asked = signal(null);

/**
 * Ask whether to go on.
 *
 * @param {{title: string, text?: string, action: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export const confirm = (question) => new Promise((done) => {
  asked.value = { ...question, done: (value) => done(value !== null) };
});

/**
 * Ask for a line of text; `null` when it was cancelled.
 *
 * @param {{title: string, text?: string, action: string, field: {label: string, value: string, suggestions?: string[]}}} question
 * @returns {Promise<string|null>}
 */
export const prompt = (question) => new Promise((done) => { asked.value = { ...question, done }; });

/** The dialog of `confirm` and `prompt`; once in the page. */
export function Asking() {
  const now = asked.value;
  const [text, setText] = useState("");
  const options = useId();
  useEffect(() => setText(now?.field?.value ?? ""), [now]);
  if (!now) return null;
  const finish = (/** @type {string|null} */ value) => {
    asked.value = null;
    now.done(value);
  };
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    finish(now.field ? text : "");
  };
  const { field } = now;
  return html`<${Dialog} key=${now.title} title=${now.title} onClose=${() => finish(null)}>
    <form onSubmit=${submit}>
      ${now.text && html`<p dir="auto">${now.text}</p>`}
      ${field && html`<label class="field">${field.label}
        <input value=${text} dir="auto" autofocus autocomplete="off" list=${options} maxlength="200"
          onInput=${(/** @type {any} */ event) => setText(event.target.value)} />
        <datalist id=${options}>${(field.suggestions ?? []).map((one) => html`<option key=${one} value=${one} />`)}</datalist>
      </label>`}
      <footer>
        <button type="button" class="button quiet" onClick=${() => finish(null)}>${t("chat.cancel")}</button>
        <button type="submit" class="button ${now.danger ? "danger" : "primary"}" autofocus=${!field}>${now.action}</button>
      </footer>
    </form>
  <//>`;
}

/** @typedef {{label: string, icon?: IconName, run: () => void, danger?: boolean, checked?: boolean, hint?: string,
 *   disabled?: boolean}|{heading: string}|null} Item */

/**
 * A button and its menu. `null` among the items is a line, `{heading}` a title.
 *
 * @param {{label: string, icon?: IconName, items: Item[]|(() => Item[]), children?: any, class?: string, title?: string}} props
 */
export function Menu({ label, icon, items, children, class: classes = "icon-button", title = label }) {
  const [open, setOpen] = useState(false);
  const button = useRef(/** @type {HTMLButtonElement|null} */ (null));
  const list = useRef(/** @type {HTMLElement|null} */ (null));
  const id = useId();

  useLayoutEffect(() => {
    const menu = list.current;
    if (!open || !menu || !button.current) return undefined;
    menu.showPopover();
    place(menu, button.current);
    /** @type {HTMLElement|null} */ (menu.querySelector("[aria-checked=true], [role^=menuitem]"))?.focus();
    const toggled = (/** @type {any} */ event) => { if (event.newState === "closed") setOpen(false); };
    menu.addEventListener("toggle", toggled);
    return () => menu.removeEventListener("toggle", toggled);
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const all = /** @type {HTMLElement[]} */ ([...(list.current?.querySelectorAll("[role^=menuitem]:not([disabled])") ?? [])]);
    const at = all.findIndex((one) => one === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      if (event.key === "Escape") event.preventDefault();
      close();
    } else if (to !== undefined) {
      event.preventDefault();
      all.at(to % all.length)?.focus();
    } else if (event.key.length === 1 && /\S/.test(event.key)) {
      const rest = [...all.slice(at + 1), ...all];
      rest.find((one) => one.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    }
  };
  const drawn = () => (typeof items === "function" ? items() : items).map((item, at) => {
    if (!item) return html`<hr key=${at} />`;
    if ("heading" in item) return html`<p key=${at} class="menu-heading" role="presentation">${item.heading}</p>`;
    const run = () => {
      close();
      item.run();
    };
    const radio = item.checked !== undefined;
    return html`<button key=${at} type="button" class="menu-item ${item.danger ? "danger" : ""}" disabled=${item.disabled}
        role=${radio ? "menuitemradio" : "menuitem"} aria-checked=${radio ? String(item.checked) : undefined}
        tabindex="-1" onClick=${run}>
      ${item.icon && html`<${Icon} name=${item.icon} />`}
      <span class="menu-words"><span dir="auto">${item.label}</span>${item.hint && html`<small>${item.hint}</small>`}</span>
      ${item.checked && html`<${Icon} name="check" class="menu-check" />`}
    </button>`;
  });

  return html`<span class="menu">
    <button ref=${button} type="button" class=${classes} aria-haspopup="menu" aria-expanded=${String(open)}
        aria-controls=${open ? id : undefined} aria-label=${label} title=${title} onClick=${() => setOpen(!open)}>
      ${children ?? html`<${Icon} name=${icon ?? "more"} />`}
    </button>
    ${open && html`<div ref=${list} id=${id} class="menu-list" role="menu" aria-label=${label} popover="auto"
      onKeyDown=${keys}>${drawn()}</div>`}
  </span>`;
}

const EDGE = 8;

/** Put a menu at its button: below where there is room, else above. @param {HTMLElement} menu @param {HTMLElement} button */
export function place(menu, button) {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = innerHeight - at.bottom > height + 2 * EDGE || at.top < innerHeight - at.bottom;
  const rtl = getComputedStyle(button).direction === "rtl";
  const left = (rtl ? at.right - width : at.left) + width > innerWidth - EDGE ? at.right - width : at.left;
  menu.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
  menu.style.top = `${below ? Math.min(at.bottom + 4, innerHeight - height - EDGE) : Math.max(EDGE, at.top - height - 4)}px`;
  menu.style.maxHeight = `${below ? innerHeight - at.bottom - 2 * EDGE : at.top - 2 * EDGE}px`;
}
