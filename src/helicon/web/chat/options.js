// Effort and budgets behind one click, each with what it does in plain words.

import { html, useState } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { chosen, mode, options, preferences } from "../core/state.js";
import { Icon } from "../icons.js";
import { Choice } from "../parts/choice.js";
import { Dialog } from "./dialogs.js";

/** @typedef {{name: string, min: number, max: number, step?: number, modes?: string[]}} Bound */

/** @type {{name: string, values: string[], usual: string, modes: string[]}[]} */
const DIALS = [
  { name: "effort", values: ["low", "medium", "high"], usual: "medium", modes: ["contemplating", "auto", "thinking"] },
  { name: "compression", values: ["off", "safe", "strong"], usual: "safe", modes: ["thinking", "auto", "contemplating"] },
  { name: "delegate", values: ["off", "auto", "on"], usual: "auto", modes: ["contemplating", "auto"] },
];
/** @type {Bound[]} */
const BOUNDS = [
  { name: "agents", min: 1, max: 64, modes: ["contemplating", "auto"] },
  { name: "rounds", min: 1, max: 8, modes: ["contemplating", "auto"] },
  { name: "budget_tokens", min: 0, max: 10_000_000, modes: ["thinking", "contemplating", "auto"] },
  { name: "total_tokens", min: 1, max: 1_000_000_000 },
  { name: "deadline_seconds", min: 1, max: 86_400 },
  { name: "temperature", min: 0, max: 2, step: 0.1 },
  { name: "seed", min: 0, max: 2_147_483_647 },
];

/** @param {string} name @param {string|number} value "" = the usual */
function set(name, value) {
  const next = { ...chosen.value.options, [name]: value };
  if (value === "" && preferences.value.options?.[name] === undefined) delete next[name];
  chosen.value = { ...chosen.value, options: next };
}

/** @param {{bound: Bound}} props */
function BoundField({ bound }) {
  const { name, min, max, step = 1 } = bound;
  const value = options.value[name];
  const changed = (/** @type {any} */ event) => {
    const given = event.target.value;
    if (given === "") set(name, "");
    else if (event.target.validity.valid) set(name, Number(given));
  };
  return html`<label class="field row-field"><span>${t(`options.${name}`)}<small>${t(`options.${name}.why`)}</small></span>
    <input type="number" inputmode="decimal" min=${min} max=${max} step=${step} value=${value ?? ""}
      placeholder=${t(`options.${name}.usual`)} autocomplete="off" onChange=${changed} /></label>`;
}

/** @param {{onClose: () => void}} props */
function Options({ onClose }) {
  const now = mode.value;
  const fits = (/** @type {{modes?: string[]}} */ one) => !one.modes || one.modes.includes(now);
  return html`<${Dialog} title=${t("options.title")} onClose=${onClose}>
    <p class="soft">${t("options.text", { mode: t(`mode.${now}`) })}</p>
    ${DIALS.filter(fits).map(({ name, values, usual }) => html`<div key=${name} class="dial">
      <${Choice} label=${t(`options.${name}`)} showLabel value=${String(options.value[name] ?? usual)}
        options=${values.map((value) => ({ value, label: t(`options.${name}.${value}`) }))}
        onChange=${(/** @type {string} */ value) => set(name, value === usual ? "" : value)} />
      <p class="soft">${t(`options.${name}.${options.value[name] ?? usual}.why`)}</p>
    </div>`)}
    <details class="bounds" open=${BOUNDS.some(({ name }) => options.value[name] !== undefined)}>
      <summary>${t("options.bounds")}</summary>
      ${BOUNDS.filter(fits).map((bound) => html`<${BoundField} key=${bound.name} bound=${bound} />`)}
    </details>
    <footer>
      <button type="button" class="button quiet" disabled=${!Object.keys(options.value).length} onClick=${() => {
    const usual = preferences.value.options ?? {};
    chosen.value = { ...chosen.value, options: Object.fromEntries(Object.keys(usual).map((name) => [name, ""])) };
  }}>${t("options.reset")}</button>
      <button type="button" class="button primary" onClick=${onClose}>${t("chat.done")}</button>
    </footer>
  <//>`;
}

export function OptionsButton() {
  const [open, setOpen] = useState(false);
  const count = Object.keys(options.value).length;
  const name = count ? t("options.button.set", { count }) : t("options.button");
  return html`<button type="button" class="icon-button options-button" aria-haspopup="dialog" aria-label=${name} title=${name}
      onClick=${() => setOpen(true)}><${Icon} name="settings" />${count > 0 && html`<span class="badge">${count}</span>`}</button>
    ${open && html`<${Options} onClose=${() => setOpen(false)} />`}`;
}
