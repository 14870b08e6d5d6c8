// What changes while agents speak, a few times a second: last sentences, counts, the growing ends of bars.
// Everything else is drawn only when something has happened.

import { useEffect, useRef } from "../lib/ui.js";

/** Milliseconds between two drawings of the same text: six a second can still be read. */
export const PACE = 160;

/** Calls its subscribers at a reader's pace while it runs: a few in each frame, so that no frame has all the work. */
export class Ticker {
  /** @type {Set<() => void>} */
  #subscribers = new Set();
  #frame = 0;
  #last = 0;
  /** Whose turn it is, and how much of a turn has passed. */
  #owed = 0;
  /** @type {(() => void)[]} */
  #waiting = [];
  #running = false;
  /** @type {{at: number, heard: number}} */
  #clock = { at: 0, heard: 0 };
  /** The run's latest time, and whether time goes on by itself between events. @type {() => number} */
  latest = () => 0;
  flows = true;

  /** The run's time now: the latest event's, and what has passed since it came. */
  get now() {
    const at = this.latest();
    if (at !== this.#clock.at) this.#clock = { at, heard: performance.now() };
    return this.#running && this.flows ? at + (performance.now() - this.#clock.heard) / 1000 : at;
  }

  /** @param {() => void} subscriber */
  add(subscriber) {
    this.#subscribers.add(subscriber);
    return () => {
      this.#subscribers.delete(subscriber);
    };
  }

  /** @param {boolean} running */
  run(running) {
    if (running === this.#running) return;
    this.#running = running;
    if (running) {
      this.#clock = { at: this.latest(), heard: performance.now() };
      this.#frame = requestAnimationFrame(this.#tick);
    } else {
      cancelAnimationFrame(this.#frame);
    }
  }

  /** @param {number} time */
  #tick = (time) => {
    if (!this.#running) return;
    this.#owed += (this.#subscribers.size * Math.min(PACE, time - this.#last)) / PACE;
    this.#last = time;
    for (; this.#owed >= 1; this.#owed -= 1) {
      if (!this.#waiting.length) this.#waiting = [...this.#subscribers].reverse();
      const next = this.#waiting.pop();
      if (next && this.#subscribers.has(next)) next();
    }
    this.#frame = requestAnimationFrame(this.#tick);
  };
}

/** One ticker for a view. @param {() => number} latest @param {boolean} running @param {boolean} [flows] */
export function useTicker(latest, running, flows = true) {
  const kept = useRef(/** @type {Ticker|null} */ (null));
  kept.current ??= new Ticker();
  const ticker = kept.current;
  ticker.latest = latest;
  ticker.flows = flows;
  useEffect(() => {
    ticker.run(running);
    return () => ticker.run(false);
  }, [running]);
  return ticker;
}

/** Set a node's text, adding only what is new. @param {Node|null|undefined} node @param {string} text */
export function setText(node, text) {
  if (!node) return;
  const inner = node.firstChild ?? node.appendChild(document.createTextNode(""));
  const data = /** @type {Text} */ (inner).data;
  if (data === text) return;
  if (text.startsWith(data) && data) /** @type {Text} */ (inner).appendData(text.slice(data.length));
  else /** @type {Text} */ (inner).data = text;
}
