// What changes while agents speak, a few times a second: last sentences, counts, the growing ends of bars.
// Everything else is drawn only when something has happened.

import { useEffect, useRef } from "../lib/ui.js";

/** Milliseconds between two drawings of text: eight a second can still be read. */
export const PACE = 120;

/** Calls its subscribers at a reader's pace while it runs. */
export class Ticker {
  /** @type {Set<() => void>} */
  #subscribers = new Set();
  #frame = 0;
  #last = 0;
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

  draw() {
    for (const subscriber of this.#subscribers) subscriber();
  }

  /** @param {number} time */
  #tick = (time) => {
    if (!this.#running) return;
    if (time - this.#last >= PACE) {
      this.#last = time;
      this.draw();
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
