// A contemplation: one line that opens into the vote, every agent's lane, the moment of decision and what it cost.

import { html, memo, useEffect, useId, useLayoutEffect, useRef, useState } from "../lib/ui.js";
import { seconds, t } from "../core/i18n.js";
import { api } from "../core/api.js";
import { Icon } from "../icons.js";
import { Bands } from "./bands.js";
import { Bar, Legend } from "./consensus_bar.js";
import { Costs } from "./costs.js";
import { comparable, progress, spent, standing } from "./fold.js";
import { facts, line, rule, summary, tokens } from "./facts.js";
import { span as spanOf } from "./scale.js";
import { Comparison, Disagreement, Sources } from "./sections.js";
import { setText, useTicker } from "./ticker.js";

/** @typedef {import("./fold.js").Run} Run */

/** Width in pixels below which lanes are drawn compactly. */
const NARROW = 520;

/** @param {string} id a run's @param {string} path */
const command = (id, path) => api.post(`/api/runs/${encodeURIComponent(id)}/${path}`, {});

/** Whether this server can stop one agent, or decide at once; found out at the first try. */
const able = { stop: true, decide: true };

/** The rule of the decision in words, and whom it spared. @param {{run: Run, stamp: string}} props */
function Decision({ run }) {
  const { decision } = run;
  if (!decision || run.plan || !comparable(run)) return null;
  const { stopped } = facts(run);
  const last = run.rounds.at(-1);
  const began = [...run.lanes.values()].flatMap((lane) => lane.turns).filter((turn) => turn.agent >= 0 && turn.round === last?.number).length;
  const never = Math.max(0, (last?.agents ?? began) - began);
  const spared = [stopped ? t("run.stopped.there", { count: stopped }) : "", never ? t("run.never", { count: never }) : ""].filter(Boolean);
  return html`<p class="decision"><span class="flag" aria-hidden="true"></span><span>
    ${t("run.decided", { time: seconds(decision.at), why: rule(decision) })}
    ${spared.length > 0 && html`<span class="soft"> · ${line(spared)}</span>`}</span></p>`;
}

/**
 * @param {object} props
 * @param {Run} props.fold
 * @param {boolean} props.live
 * @param {string} props.stamp what has happened so far: the run is changed in place, so whoever draws it is given this too
 * @param {string} props.runId
 * @param {(() => number)|undefined} [props.clock]
 * @param {boolean|undefined} [props.flows]
 * @param {boolean|undefined} [props.replaying]
 * @param {boolean|undefined} [props.open] whether it begins open
 * @param {number|undefined} [props.length] seconds of the whole run, where they are known before its end
 * @param {(() => void)|null|undefined} [props.onReplay]
 */
export function Deliberation({ fold: run, live, stamp, runId, clock, flows, replaying = false, open: first, length, onReplay }) {
  const running = live && !run.over;
  const [open, setOpen] = useState(first ?? running);
  const touched = useRef(false);
  const [marked, setMarked] = useState(/** @type {number[]} */ ([]));
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const [compact, setCompact] = useState(false);
  const [, setAble] = useState(0);
  const id = useId();
  const ticker = useTicker(clock ?? (() => run.at), running, flows ?? true);
  const axis = () => length ?? (running ? spanOf(ticker.now) : Math.max(run.at, 0.01));
  const [span, setSpan] = useState(axis);
  const words = useRef(null);

  useEffect(() => { // when it ends it folds, unless somebody reads in it
    if (!running && !touched.current && !replaying && first === undefined) setOpen(false);
  }, [running]);
  useEffect(() => {
    const node = box.current;
    if (!node) return undefined;
    const observer = new ResizeObserver(([entry]) => setCompact((entry?.contentRect.width ?? NARROW) < NARROW));
    observer.observe(node);
    return () => observer.disconnect();
  }, []);

  const draw = () => {
    const { now } = ticker;
    const wanted = axis();
    if (wanted !== span) setSpan(wanted);
    if (running) {
      const { done, most } = progress(run);
      const { tokens: count, estimated } = spent(run);
      const parts = [most ? t("run.phase.agents", { done, count: most }) : t("run.phase.planning"), seconds(now)];
      if (count) parts.push(tokens(count, estimated));
      setText(words.current, line(parts));
    }
  };
  useLayoutEffect(() => { // at once: an older drawing must not come after this one
    draw();
    return ticker.add(draw);
  });

  const ask = async (/** @type {"stop"|"decide"} */ what, /** @type {string} */ path) => {
    try {
      await command(runId, path);
    } catch (error) {
      if ([404, 405, 501].includes(/** @type {any} */ (error).status)) able[what] = false;
      setAble((count) => count + 1);
    }
  };
  const controls = running && !replaying && Boolean(runId);
  const now = standing(run);
  const stop = controls && able.stop
    ? (/** @type {import("./lanes.js").Turn} */ turn) => ask("stop", `agents/${turn.agent}/stop`) : null;
  return html`<section class="deliberation ${running ? "is-live" : ""} ${compact ? "is-compact" : ""} ${open ? "is-open" : ""}" ref=${box}
      onClickCapture=${() => { touched.current = true; }}>
    <div class="fold-head">
      <button type="button" class="fold-line" aria-expanded=${open} aria-controls=${`${id}-body`} onClick=${() => setOpen(!open)}>
        <${Icon} name=${open ? "chevron-down" : "chevron-right"} size="1em" />
        ${!open && html`<${Bar} run=${run} stamp=${stamp} standing=${now} small=${true} />`}
        <span class="fold-words" ref=${words} key=${String(running)}>${running ? "" : line(summary(run))}</span>
      </button>
      ${controls && able.decide && run.votes.length > 0 && !run.decision && html`<button type="button" class="button quiet small"
        title=${t("run.decide.title")} onClick=${() => ask("decide", "decide")}>${t("run.decide")}</button>`}
      ${!running && !replaying && onReplay && open && html`<button type="button" class="button quiet small" onClick=${onReplay}>
        <${Icon} name="play" size="1em" /> ${t("run.replay")}</button>`}
    </div>
    ${open && html`<div class="deliberation-body" id=${`${id}-body`}>
      ${!run.plan && (comparable(run) || !run.standings.length) && html`<${Bar} run=${run} stamp=${stamp} standing=${now} />
        <${Legend} run=${run} stamp=${stamp} standing=${now} marked=${marked} onMark=${setMarked} />`}
      ${run.plan && html`<p class="plan-note">${t(`run.plan.${run.plan.source}`, { count: run.plan.parts.length })}</p>`}
      <${Decision} run=${run} stamp=${stamp} />
      ${run.resumed.map(({ at, agents: kept }) => html`<p class="resumed" key=${at}>${t("run.resumed", { time: seconds(at), count: kept })}</p>`)}
      <${Bands} run=${run} stamp=${stamp} span=${span} marked=${marked} compact=${compact} ticker=${ticker} onStop=${stop} id=${id} />
      ${run.over && !run.plan && html`<${Disagreement} run=${run} stamp=${stamp} />`}
      <${Comparison} run=${run} stamp=${stamp} onMark=${setMarked} />
      <${Sources} run=${run} stamp=${stamp} onMark=${setMarked} />
      ${run.over && html`<${Costs} run=${run} stamp=${stamp} />`}
    </div>`}
  </section>`;
}

export const Deliberated = memo(Deliberation);
