// What a new conversation begins with. Every change is kept at once.

import { html, useEffect, useId, useState } from "../lib/ui.js";
import { models, preferences } from "../core/state.js";
import { t } from "../core/i18n.js";
import { Choice } from "../parts/choice.js";
import { Failed } from "../parts/failed.js";
import { useSaving } from "./saving.js";

/** Bounds as the server checks them (helicon.budgets); empty means the mode's own. */
const NUMBERS = /** @type {const} */ ([
  { name: "agents", least: 1, most: 64, step: 1, empty: "byEffort" },
  { name: "rounds", least: 1, most: 8, step: 1, empty: "byEffort" },
  { name: "budget_tokens", least: 0, most: 10_000_000, step: 1, empty: "byContext" },
  { name: "max_tokens", least: 1, most: 10_000_000, step: 1, empty: "byContext" },
  { name: "total_tokens", least: 1, most: 1_000_000_000, step: 1, empty: "noBound" },
  { name: "deadline_seconds", least: 0.001, most: 999_999_999, step: "any", empty: "noBound" },
  { name: "temperature", least: 0, most: 2, step: "any", empty: "byModel" },
]);

const MODES = ["auto", "instant", "thinking", "contemplating"];

export function Defaults() {
  const { save, failure, saved } = useSaving();
  const id = useId();
  const chosen = preferences.value;
  const options = chosen.options ?? {};
  const model = models.value.models.find((one) => one.name === chosen.model) ?? models.value.models[0];
  const offered = MODES.filter((mode) => !model?.modes?.length || model.modes.includes(mode));
  /** @param {string} name @param {unknown} value */
  const option = (name, value) => {
    const { [name]: _, ...rest } = preferences.value.options ?? {};
    save({ options: value === null ? rest : { ...rest, [name]: value } });
  };
  return html`
    <p class="lead">${t("settings.defaults.lead")}</p>
    <div class="field">
      <label for=${`${id}-model`}>${t("settings.defaults.model")}</label>
      <select id=${`${id}-model`} onChange=${(/** @type {any} */ event) => save({ model: event.currentTarget.value })}>
        ${models.value.models.map((one) => html`<option key=${one.name} value=${one.name} selected=${one === model}>${one.name}</option>`)}
      </select>
    </div>
    <${Choice} showLabel label=${t("settings.defaults.mode")} value=${chosen.mode || "auto"}
      options=${offered.map((mode) => ({ value: mode, label: t(`mode.${mode}`) }))}
      onChange=${(/** @type {string} */ mode) => save({ mode })} />
    <${Choice} showLabel label=${t("settings.defaults.effort")} value=${options.effort ?? "medium"}
      options=${["low", "medium", "high"].map((value) => ({ value, label: t(`settings.defaults.effort.${value}`) }))}
      onChange=${(/** @type {string} */ value) => option("effort", value)} />
    <${Choice} showLabel label=${t("settings.defaults.compression")} value=${options.compression ?? "safe"}
      options=${["off", "safe", "strong"].map((value) => ({ value, label: t(`settings.defaults.compression.${value}`) }))}
      onChange=${(/** @type {string} */ value) => option("compression", value)} />
    <fieldset class="numbers">
      <legend>${t("settings.defaults.bounds")}</legend>
      <div class="number-grid">
        ${NUMBERS.map((one) => html`<${Bound} key=${one.name} ...${one} value=${options[one.name]}
          onChange=${(/** @type {number | null} */ value) => option(one.name, value)} />`)}
      </div>
    </fieldset>
    <${System} value=${chosen.system ?? ""} onChange=${(/** @type {string} */ system) => save({ system })} />
    <p class="saved" role="status">${saved ? t("settings.saved") : ""}</p>
    <${Failed} failure=${failure} />
  `;
}

/**
 * What is being typed, until what is kept changes: drawing the page anew must not take a word away.
 * @param {string} kept
 * @returns {[string, (text: string) => void]}
 */
function useDraft(kept) {
  const [draft, setDraft] = useState(kept);
  useEffect(() => setDraft(kept), [kept]);
  return [draft, setDraft];
}

/** @param {{value: string, onChange: (text: string) => void}} props */
function System({ value, onChange }) {
  const id = useId();
  const [draft, setDraft] = useDraft(value);
  return html`<div class="field">
    <label for=${id}>${t("settings.defaults.system")}</label>
    <textarea id=${id} rows="4" dir="auto" value=${draft} aria-describedby=${`${id}-help`}
      onInput=${(/** @type {any} */ event) => setDraft(event.currentTarget.value)}
      onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.value)}></textarea>
    <p id=${`${id}-help`} class="help">${t("settings.defaults.systemHelp")}</p>
  </div>`;
}

/**
 * A number or nothing; what is out of range is said and not kept.
 * @param {{name: string, least: number, most: number, step: number | string, empty: string, value?: number,
 *   onChange: (value: number | null) => void}} props
 */
function Bound({ name, least, most, step, empty, value, onChange }) {
  const id = useId();
  const [draft, setDraft] = useDraft(value === undefined || value === null ? "" : String(value));
  const type = (/** @type {any} */ event) => {
    if (!event.currentTarget.validity.badInput) setDraft(event.currentTarget.value);
  };
  const change = (/** @type {any} */ event) => {
    const box = event.currentTarget;
    if (box.value === "" && !box.validity.badInput) onChange(null);
    else if (box.checkValidity()) onChange(box.valueAsNumber);
  };
  return html`<div class="field bound">
    <label for=${id}>${t(`settings.defaults.${name}`)}</label>
    <input id=${id} type="number" inputmode="decimal" min=${least} max=${most} step=${step} value=${draft}
      placeholder=${t(`settings.defaults.empty.${empty}`)} onInput=${type} onChange=${change} />
    <p class="help wrong">${t("settings.defaults.range", { least, most })}</p>
  </div>`;
}
