// Who is compared: two to four rows, each a model with a mode and, where it matters, an effort.

import { html } from "../lib/ui.js";
import { models, MODES } from "../core/state.js";
import { t } from "../core/i18n.js";
import { Icon } from "../icons.js";
import { letter } from "./results.js";

export const FEWEST = 2;
export const MOST = 4;

/** @typedef {import("./calls.js").Entry} Entry */

/** Modes a model has. @param {string} name */
export const modesOf = (name) => {
  const offered = models.value.models.find((one) => one.name === name)?.modes ?? [];
  return MODES.filter((mode) => !offered.length || offered.includes(mode));
};

/**
 * The entries to begin with: two modes of one model, or two models.
 * @param {string} model the usual one
 * @returns {Entry[]}
 */
export function beginning(model) {
  const other = models.value.models.find((one) => one.name !== model)?.name;
  if (other) return [{ model, mode: "auto", options: {} }, { model: other, mode: "auto", options: {} }];
  const modes = modesOf(model);
  const mode = (/** @type {string} */ wanted) => (modes.includes(wanted) ? wanted : modes[0] ?? "auto");
  return [{ model, mode: mode("thinking"), options: {} }, { model, mode: mode("contemplating"), options: {} }];
}

/** Another entry: the first mode of the last model that is not there yet. @param {Entry[]} entries @returns {Entry} */
export function another(entries) {
  const model = entries.at(-1)?.model ?? "";
  const taken = entries.filter((one) => one.model === model).map((one) => one.mode);
  const mode = modesOf(model).find((one) => !taken.includes(one)) ?? "auto";
  return { model, mode, options: {} };
}

/** Whether two entries are the same, so that comparing them says nothing but chance. @param {Entry[]} entries */
export const twins = (entries) => new Set(entries.map((one) => JSON.stringify(one))).size < entries.length;

/** @param {{entries: Entry[], onChange: (entries: Entry[]) => void}} props */
export function Entries({ entries, onChange }) {
  const change = (/** @type {number} */ place, /** @type {Partial<Entry>} */ changes) => {
    onChange(entries.map((one, index) => (index === place ? { ...one, ...changes } : one)));
  };
  const pickModel = (/** @type {number} */ place, /** @type {string} */ model) => {
    const mode = entries[place]?.mode ?? "auto";
    change(place, { model, mode: modesOf(model).includes(mode) ? mode : modesOf(model)[0] ?? "auto" });
  };
  return html`<fieldset class="entries"><legend class="visually-hidden">${t("compare.entries")}</legend>
    <ol>${entries.map((entry, place) => html`<li key=${place}>
      <span class="letter" aria-hidden="true">${letter(place)}</span>
      <select aria-label=${t("compare.modelOf", { letter: letter(place) })}
        onChange=${(/** @type {any} */ event) => pickModel(place, event.currentTarget.value)}>
        ${models.value.models.map((one) => html`<option key=${one.name} value=${one.name} selected=${one.name === entry.model}>${one.name}</option>`)}
      </select>
      <select aria-label=${t("compare.modeOf", { letter: letter(place) })}
        onChange=${(/** @type {any} */ event) => change(place, { mode: event.currentTarget.value })}>
        ${modesOf(entry.model).map((mode) => html`<option key=${mode} value=${mode} selected=${mode === entry.mode}>${t(`mode.${mode}`)}</option>`)}
      </select>
      ${["auto", "contemplating"].includes(entry.mode) && html`<select aria-label=${t("compare.effortOf", { letter: letter(place) })}
        onChange=${(/** @type {any} */ event) => change(place, { options: { ...entry.options, effort: event.currentTarget.value } })}>
        ${["low", "medium", "high"].map((effort) => html`<option key=${effort} value=${effort}
          selected=${effort === (entry.options.effort ?? "medium")}>${t(`compare.effort.${effort}`)}</option>`)}
      </select>`}
      ${entries.length > FEWEST && html`<button type="button" class="icon-button" aria-label=${t("compare.leaveOut", { letter: letter(place) })}
        onClick=${() => onChange(entries.filter((_, index) => index !== place))}><${Icon} name="close" /></button>`}
    </li>`)}</ol>
    ${entries.length < MOST && html`<button type="button" class="button quiet small add-entry" onClick=${() => onChange([...entries, another(entries)])}>
      <${Icon} name="plus" /> ${t("compare.add")}</button>`}
    ${twins(entries) && html`<p class="help wrong" role="status">${t("compare.twins")}</p>`}
  </fieldset>`;
}
