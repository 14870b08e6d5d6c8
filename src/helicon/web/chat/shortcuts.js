// Keyboard shortcuts, and the list of them.

import { html, signal } from "../lib/ui.js";
import { newConversation, stop } from "../core/actions.js";
import { t } from "../core/i18n.js";
import { savePreferences } from "../core/preferences.js";
import { chosen, drawer, MODES, model, running } from "../core/state.js";
import { Dialog } from "./dialogs.js";

export const listed = signal(false);
/** Whether the sidebar is folded away on a wide screen. */
export const folded = signal(false);
/** On a narrow screen the sidebar is a drawer instead. */
export const drawers = matchMedia("(max-width: 52rem)");

/** Fold the sidebar away, or show it again; it stays so. @param {boolean} away */
export function foldSidebar(away) {
  if (folded.value === away) return;
  folded.value = away;
  savePreferences({ sidebar: !away }).catch(() => {});
}

const mac = /Mac|iPhone|iPad/.test(navigator.platform);
const CTRL = mac ? "⌘" : "Ctrl";

const LIST = () => [
  ["shortcuts.new", [CTRL, "Shift", "O"]],
  ["shortcuts.search", [CTRL, "K"]],
  ["shortcuts.box", ["/"]],
  ["shortcuts.mode", ["Alt", "1–4"]],
  ["shortcuts.send", ["Enter"]],
  ["shortcuts.line", ["Shift", "Enter"]],
  ["shortcuts.edit", ["↑"]],
  ["shortcuts.stop", ["Esc"]],
  ["shortcuts.sidebar", [CTRL, "B"]],
  ["shortcuts.list", ["?"]],
];

export const focusBox = () => document.getElementById("question")?.focus();

export function focusSearch() {
  if (drawers.matches) drawer.value = true;
  else foldSidebar(false);
  setTimeout(() => document.getElementById("search")?.focus());
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.defaultPrevented || event.isComposing) return;
  const held = event.ctrlKey || event.metaKey;
  const at = event.target instanceof HTMLElement ? event.target : null;
  const typing = at?.matches("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]") ?? false;
  const inside = at?.closest("dialog, [popover]");
  const done = (/** @type {() => void} */ act) => {
    event.preventDefault();
    act();
  };
  if (held && event.shiftKey && event.code === "KeyO") done(() => { newConversation(); focusBox(); });
  else if (held && !event.shiftKey && event.code === "KeyK") done(focusSearch);
  else if (held && !event.shiftKey && event.code === "KeyB") {
    done(() => {
      if (drawers.matches) drawer.value = !drawer.value;
      else foldSidebar(!folded.value);
    });
  } else if (event.altKey && !held && /^Digit[1-4]$/.test(event.code)) {
    const mode = MODES[Number(event.code.at(-1)) - 1] ?? "";
    if (model.value?.modes.includes(mode)) done(() => { chosen.value = { ...chosen.value, mode }; });
  } else if (event.key === "Escape" && !inside) {
    if (drawer.value && drawers.matches) drawer.value = false;
    else if (running.value) done(() => { if (running.value) stop(running.value); });
  } else if (event.key === "?" && !typing && !inside) done(() => { listed.value = true; });
  else if (event.key === "/" && !typing && !held && !inside) done(focusBox);
}

export const startShortcuts = () => addEventListener("keydown", pressed);

export function Shortcuts() {
  if (!listed.value) return null;
  return html`<${Dialog} title=${t("shortcuts.title")} onClose=${() => { listed.value = false; }}>
    <${ShortcutList} />
  <//>`;
}

/** Every shortcut; the settings show it too. */
export const ShortcutList = () => html`<dl class="shortcuts">
    ${LIST().map(([name, keys]) => html`<div key=${name}>
      <dt>${t(String(name))}</dt>
      <dd>${/** @type {string[]} */ (keys).map((key) => html`<kbd key=${key}>${key}</kbd>`)}</dd>
    </div>`)}
  </dl>
  <p class="soft">${t("shortcuts.modes")}</p>`;
