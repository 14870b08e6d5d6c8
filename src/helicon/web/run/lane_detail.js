// What opens under a lane: the agent's whole thought and draft, what it was asked to mind, its figures.

import { html } from "../lib/ui.js";
import { number, percent, seconds, t } from "../core/i18n.js";
import { line, name, note, quoted, tokens } from "./facts.js";
import { LongText } from "./long_text.js";

/** @typedef {import("./lanes.js").Turn} Turn */

/** Tool calls and what they returned. @param {{turns: Turn[]}} props */
export function Tools({ turns }) {
  const tools = turns.flatMap((turn) => turn.tools);
  if (!tools.length) return null;
  return html`<ul class="tools" aria-label=${t("run.tools")}>
    ${tools.map((tool) => html`<li key=${tool.id}><b dir="auto">${tool.name}</b>
      <code dir="ltr">${typeof tool.arguments === "string" ? tool.arguments : JSON.stringify(tool.arguments)}</code>
      ${tool.result !== null && html`<span class="tool-result" dir="auto">${quoted(tool.result, 400)}</span>`}</li>`)}
  </ul>`;
}

/** Trial answers on the way. @param {{turns: Turn[]}} props */
export function Probes({ turns }) {
  const probes = turns.flatMap((turn) => turn.probes);
  if (!probes.length) return null;
  return html`<ol class="probes" aria-label=${t("run.probes")}>
    ${probes.map((probe, at) => html`<li key=${at}>${probe.decision === "unable"
      ? t("run.probe.unable", { reason: probe.reason })
      : t(probe.answer ? `run.probe.${probe.decision}` : "run.probe.none", {
        count: probe.thinking, answer: quoted(probe.answer),
        sure: probe.probability === null ? "" : ` (${percent(probe.probability)})`,
      })}</li>`)}
  </ol>`;
}

/**
 * @param {{turn: Turn, stamp: string, id: string, ticker: import("./ticker.js").Ticker|null, onStop?: (() => void)|null|undefined}} props
 */
export function LaneDetail({ turn, id, ticker, onStop }) {
  const open = turn.ended === null;
  const figures = [
    turn.hint && t("run.hint", { hint: quoted(turn.hint, 120) }),
    !open && t("run.figures", { thinking: number(turn.tokens.thinking), answer: number(turn.tokens.answer) }),
    open && tokens(turn.generated, true),
    !open && turn.ended !== null && seconds(turn.ended - turn.began),
    turn.certainty !== null && t("run.certainty", { value: percent(turn.certainty) }),
    turn.confidence !== null && t("run.confidence", { value: number(turn.confidence, { maximumFractionDigits: 1 }) }),
    note(turn),
  ].filter(Boolean);
  const said = turn.text && turn.ended !== null ? turn.text : "";
  return html`<div class="lane-detail" id=${id}>
    <p class="figures">${line(/** @type {string[]} */ (figures))}
      ${onStop && open && html`<button type="button" class="button quiet small" onClick=${onStop}>${t("run.stop", { agent: name(turn.agent) })}</button>`}
    </p>
    ${turn.thinking.length > 0 && html`<h5>${t("run.thought.label")}</h5>
      <${LongText} words=${turn.thinking} ticker=${open ? ticker : null} label=${t("run.thought.of", { agent: name(turn.agent) })} />`}
    ${(turn.draft.length > 0 || said) && html`<h5>${t("run.draft")}</h5>
      <${LongText} class="draft" words=${turn.draft.length ? turn.draft : whole(said)} ticker=${open ? ticker : null}
        label=${t("run.draft.of", { agent: name(turn.agent) })} />`}
    ${!turn.thinking.length && !turn.draft.length && !said && html`<p class="soft">${t("run.nothing")}</p>`}
    <${Probes} turns=${[turn]} />
    <${Tools} turns=${[turn]} />
  </div>`;
}

/** @type {Map<string, any>} */
const kept = new Map();

/** A finished text in the form that grows. @param {string} text */
function whole(text) {
  if (!kept.has(text)) {
    if (kept.size > 64) kept.clear();
    kept.set(text, { text, length: text.length });
  }
  return kept.get(text);
}
