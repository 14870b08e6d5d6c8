// The votes so far: a table with intervals drawn, who beat whom, and in words whether that is enough to tell.

import { html } from "../lib/ui.js";
import { percent, t } from "../core/i18n.js";
import { named, ranked, verdict } from "./results.js";

/** @typedef {import("./results.js").Standing} Standing */

/** @param {{summary: import("./calls.js").Summary}} props */
export function Votes({ summary }) {
  const standings = ranked(summary.entries);
  const { verdict: says, leader } = verdict(summary.entries);
  if (!standings.length) return html`<p class="soft">${t("compare.noVotes")}</p>`;
  return html`
    <p class=${says === "clear" ? "verdict clear" : "verdict"}>${t(`compare.verdict.${says}`, {
      count: summary.votes, name: leader ? label(leader) : "" })}</p>
    <div class="table-scroll" tabindex="0" role="region" aria-label=${t("compare.standings")}>
      <table class="standings">
        <thead><tr>
          <th scope="col">${t("compare.entry")}</th>
          <th scope="col" class="amount">${t("compare.wins")}</th>
          <th scope="col" class="amount">${t("compare.losses")}</th>
          <th scope="col" class="amount">${t("compare.ties")}</th>
          <th scope="col" class="amount rate">${t("compare.rate")}</th>
          <th scope="col" class="whisker-head">${t("compare.interval")}<${Scale} /></th>
        </tr></thead>
        <tbody>${standings.map((entry) => html`<tr key=${named(entry)}>
          <th scope="row" dir="auto">${label(entry)}
            <span class="record">${t("compare.record", { wins: entry.wins, losses: entry.losses, ties: entry.ties })}</span></th>
          <td class="amount">${entry.wins}</td><td class="amount">${entry.losses}</td><td class="amount">${entry.ties}</td>
          <td class="amount rate">${entry.rate === null ? "–" : percent(entry.rate)}</td>
          <td>${entry.rate !== null && html`<${Whisker} rate=${entry.rate} low=${entry.low} high=${entry.high} />`}</td>
        </tr>`)}</tbody>
      </table>
    </div>
    <p class="soft small">${t("compare.how")}</p>
    ${summary.pairs.length > 0 && html`<details class="pairs"><summary>${t("compare.pairs")}</summary>
      <div class="table-scroll" tabindex="0" role="region" aria-label=${t("compare.pairs")}><table class="plain">
        <thead><tr><th scope="col">${t("compare.pair")}</th><th scope="col" class="amount">${t("compare.first")}</th>
          <th scope="col" class="amount">${t("compare.second")}</th><th scope="col" class="amount">${t("compare.ties")}</th></tr></thead>
        <tbody>${summary.pairs.map((pair) => html`<tr key=${`${named(pair.first)}\n${named(pair.second)}`}>
          <th scope="row" dir="auto">${t("compare.versus", { one: label(pair.first), two: label(pair.second) })}</th>
          <td class="amount">${pair.wins}</td><td class="amount">${pair.losses}</td><td class="amount">${pair.ties}</td>
        </tr>`)}</tbody>
      </table></div>
    </details>`}
  `;
}

/** @param {{model: string, mode: string}} entry */
export const label = ({ model, mode }) => (mode ? `${model} · ${t(`mode.${mode}`)}` : model);

/** The rate as a dot on its interval, from 0 to 100%; in words for those who do not see it. @param {{rate: number, low: number, high: number}} props */
function Whisker({ rate, low, high }) {
  const at = (/** @type {number} */ share) => 2 + 196 * share;
  const words = t("compare.between", { low: percent(low), high: percent(high) });
  return html`<svg class="whisker" viewBox="0 0 200 20" role="img" aria-label=${words}>
    <title>${words}</title>
    <line class="half" x1=${at(0.5)} x2=${at(0.5)} y1="0" y2="20" />
    <line class="range" x1=${at(low)} x2=${at(high)} y1="10" y2="10" />
    <line class="range" x1=${at(low)} x2=${at(low)} y1="6" y2="14" />
    <line class="range" x1=${at(high)} x2=${at(high)} y1="6" y2="14" />
    <circle cx=${at(rate)} cy="10" r="4.5" />
  </svg>`;
}

/** The ends and the middle of the scale. */
const Scale = () => html`<span class="whisker-scale" aria-hidden="true">
  <span>${percent(0)}</span><span>${percent(0.5)}</span><span>${percent(1)}</span></span>`;
