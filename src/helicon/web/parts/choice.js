// Choices as one row of radio buttons that look like one control: arrow keys move, as radios do.

import { html, useId } from "../lib/ui.js";

/**
 * @param {{label: string, value: string, options: {value: string, label: string, hint?: string}[],
 *   onChange: (value: string) => void, showLabel?: boolean, disabled?: boolean}} props
 */
export function Choice({ label, value, options, onChange, showLabel = false, disabled = false }) {
  const name = useId();
  return html`<fieldset class="choice" disabled=${disabled}>
    <legend class=${showLabel ? "choice-legend" : "visually-hidden"}>${label}</legend>
    <div class="choice-row">
      ${options.map((option) => html`<label key=${option.value} title=${option.hint}>
        <input type="radio" name=${name} value=${option.value} checked=${option.value === value}
          onChange=${() => onChange(option.value)} />
        <span>${option.label}</span>
      </label>`)}
    </div>
  </fieldset>`;
}
