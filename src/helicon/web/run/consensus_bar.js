// How the vote stands: groups of equal answers side by side, and what is still open. The order never changes; the
// width is the weight of the votes. It is no measure of being right, and says so nowhere.

import { html } from "../lib/ui.js";
import { number, t } from "../core/i18n.js";
import { reveal } from "../markdown/safe.js";
import { agents, groupOf, progress } from "./fold.js";
import { quoted } from "./facts.js";
import { Badge, colour, letter } from "./marks.js";

/** @typedef {import("./fold.js").Run} Run */

/** Groups in their order with what they hold now, and the weight that is open. @param {Run} run @param {import("./fold.js").Standing|null} standing */
export function held(run, standing) {
  const lanes = agents(run);
  const late = (/** @type {number} */ group) => lanes
    .filter((lane) => lane.turns.findLast((turn) => turn.state === "finished" && groupOf(run, turn) === group))
    .map((lane) => lane.agent);
  const groups = (standing?.shares ?? [])
    .map((share) => ({ ...share, all: [...new Set([...share.agents, ...late(share.group)])] }))
    .sort((one, other) => one.group - other.group);
  const open = standing?.decided || run.over ? 0 : standing?.running ?? progress(run).most;
  return { groups, open };
}

/** @param {{run: Run, standing: import("./fold.js").Standing|null, stamp: string, small?: boolean}} props */
export function Bar({ run, standing, small = false }) {
  const { groups, open } = held(run, standing);
  const shown = groups.filter((share) => share.answer);
  if (!shown.length && (!open || small)) return null;
  const total = shown.reduce((sum, share) => sum + share.weight, 0) + open;
  const words = shown.map((share) => t("run.bar.share", {
    letter: letter(share.group), answer: quoted(share.answer), count: share.all.length,
  }));
  if (open) words.push(t("run.bar.open", { count: open }));
  return html`<div class="consensus ${small ? "is-small" : ""}" role="img" aria-label=${words.join("; ")}>
    ${shown.map((share) => html`<span key=${share.group} class="share ${colour(share.group)}"
      style=${{ flexGrow: (share.weight / total).toFixed(4) }}>
      ${!small && html`<${Badge} group=${share.group} />`}
    </span>`)}
    ${open > 0 && html`<span key="open" class="share is-open" style=${{ flexGrow: (open / total).toFixed(4) }}>
      ${!small && html`<span class="share-words">${t("run.bar.undecided", { count: open })}</span>`}
    </span>`}
  </div>`;
}

/**
 * The groups in words; each marks its lanes.
 *
 * @param {{run: Run, standing: import("./fold.js").Standing|null, stamp: string, marked: number[], onMark: (agents: number[]) => void}} props
 */
export function Legend({ run, standing, marked, onMark }) {
  const groups = held(run, standing).groups.filter((share) => share.answer);
  const lead = standing?.shares[0]?.group ?? -1;
  const weighed = groups.some((share) => Math.abs(share.weight - share.agents.length) > 0.15 * share.agents.length + 0.05);
  const same = (/** @type {number[]} */ all) => all.length === marked.length && all.every((agent) => marked.includes(agent));
  if (!groups.length) return run.over ? null : html`<p class="legend-none">${t("run.votes.none")}</p>`;
  return html`<ul class="legend" aria-label=${t("run.positions")}>
    ${groups.map((share) => html`<li key=${share.group}>
      <button type="button" class="legend-item ${colour(share.group)} ${share.group === lead ? "is-lead" : ""}"
          aria-pressed=${same(share.all)} onClick=${() => onMark(same(share.all) ? [] : share.all)}>
        <${Badge} group=${share.group} />
        <span class="legend-answer" dir="auto">${reveal(share.answer.replace(/\s+/g, " ").slice(0, 160))}</span>
        <span class="legend-count">${t("run.agents", { count: share.all.length })}${weighed
          ? ` · ${t("run.weight", { weight: number(share.weight, { maximumFractionDigits: 1 }) })}` : ""}</span>
      </button>
    </li>`)}
    ${weighed && html`<li class="legend-note">${t("run.weight.note")}</li>`}
  </ul>`;
}
