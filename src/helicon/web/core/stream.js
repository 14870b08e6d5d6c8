// The tab's one stream: every run that is watched, and every change of this owner's things, over one connection.
//
// A run's log is numbered without gaps. What has come is known by its number, so a connection that breaks anywhere is
// made again from there, and nothing is lost or doubled. Events go into the state when they come; whoever draws hears
// of them once a frame, and once when a hidden tab is shown again.

import { signal } from "../lib/ui.js";
import { api } from "./api.js";
import { Frames } from "./sse.js";
import { messages, online, runs } from "./state.js";
import { feedAll, newRun } from "../run/fold.js";

/** Milliseconds. */
export const TIMES = {
  /** Silence after which the connection is dead; the server sends a heartbeat every 10 s. */
  silence: 25_000,
  /** Silence after which it is not trusted when the tab wakes up. */
  doubt: 12_000,
  check: 5_000,
  firstWait: 500,
  longestWait: 15_000,
  /** Runs that begin together share one new connection. */
  gather: 40,
  /** A hidden tab that watches nothing gives its connection back: a browser has six for all tabs together. */
  idle: 60_000,
};

/** @typedef {"running"|"done"|"stopped"|"interrupted"|"failed"|"missing"} RunState */
/**
 * @typedef {{id: string, fold: import("../run/fold.js").Run, next: number, state: RunState, length: number,
 *   live: boolean, published: number, gapAt: number, gaps: number}} Watched
 */

/** @type {Map<string, Watched>} */
const watched = new Map();
/** @type {Set<Partial<Record<"change"|"end"|"hello"|"denied", (data: any) => void>>>} */
const listeners = new Set();
/** @type {Set<Watched>} */
const dirty = new Set();

/** Since when the connection is being made again; 0 while it stands. */
export const since = signal(0);

let started = false;
/** @type {AbortController|null} */
let connection = null;
let attempts = 0;
let heard = 0;
let frame = 0;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let idling;
/** @type {ReturnType<typeof setInterval>|undefined} */
let watchdog;
/** Whether the tab gave its connection back because it is hidden and watches nothing. */
let resting = false;

/** @param {"change"|"end"|"hello"|"denied"} name @param {any} data */
const tell = (name, data) => {
  for (const listener of [...listeners]) listener[name]?.(data);
};

/** Hear of changes, ends of runs, new connections and refusals. @param {Partial<Record<"change"|"end"|"hello"|"denied", (data: any) => void>>} listener */
export function listen(listener) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

// what is drawn

/** @param {Watched} one */
function publish(one) {
  const found = runs.get(one.id);
  if (!found) return;
  one.published += 1;
  found.value = { fold: one.fold, version: one.published, state: one.state, length: one.length };
}

function flush() {
  frame = 0;
  for (const one of dirty) publish(one);
  dirty.clear();
}

/** @param {Watched} one @param {boolean} [now] */
function changed(one, now = false) {
  dirty.add(one);
  if (now) {
    cancelAnimationFrame(frame);
    flush();
  } else if (!frame && !document.hidden) {
    frame = requestAnimationFrame(flush);
  }
}

// what comes

/** @param {{run: string, from: number, to: number, events: any[], reset?: boolean}} data whether they could be taken @returns {boolean} */
function take({ run, from, to, events, reset }) {
  const one = watched.get(run);
  if (!one) return true;
  if (reset) {
    one.fold = newRun();
    one.next = 0;
  }
  if (to <= one.next) return true; // came before
  if (from > one.next || events.length !== to - from) { // something is missing
    one.gaps = one.gapAt === one.next ? one.gaps + 1 : 1;
    one.gapAt = one.next;
    if (one.gaps < 3) return false;
    one.live = false; // asking again does not help: take what is stored
    load(one);
    return true;
  }
  feedAll(one.fold, events.slice(one.next - from));
  one.next = to;
  one.length = Math.max(one.length, to);
  changed(one);
  return true;
}

/** @param {{run: string, length: number, state: RunState, message: any}} data @returns {boolean} */
function end(data) {
  const one = watched.get(data.run);
  if (/** @type {string} */ (data.state) === "gone") { // the server knows no such run
    if (one) {
      Object.assign(one, { state: "missing", live: false });
      changed(one, true);
    }
    return true;
  }
  if (one) {
    if (one.next < data.length) return false;
    Object.assign(one, { state: data.state, length: data.length, live: false });
    changed(one, true);
  }
  tell("end", data);
  return true;
}

/** @param {import("./sse.js").Frame} frame @returns {boolean} whether the stream can go on from here */
function handle({ event, data }) {
  const value = JSON.parse(data);
  if (event === "run") return take(value);
  if (event === "end") return end(value);
  if (event === "change") tell("change", value);
  if (event === "hello") {
    attempts = 0;
    since.value = 0;
    online.value = "online";
    tell("hello", value);
  }
  return true;
}

// the connection

const live = () => [...watched.values()].filter((one) => one.live);

function address() {
  const asked = live().map((one) => `run=${encodeURIComponent(one.id)}:${one.next}`);
  return `/api/stream${asked.length ? `?${asked.join("&")}` : ""}`;
}

/** Make the connection again after `wait` milliseconds. @param {number} wait */
function again(wait) {
  clearTimeout(timer);
  if (started && !resting) timer = setTimeout(connect, wait);
}

/** How long to wait after so many failures: twice as long each time, spread so that tabs do not come together. */
function pause() {
  const most = Math.min(TIMES.longestWait, TIMES.firstWait * 2 ** Math.min(10, attempts));
  attempts += 1;
  return most * (0.5 + Math.random() / 2);
}

function lost() {
  if (!since.value) since.value = Date.now();
  online.value = navigator.onLine === false ? "offline" : attempts > 3 ? "offline" : "connecting";
}

async function connect() {
  clearTimeout(timer);
  connection?.abort();
  const mine = new AbortController();
  connection = mine;
  heard = performance.now();
  let greeted = false;
  try {
    const reply = await fetch(address(), {
      signal: mine.signal, credentials: "same-origin", cache: "no-store", headers: { accept: "text/event-stream" },
    });
    if (mine !== connection) return;
    if (reply.status === 401 || reply.status === 403) {
      started = false;
      tell("denied", { status: reply.status });
      return;
    }
    if (reply.status === 404) await sift();
    if (!reply.ok || !reply.body) throw new Error(`the stream answered ${reply.status}`);
    const reader = reply.body.getReader();
    const frames = new Frames();
    for (;;) {
      const { done, value } = await reader.read();
      if (mine !== connection) return;
      if (done) break;
      heard = performance.now();
      for (const frame of frames.feed(value)) {
        greeted ||= frame.event === "hello";
        if (!handle(frame)) { // a gap: ask again for what is missing
          mine.abort();
          lost();
          again(greeted ? pause() / 2 : pause());
          return;
        }
      }
    }
  } catch {
    if (mine !== connection) return; // another one took over
    mine.abort();
    lost();
    again(pause());
    return;
  }
  // The server ends a connection after a few minutes, so that no proxy does: that is no failure.
  if (greeted) again(Math.random() * 200);
  else {
    lost();
    again(pause());
  }
}

/** Find out which of the watched runs are gone, so that one of them does not keep the others waiting. */
async function sift() {
  await Promise.all(live().map(async (one) => {
    try {
      await api.get(`/api/runs/${encodeURIComponent(one.id)}`);
    } catch (error) {
      if (/** @type {any} */ (error).status !== 404) return;
      Object.assign(one, { live: false, state: "missing" });
      changed(one, true);
    }
  }));
}

function check() {
  if (!started || resting) return;
  if (connection && !connection.signal.aborted && performance.now() - heard > TIMES.silence) {
    lost();
    connect();
  }
}

/** The tab woke up, or the network is back: a connection that was silent for long is made again at once. */
function wake() {
  if (!started || document.hidden) return;
  clearTimeout(idling);
  flush();
  const doubtful = resting || since.value > 0 || performance.now() - heard > TIMES.doubt;
  resting = false;
  if (doubtful) reconnect();
}

function shown() {
  if (!document.hidden) {
    wake();
    return;
  }
  clearTimeout(idling);
  idling = setTimeout(() => {
    if (!document.hidden || live().length) return;
    resting = true;
    clearTimeout(timer);
    connection?.abort();
    connection = null;
  }, TIMES.idle);
}

function gone() {
  online.value = "offline";
  if (!since.value) since.value = Date.now();
}

/** @param {PageTransitionEvent} event */
const restored = (event) => {
  if (event.persisted) reconnect();
};

/** Begin to listen; it goes on until `stopStream`. */
export function startStream() {
  if (started) return;
  started = true;
  attempts = 0;
  document.addEventListener("visibilitychange", shown);
  addEventListener("online", wake);
  addEventListener("offline", gone);
  addEventListener("pageshow", restored);
  watchdog ??= setInterval(check, TIMES.check);
  connect();
}

export function stopStream() {
  started = false;
  clearTimeout(timer);
  clearTimeout(idling);
  clearInterval(watchdog);
  watchdog = undefined;
  document.removeEventListener("visibilitychange", shown);
  removeEventListener("online", wake);
  removeEventListener("offline", gone);
  removeEventListener("pageshow", restored);
  connection?.abort();
  connection = null;
}

/** Make the connection again now. */
export function reconnect() {
  if (!started) return;
  attempts = 0;
  resting = false;
  connect();
}

// what is watched

/** @param {string} id */
const isRunning = (id) => [...messages.value.values()].some((one) => one.run === id && one.state === "running");

/**
 * The run's state, from now on: what is stored of it, and what comes while it runs. Idempotent.
 *
 * @param {string} id
 * @param {{live?: boolean}} [options] whether it is known to run; otherwise the server is asked once
 * @returns {import("../lib/ui.js").Signal<import("./types.js").RunValue>}
 */
export function watch(id, { live: going = isRunning(id) } = {}) {
  let one = watched.get(id);
  let found = runs.get(id);
  if (!one) {
    one = { id, fold: newRun(), next: 0, state: "running", length: 0, live: going, published: 0, gapAt: -1, gaps: 0 };
    watched.set(id, one);
    if (going) again(TIMES.gather);
    else load(one);
  } else if (going && !one.live && one.state === "missing") {
    Object.assign(one, { live: true, state: "running" });
    again(TIMES.gather);
  }
  if (!found) {
    found = signal({ fold: one.fold, version: 0, state: one.state, length: one.length });
    runs.set(id, found);
  }
  return found;
}

/** @param {Watched} one */
async function load(one) {
  try {
    const { run, events } = await api.get(`/api/runs/${encodeURIComponent(one.id)}`);
    one.fold = feedAll(newRun(), events);
    one.next = events.length;
    Object.assign(one, { state: run.state, length: Math.max(one.next, run.length ?? 0), live: run.state === "running" });
    if (one.live) again(0);
  } catch (error) {
    one.state = /** @type {any} */ (error).status === 404 ? "missing" : "failed";
    watched.delete(one.id); // the next one who watches asks again
  }
  changed(one, true);
}

/** Forget a run. The connection goes on; what still comes of it is passed over. @param {string} id */
export function drop(id) {
  watched.delete(id);
  runs.delete(id);
}
