// Groups of the ledger as a table; columns that are empty everywhere are left out.

import { html } from "../lib/ui.js";
import { money, number, seconds, t } from "../core/i18n.js";
import { FIELDS, sum } from "./sums.js";

/** @typedef {import("./sums.js").Sums} Sums */

/**
 * @param {{caption: string, heads: string[], groups: {names: string[], sums: Sums}[], currency: string,
 *   total?: boolean}} props
 */
export function Table({ caption, heads, groups, currency, total = false }) {
  const all = sum(groups.map((group) => group.sums));
  const shown = FIELDS.filter((field) => all[field] || field === "prompt" || field === "answer");
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${caption}><table class="ledger-table">
    <thead><tr>
      ${heads.map((head) => html`<th key=${head} scope="col">${head}</th>`)}
      ${shown.map((field) => html`<th key=${field} scope="col" class="amount">${t(`ledger.column.${field}`)}</th>`)}
    </tr></thead>
    <tbody>${groups.map(({ names, sums }) => html`<tr key=${names.join("\n")}>
      ${names.map((name, place) => (place ? html`<td>${name}</td>` : html`<th scope="row" dir="auto">${name}</th>`))}
      ${shown.map((field) => html`<td key=${field} class="amount">${amount(sums, field, currency)}</td>`)}
    </tr>`)}</tbody>
    ${total && groups.length > 1 && html`<tfoot><tr>
      <th scope="row" colspan=${heads.length}>${t("ledger.sum")}</th>
      ${shown.map((field) => html`<td key=${field} class="amount">${amount(all, field, currency)}</td>`)}
    </tr></tfoot>`}
  </table></div>`;
}

/** @param {Sums} sums @param {keyof Sums} field @param {string} currency */
function amount(sums, field, currency) {
  if (field === "seconds") return seconds(sums.seconds);
  if (field === "money") return money(sums.money, currency);
  return number(sums[field]);
}
