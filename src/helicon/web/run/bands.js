// The lanes in bands: one a round, or one a part where the request was divided; all on one time axis.

import { html, useState } from "../lib/ui.js";
import { compact as compactNumber, list, number, t } from "../core/i18n.js";
import { agents, comparable, groupOf } from "./fold.js";
import { Icon } from "../icons.js";
import { quoted } from "./facts.js";
import { NOBODY } from "./lanes.js";
import { LaneRow, stampOf } from "./lane_row.js";
import { place, ticks } from "./scale.js";
import { partAnswer } from "./sections.js";

/** @typedef {import("./fold.js").Run} Run */
/** @typedef {import("./lanes.js").Turn} Turn */
/** @typedef {{key: string, title: string, note: string, turns: Turn[], part: number, round: number}} Band */

/** @param {Run} run @returns {Band[]} */
function bands(run) {
  const turns = agents(run).flatMap((lane) => lane.turns);
  if (run.plan) {
    const { parts } = run.plan;
    return parts.map((/** @type {{text: string, needs: number[]}} */ { text, needs }, /** @type {number} */ at) => ({
      key: `part ${at}`,
      title: t("run.part", { part: at + 1, text: quoted(text, 200) }),
      note: [needs.length ? t("run.part.needs", { count: needs.length, parts: list(needs.map(String)) }) : "",
        run.over && partAnswer(run, at + 1) ? t("run.part.answer", { answer: quoted(partAnswer(run, at + 1)) }) : ""]
        .filter(Boolean).join(" · "),
      turns: turns.filter((turn) => turn.agent % parts.length === at),
      part: at + 1,
      round: 0,
    }));
  }
  const numbers = [...new Set([...turns.map((turn) => turn.round), ...run.rounds.map((round) => round.number)])].sort((a, b) => a - b);
  const several = numbers.length > 1;
  return numbers.map((number_) => {
    const made = run.rounds.find((round) => round.number === number_);
    const alone = several && !made;
    const title = !several ? "" : alone ? t("run.band.first") : t("run.band", { round: run.rounds.findIndex((round) => round.number === number_) + 1 });
    return {
      key: `round ${number_}`, title, note: made?.reason ?? "", part: 0, round: number_,
      turns: turns.filter((turn) => turn.round === number_),
    };
  });
}

/** @param {{span: number, most: number}} props */
function Grid({ span, most }) {
  return html`<div class="band-grid" aria-hidden="true">
    ${(most ? ticks(span, most) : [0]).map((at) => html`<i key=${at} style=${{ left: place(at, span) }}></i>`)}
  </div>`;
}

/** The calls that belong to no agent, in one row. @param {{run: Run, stamp: string, span: number}} props */
function Others({ run, span }) {
  const turns = run.lanes.get(NOBODY)?.turns.filter((turn) => turn.segments.length) ?? [];
  if (!turns.length) return null;
  const kinds = [...new Set(turns.map((turn) => t(`run.call.${turn.text}`)))];
  const count = turns.reduce((sum, turn) => sum + turn.generated, 0);
  return html`<div class="band-lanes is-others">
    <${Grid} span=${span} most=${0} />
    <div class="lane is-nobody"><div class="lane-button">
      <span class="lane-who"><${Icon} name="agents" size="1.1em" /></span>
      <span class="lane-axis"><span class="lane-words"><span>${kinds.join(" · ")}</span></span>
        <span class="lane-track">${turns.flatMap((turn, at) => turn.segments.map((one) => html`<i key=${`${at} ${one.start}`}
          class="stretch ${one.phase === "reading" ? "thinking" : one.phase}" style=${{ left: place(one.start, span), width: place(one.end - one.start, span) }}></i>`))}</span>
      </span>
      <span class="lane-found"></span><span class="lane-cost">${count ? compactNumber(count) : ""}</span>
    </div></div>
  </div>`;
}

/**
 * @param {object} props
 * @param {Run} props.run
 * @param {string} props.stamp
 * @param {number} props.span
 * @param {number[]} props.marked
 * @param {boolean} props.compact
 * @param {import("./ticker.js").Ticker} props.ticker
 * @param {((turn: Turn) => void)|null} props.onStop
 * @param {string} props.id
 */
export function Bands({ run, stamp, span, marked, compact, ticker, onStop, id }) {
  const [opened, setOpened] = useState(/** @type {Set<Turn>} */ (new Set()));
  const toggle = (/** @type {Turn} */ turn) => {
    const next = new Set(compact ? [] : opened); // one at a time where there is little room
    if (opened.has(turn)) next.delete(turn);
    else next.add(turn);
    setOpened(next);
  };
  const all = bands(run);
  const sure = !compact && agents(run).some((lane) => lane.turns.some((turn) => turn.certainty !== null));
  const most = compact ? 4 : 7;
  const { decision, comparison } = run;
  const rank = (/** @type {Turn} */ turn) => {
    if (!comparison || turn.answer) return "";
    const at = comparison.ranking.findIndex((/** @type {[number, number]} */ [agent]) => agent === turn.agent);
    return at < 0 ? "" : t("run.rank", { place: at + 1 });
  };
  const late = (/** @type {Turn} */ turn) => Boolean(decision) && decision?.round === turn.round && !run.plan && comparable(run)
    && turn.state === "finished" && turn.voted === null;
  const move = (/** @type {KeyboardEvent} */ event) => {
    const keys = ["ArrowDown", "ArrowUp", "Home", "End"];
    const target = /** @type {HTMLElement} */ (event.target);
    if (!keys.includes(event.key) || !target.classList.contains("lane-button")) return;
    const box = /** @type {HTMLElement} */ (event.currentTarget);
    const rows = /** @type {HTMLElement[]} */ ([...box.querySelectorAll(".lane-button")]);
    const at = rows.indexOf(target);
    const next = event.key === "Home" ? 0 : event.key === "End" ? rows.length - 1 : at + (event.key === "ArrowDown" ? 1 : -1);
    rows[next]?.focus();
    event.preventDefault();
  };
  return html`<div class="bands ${run.plan || !comparable(run) ? "is-unvoted" : ""}" onKeyDown=${move}>
    <div class="axis ${sure ? "is-high" : ""}" aria-hidden="true">
      <span class="axis-scale">
        ${ticks(span, most).map((at) => html`<span key=${at} class="axis-tick" style=${{ left: place(at, span) }}>${number(at, { maximumFractionDigits: 2 })}${at ? "" : " s"}</span>`)}
      </span>
      <span class="axis-found">${t("run.axis.answer")}</span>
      <span class="axis-cost">${t("run.axis.tokens")}${sure && html`<br />${t("run.axis.certainty")}`}</span>
    </div>
    ${all.map((band) => {
    const waits = (run.rounds.find((round) => round.number === band.round)?.agents ?? 0) - band.turns.length;
    const decided = decision && decision.round === band.round && !run.plan && comparable(run);
    return html`<section key=${band.key} class="band">
        ${band.title && html`<p class="band-title"><b>${band.title}</b>${band.note && html`<span dir="auto">${band.note}</span>`}</p>`}
        <div class="band-lanes">
          <${Grid} span=${span} most=${most} />
          ${decided && html`<div class="decision-line" aria-hidden="true"><i style=${{ left: place(decision.at, span) }}></i></div>`}
          <ol class="lanes" aria-label=${band.title || t("run.lanes")}>
            ${band.turns.map((turn) => html`<${LaneRow} key=${turn.agent} turn=${turn} stamp=${stampOf(turn)}
              group=${groupOf(run, turn)} span=${span} open=${opened.has(turn)} id=${`${id}-${turn.agent}-${turn.round}`}
              marked=${marked.includes(turn.agent)} faded=${marked.length > 0 && !marked.includes(turn.agent)}
              part=${band.part ? t("run.part.short", { part: band.part }) : ""} rank=${rank(turn)} late=${late(turn)}
              ticker=${ticker} onToggle=${toggle} onStop=${onStop} />`)}
          </ol>
        </div>
        ${!run.plan && !decision && !run.over && waits > 0 && band.round === run.rounds.at(-1)?.number
          && html`<p class="band-rest">${t("run.waiting.agents", { count: waits })}</p>`}
      </section>`;
  })}
    <${Others} run=${run} stamp=${stamp} span=${span} />
  </div>`;
}
