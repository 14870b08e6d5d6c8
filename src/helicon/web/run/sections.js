// What stands below the lanes: where two positions part, how drafts were compared, what the answer rests on.

import { html } from "../lib/ui.js";
import { list, number, percent, t } from "../core/i18n.js";
import { reveal } from "../markdown/safe.js";
import { agents } from "./fold.js";
import { name, quoted } from "./facts.js";
import { Badge, colour } from "./marks.js";
import { disagreement } from "./parting.js";

/** @typedef {import("./fold.js").Run} Run */
/** @typedef {(agents: number[]) => void} Mark */

const SAID = 420;
const STEPS = 4;
const STEP = 160;

/** "agents 1, 4 and 7" @param {number[]} numbers */
export const named = (numbers) => t("run.named", { count: numbers.length, agents: list(numbers.map(name)) });

/** @param {{kind: string, position: import("./parting.js").Position, steps: string[], parts: boolean}} props */
function Position({ kind, position, steps, parts }) {
  const said = (position.turn.text || position.turn.draft.text).trim();
  return html`<div class="position ${colour(position.group)}">
    <p class="position-kind">${t(kind)}</p>
    <p class="position-answer"><${Badge} group=${position.group} /><b dir="auto">${reveal(position.answer.slice(0, 200))}</b></p>
    <p class="position-who">${named(position.agents)}</p>
    ${parts && html`<ol class="position-steps">
      ${steps.slice(0, STEPS).map((step, at) => html`<li key=${at} dir="auto" class=${at ? "" : "is-parting"}>${reveal(step.length > STEP ? `${step.slice(0, STEP)}…` : step)}</li>`)}
      ${steps.length > STEPS && html`<li class="soft">${t("run.steps.more", { count: steps.length - STEPS })}</li>`}
    </ol>`}
    ${said && html`<blockquote dir="auto">${reveal(said.length > SAID ? `${said.slice(0, SAID).trimEnd()}…` : said)}</blockquote>`}
  </div>`;
}

/** The leading position against the strongest dissent. @param {{run: Run, stamp: string}} props */
export function Disagreement({ run }) {
  const found = disagreement(run);
  if (!found) return null;
  const { leader, dissent, parting } = found;
  const parts = parting.one.length > 0 || parting.other.length > 0;
  const at = parting.shared.length;
  const common = parting.shared.at(-1);
  return html`<section class="run-section disagreement" aria-label=${t("run.disagree")}>
    <h4>${t("run.disagree")}</h4>
    ${parts && html`<p class="parting">${at
      ? t("run.part.at", { count: at, common: quoted(common ?? "", 120) })
      : t("run.part.start")}</p>`}
    <div class="positions">
      <${Position} kind="run.position.leader" position=${leader} steps=${parting.one} parts=${parts} />
      <${Position} kind="run.position.dissent" position=${dissent} steps=${parting.other} parts=${parts} />
    </div>
  </section>`;
}

/** How open-ended drafts were compared. @param {{run: Run, stamp: string, onMark: Mark}} props */
export function Comparison({ run, onMark }) {
  const { comparison } = run;
  if (!comparison) return null;
  const { ranking, pairs, flipped, first, unscored, clear } = comparison;
  const best = ranking[0];
  const most = Math.max(...ranking.map((/** @type {[number, number]} */ [, strength]) => strength), 1e-9);
  const words = [];
  if (!pairs) words.push(t("run.compared.unread"));
  else {
    words.push(t(clear ? "run.compared.clear" : "run.compared.close", { agent: name(best[0]) }), t("run.compared.pairs", { count: pairs }));
    words.push(flipped
      ? t("run.compared.bias", { count: flipped, share: percent(flipped / pairs), first, second: flipped - first })
      : t("run.compared.unbiased"));
  }
  if (unscored) words.push(t("run.compared.unscored", { count: unscored }));
  return html`<section class="run-section comparison" aria-label=${t("run.compared")}>
    <h4>${t("run.compared")}</h4>
    <ol class="ranking">
      ${ranking.map((/** @type {[number, number]} */ [agent, strength]) => html`<li key=${agent}>
        <button type="button" class="ranked" onMouseEnter=${() => onMark([agent])} onMouseLeave=${() => onMark([])}
            onFocus=${() => onMark([agent])} onBlur=${() => onMark([])}>
          <span>${t("run.agent", { agent: name(agent) })}</span>
          <span class="strength" aria-hidden="true"><i style=${{ width: `${(100 * strength) / most}%` }}></i></span>
          <span class="ranked-share">${number(strength, { minimumFractionDigits: 2, maximumFractionDigits: 2 })}</span>
        </button></li>`)}
    </ol>
    <p class="soft">${words.join(" ")}</p>
  </section>`;
}

/** Statements of the answer and the agents they rest on. @param {{run: Run, stamp: string, onMark: Mark}} props */
export function Sources({ run, onMark }) {
  const { sources } = run;
  if (!sources?.sources.length) return null;
  const characters = [...run.answer];
  return html`<section class="run-section sources" aria-label=${t("run.sources")}>
    <h4>${t("run.sources")}</h4>
    <ul>
      ${sources.sources.map((/** @type {{start: number, end: number, agents: number[]}} */ source) => html`<li key=${source.start}>
        <button type="button" class="source" onMouseEnter=${() => onMark(source.agents)} onMouseLeave=${() => onMark([])}
            onFocus=${() => onMark(source.agents)} onBlur=${() => onMark([])}>
          <span class="statement" dir="auto">${quoted(characters.slice(source.start, source.end).join(""), 240)}</span>
          <span class="source-agents">${source.agents.length ? named(source.agents) : t("run.sources.none")}</span>
        </button></li>`)}
    </ul>
    ${sources.unknown?.length > 0 && html`<p class="soft">${t("run.sources.unknown", { count: sources.unknown.length })}</p>`}
  </section>`;
}

/** What each part of a divided request came to. @param {Run} run @param {number} part from 1 */
export function partAnswer(run, part) {
  const count = run.plan.parts.length;
  const turns = agents(run).flatMap((lane) => (lane.agent % count === part - 1 ? lane.turns : []));
  const speaks = turns.find((turn) => turn.state === "finished" && run.restsOn.includes(turn.agent));
  return (speaks ?? null)?.answer ?? "";
}
