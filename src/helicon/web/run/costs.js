// The ledger of one message: what every agent's calls cost, down to the sum that the API reports as usage.

import { html } from "../lib/ui.js";
import { number, seconds, t } from "../core/i18n.js";
import { NOBODY, addTokens, noTokens } from "./lanes.js";
import { name } from "./facts.js";

/** @typedef {{agent: number, kind: string, tokens: import("./lanes.js").Tokens, seconds: number, money: number, stop: string, calls: number, estimated: boolean}} Line */

/** Lines by agent, then by kind for calls of nobody, and the sum. @param {any[]} entries @returns {{lines: Line[], sum: Line}} */
export function costs(entries) {
  /** @type {Map<string, Line>} */
  const lines = new Map();
  const blank = (/** @type {number} */ agent, /** @type {string} */ kind) =>
    ({ agent, kind, tokens: noTokens(), seconds: 0, money: 0, stop: "", calls: 0, estimated: false });
  const sum = blank(NOBODY, "sum");
  for (const entry of entries) {
    const key = entry.agent === NOBODY ? `call ${entry.kind}` : `agent ${entry.agent}`;
    const line = lines.get(key) ?? blank(entry.agent, entry.kind);
    lines.set(key, line);
    for (const one of [line, sum]) {
      addTokens(one.tokens, entry.tokens);
      one.seconds += entry.seconds;
      one.money += entry.money;
      one.calls += 1;
      one.estimated ||= entry.estimated;
    }
    if (entry.kind !== "probe" || !line.stop) line.stop = entry.stop_reason;
  }
  const order = [...lines.values()].sort((one, other) =>
    Number(one.agent === NOBODY) - Number(other.agent === NOBODY) || one.agent - other.agent);
  return { lines: order, sum };
}

/** @param {{run: import("./fold.js").Run, stamp: string}} props */
export function Costs({ run }) {
  const { lines, sum } = costs(run.entries);
  if (!lines.length) return null;
  const row = (/** @type {Line} */ line, /** @type {string} */ label, last = false) => html`<tr key=${label} class=${last ? "sum" : ""}>
    <th scope="row">${label}</th>
    <td>${number(line.tokens.prompt)}</td><td>${number(line.tokens.cached)}</td>
    <td>${number(line.tokens.thinking)}</td><td>${number(line.tokens.answer)}</td>
    <td>${last ? "" : seconds(line.seconds)}</td><td class="why">${last ? "" : t(`run.stop.${line.stop}`)}</td>
  </tr>`;
  return html`<details class="run-section costs">
    <summary>${t("run.costs")}</summary>
    <div class="table-box" tabindex="0" role="group" aria-label=${t("run.costs")}>
      <table>
        <thead><tr>
          ${["who", "prompt", "cached", "thinking", "answer", "seconds", "why"].map((key) =>
    html`<th key=${key} scope="col" class=${key === "why" ? "why" : ""}>${t(`run.costs.${key}`)}</th>`)}
        </tr></thead>
        <tbody>${lines.map((line) => row(line, line.agent === NOBODY ? t(`run.call.${line.kind}`) : t("run.agent", { agent: name(line.agent) })))}</tbody>
        <tfoot>${row(sum, t("run.costs.sum"), true)}</tfoot>
      </table>
    </div>
    ${sum.estimated && html`<p class="soft">${t("run.costs.estimated")}</p>`}
  </details>`;
}
