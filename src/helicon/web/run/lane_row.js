// One agent on the shared axis: its state, what it says now, when it did what, its answer and what it spent.

import { html, memo, useEffect, useLayoutEffect, useRef } from "../lib/ui.js";
import { compact, percent, seconds, t } from "../core/i18n.js";
import { reveal } from "../markdown/safe.js";
import { name, note, quoted } from "./facts.js";
import { LaneDetail } from "./lane_detail.js";
import { Badge, StateMark, colour, letter, stateOf } from "./marks.js";
import { lastSentence } from "./words.js";
import { place } from "./scale.js";
import { setText } from "./ticker.js";

/** @typedef {import("./lanes.js").Turn} Turn */

/** What changes a row beside its words. @param {Turn} turn */
export const stampOf = (turn) => [turn.phase, turn.state, turn.segments.length, turn.group, turn.voted, turn.probes.length,
  turn.tools.length, turn.ended].join(" ");

/** The last words of a turn; of one that is over, not those that only repeat its answer. @param {Turn} turn */
function saying(turn) {
  const said = lastSentence(turn.draft.length ? turn.draft : turn.thinking);
  if (turn.ended === null || !turn.draft.length) return said;
  const repeats = (/** @type {string} */ text) => text.replace(/^.{0,24}:/, "").trim() === turn.answer;
  const before = turn.draft.tail(400).trimEnd().split("\n").filter((line) => line.trim() && !repeats(line)).at(-1);
  return before?.replace(/\s+/g, " ").trim() || lastSentence(turn.thinking);
}

/** A row in one sentence, for those who do not see it. @param {Turn} turn @param {number} group @param {string} part */
function spoken(turn, group, part) {
  const words = [t("run.agent", { agent: name(turn.agent) })];
  if (part) words.push(part);
  words.push(t(`run.state.${stateOf(turn)}`));
  if (turn.answer) words.push(t("run.answers", { answer: quoted(turn.answer, 80) }));
  if (group >= 0) words.push(t("run.group", { letter: letter(group) }));
  const why = note(turn);
  if (why) words.push(why);
  if (turn.ended !== null) words.push(t("run.tokens", { count: turn.generated, shown: compact(turn.generated) }), seconds(turn.ended - turn.began));
  return words.join(", ");
}

/**
 * @typedef {object} RowProps
 * @property {Turn} turn
 * @property {string} stamp
 * @property {number} group
 * @property {number} span seconds that the axis shows
 * @property {boolean} open
 * @property {boolean} marked
 * @property {boolean} faded another one is marked
 * @property {string} part
 * @property {string} rank
 * @property {boolean} late its answer came after the count
 * @property {import("./ticker.js").Ticker} ticker
 * @property {(turn: Turn) => void} onToggle
 * @property {((turn: Turn) => void)|null} onStop
 * @property {string} id
 */

export const LaneRow = memo(Row);

/** @param {RowProps} props */
function Row({ turn, stamp, group, span, open, marked, faded, part, rank, late, ticker, onToggle, onStop, id }) {
  const row = useRef(/** @type {HTMLElement|null} */ (null));
  const words = useRef(null);
  const cost = useRef(null);
  const bar = useRef(/** @type {HTMLElement|null} */ (null));
  const seen = useRef(true);
  const running = turn.ended === null;
  const from = running ? turn.since : 0;
  const state = stateOf(turn);

  useEffect(() => {
    if (!running || !row.current) return undefined;
    const observer = new IntersectionObserver(([entry]) => {
      seen.current = entry?.isIntersecting ?? true;
    });
    observer.observe(row.current);
    return () => observer.disconnect();
  }, [running]);
  const draw = () => {
    if (!seen.current) return;
    // The end of a bar is set here, not by a variable that all rows inherit: that would restyle every one of them.
    if (bar.current) bar.current.style.width = place(Math.max(0, ticker.now - from), span);
    const said = reveal(saying(turn));
    const over = [note(turn) || said, late ? t("run.late") : ""].filter(Boolean).join(" · ");
    setText(words.current, running ? said || t(`run.state.${state}`) : over);
    const count = turn.generated;
    setText(cost.current, count ? `${turn.estimated ? "~" : ""}${compact(count)}` : "");
  };
  useLayoutEffect(() => { // at once: an older drawing must not come after this one
    draw();
    return running ? ticker.add(draw) : undefined;
  });

  const last = turn.segments.at(-1);
  const kind = ["lane", `is-${state}`, colour(group), open && "is-open", marked && "is-marked", faded && "is-faded"];
  return html`<li class=${kind.filter(Boolean).join(" ")} ref=${row}>
    <button type="button" class="lane-button" aria-expanded=${open} aria-controls=${id} onClick=${() => onToggle(turn)}>
      <span class="visually-hidden">${spoken(turn, group, part)}</span>
      <span class="lane-who" aria-hidden="true"><${StateMark} state=${state} /><b>${name(turn.agent)}</b></span>
      <span class="lane-axis" aria-hidden="true">
        <span class="lane-words" dir="auto"><span ref=${words}></span></span>
        <span class="lane-track">
          ${turn.segments.map(({ start, end, phase }) => html`<i key=${start} class="stretch ${phase} ${end === last?.end && !running ? "is-last" : ""}"
            style=${{ left: place(start, span), width: place(end - start, span) }}></i>`)}
          ${running && html`<i key="open" class="stretch ${turn.phase} is-growing"
            ref=${bar} style=${{ left: place(from, span) }}></i>`}
          ${turn.voted !== null && group >= 0 && html`<i key="vote" class="vote-tick" style=${{ left: place(turn.voted, span) }}></i>`}
        </span>
      </span>
      <span class="lane-found" aria-hidden="true">
        <${Badge} group=${group} />
        ${turn.answer ? html`<span class="lane-answer" dir="auto">${reveal(turn.answer.replace(/\s+/g, " ").slice(0, 120))}</span>` : null}
        ${rank && html`<span class="lane-rank">${rank}</span>`}
      </span>
      <span class="lane-cost" aria-hidden="true"><span ref=${cost}></span>${turn.certainty !== null
    && html`<span class="lane-sure">${percent(turn.certainty)}</span>`}</span>
    </button>
    ${open && html`<${LaneDetail} turn=${turn} stamp=${stamp} id=${id} ticker=${ticker} onStop=${onStop && (() => onStop(turn))} />`}
  </li>`;
}
