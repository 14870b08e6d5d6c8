// A finished run once more, at its own speed or faster: the same events through the same fold, with a hand on the clock.

import { html, useEffect, useRef, useState } from "../lib/ui.js";
import { seconds, t } from "../core/i18n.js";
import { Icon } from "../icons.js";
import { reveal } from "../markdown/safe.js";
import { feed, newRun } from "./fold.js";
import { readTrace } from "./tracefile.js";
import { RunView } from "./view.js";

const SPEEDS = [1, 2, 4, 10];

/** Plays a list of events. */
class Player {
  /** @param {any[]} events */
  constructor(events) {
    this.events = events;
    this.length = Math.max(...events.slice(-50).map((event) => event.at ?? 0), 0.01);
    this.at = 0;
    this.next = 0;
    this.version = 0;
    this.fold = newRun();
  }

  /** Go to a moment; backwards the run is folded anew, which takes milliseconds. @param {number} at */
  seek(at) {
    const wanted = Math.max(0, Math.min(at, this.length));
    if (wanted < this.at) {
      this.fold = newRun();
      this.next = 0;
    }
    this.at = wanted;
    for (; this.next < this.events.length; this.next += 1) {
      const event = this.events[this.next];
      if ((event.at ?? 0) > wanted && this.next > 0) break;
      feed(this.fold, event);
    }
    if (wanted >= this.length) for (; this.next < this.events.length; this.next += 1) feed(this.fold, this.events[this.next]);
    this.version += 1;
  }
}

/**
 * @param {object} props
 * @param {any[]} props.events
 * @param {(() => void)|null} [props.onClose]
 * @param {boolean} [props.autoplay]
 * @param {boolean} [props.answered] whether to show the answer's text too, where no message does
 */
export function Replay({ events, onClose = null, autoplay = true, answered = false }) {
  const player = useRef(/** @type {Player|null} */ (null));
  if (player.current?.events !== events) player.current = new Player(events);
  const one = player.current;
  const [, setVersion] = useState(0);
  const [playing, setPlaying] = useState(autoplay && !matchMedia("(prefers-reduced-motion: reduce)").matches);
  const [speed, setSpeed] = useState(one.length > 20 ? 4 : 1);
  const pace = useRef(speed);
  pace.current = speed;
  const seek = (/** @type {number} */ at) => {
    one.seek(at);
    setVersion(one.version);
  };
  useEffect(() => seek(playing ? 0 : one.length), [events]);
  useEffect(() => {
    if (!playing) return undefined;
    if (one.at >= one.length) one.seek(0);
    let last = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      one.seek(one.at + Math.min(0.25, (now - last) / 1000) * pace.current);
      last = now;
      setVersion(one.version);
      if (one.at >= one.length) setPlaying(false);
      else frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing, events]);
  const step = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== " " || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    setPlaying(!playing);
  };
  return html`<section class="replay" aria-label=${t("run.replay.label")} onKeyDown=${step}>
    <div class="transport">
      <button type="button" class="icon-button" aria-label=${t(playing ? "run.replay.pause" : "run.replay.play")} onClick=${() => setPlaying(!playing)}>
        <${Icon} name=${playing ? "pause" : "play"} /></button>
      <input type="range" min="0" max=${one.length} step=${one.length / 1000} value=${one.at} aria-label=${t("run.replay.time")}
        aria-valuetext=${seconds(one.at)} onInput=${(/** @type {any} */ event) => {
    setPlaying(false);
    seek(Number(event.currentTarget.value));
  }} />
      <span class="transport-time">${seconds(one.at)} / ${seconds(one.length)}</span>
      <label class="transport-speed"><span class="visually-hidden">${t("run.replay.speed")}</span>
        <select class="select" value=${speed} onChange=${(/** @type {any} */ event) => setSpeed(Number(event.currentTarget.value))}>
          ${SPEEDS.map((value) => html`<option key=${value} value=${value}>${value}×</option>`)}
        </select></label>
      ${onClose && html`<button type="button" class="icon-button" aria-label=${t("run.replay.close")} onClick=${onClose}><${Icon} name="close" /></button>`}
    </div>
    <${RunView} run=${{ fold: one.fold, version: one.version, state: "done", length: events.length }} live=${!one.fold.over}
      replaying=${true} open=${true} length=${one.length} flows=${false} clock=${() => one.at} />
    ${answered && one.fold.answer && html`<p class="replayed-answer" dir="auto">${reveal(one.fold.answer)}</p>`}
  </section>`;
}

/**
 * A place to drop a shared trace, which then plays here without any server.
 *
 * @param {{file?: File|null}} props `file` is opened at once
 */
export function TraceDrop({ file = null }) {
  const [runs, setRuns] = useState(/** @type {any[][]} */ ([]));
  const [shown, setShown] = useState(0);
  const [failed, setFailed] = useState("");
  const [over, setOver] = useState(false);
  const open = async (/** @type {File|undefined} */ chosen) => {
    setOver(false);
    if (!chosen) return;
    try {
      const found = readTrace(await chosen.text());
      setFailed(found.length ? "" : t("run.trace.none", { name: chosen.name }));
      setRuns(found);
      setShown(0);
    } catch {
      setFailed(t("run.trace.none", { name: chosen.name }));
    }
  };
  useEffect(() => {
    open(file ?? undefined);
  }, [file]);
  const events = runs[shown];
  const question = (/** @type {any[]} */ run) => String(run[0]?.question || run[0]?.run_id || "");
  return html`<section class="trace-drop ${over ? "is-over" : ""}"
      onDragOver=${(/** @type {DragEvent} */ event) => { event.preventDefault(); setOver(true); }}
      onDragLeave=${() => setOver(false)}
      onDrop=${(/** @type {DragEvent} */ event) => { event.preventDefault(); open(event.dataTransfer?.files[0]); }}>
    <div class="trace-place"><p>${t("run.trace.drop")}</p>
      <label class="button quiet small">${t("run.trace.choose")}<input class="visually-hidden" type="file" accept=".jsonl,.json,application/json"
        onChange=${(/** @type {any} */ event) => open(event.currentTarget.files[0])} /></label>
    </div>
    ${failed && html`<p class="failure" role="alert">${failed}</p>`}
    ${runs.length > 1 && html`<select class="select" aria-label=${t("run.trace.which")} onChange=${(/** @type {any} */ event) => setShown(Number(event.currentTarget.value))}>
      ${runs.map((run, at) => html`<option key=${at} value=${at}>${question(run).slice(0, 80)}</option>`)}</select>`}
    ${events && html`<p class="trace-question" dir="auto">${question(events)}</p>
      <${Replay} key=${shown} events=${events} answered=${true} />`}
  </section>`;
}
