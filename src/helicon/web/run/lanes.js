// What one agent did when: turns (one a round) made of stretches on the run's time axis.
// The same notions as helicon.timeline, which draws runs in the terminal and as SVG.

import { Words } from "./words.js";

/** @typedef {"waiting"|"reading"|"thinking"|"answering"} Phase waiting for a place, reading, and what the tokens are */
/** @typedef {"running"|"finished"|"stopped"|"failed"} State */
/** @typedef {{prompt: number, cached: number, thinking: number, answer: number}} Tokens */
/** @typedef {{start: number, end: number, phase: Phase}} Segment */

export const NOBODY = -1;
/** Characters of a token, where only characters have been seen. */
export const CHARACTERS = 4;
/** Stop reasons that end an agent from outside. */
export const STOPPED = ["consensus", "cancelled", "interrupted", "deadline", "asked", "content_filter"];
/** Stop reasons of calls whose tokens the ledger counts as cancelled. */
export const CANCELLED = ["consensus", "cancelled", "interrupted", "deadline", "asked", "error"];

/** @returns {Tokens} */
export const noTokens = () => ({ prompt: 0, cached: 0, thinking: 0, answer: 0 });

/** @param {Tokens} sum @param {Tokens} more */
export function addTokens(sum, more) {
  sum.prompt += more.prompt;
  sum.cached += more.cached;
  sum.thinking += more.thinking;
  sum.answer += more.answer;
}

/** One agent's work in one round. */
export class Turn {
  /** @param {number} agent @param {number} round @param {number} began */
  constructor(agent, round, began) {
    this.agent = agent;
    this.round = round;
    this.hint = "";
    this.began = began;
    /** Since when the open stretch lasts. */
    this.since = began;
    /** The open stretch's phase; `null` once the turn is over. @type {Phase|null} */
    this.phase = "reading";
    /** @type {Segment[]} */
    this.segments = [];
    /** @type {number|null} */
    this.ended = null;
    /** @type {State} */
    this.state = "running";
    /** Why it stopped, as the ledger says it. */
    this.stop = "";
    this.answer = "";
    this.text = "";
    /** @type {number|null} */
    this.confidence = null;
    /** Geometric mean probability of its answer's tokens. @type {number|null} */
    this.certainty = null;
    this.error = "";
    this.thinking = new Words();
    this.draft = new Words();
    /** Of its calls that ended. */
    this.tokens = noTokens();
    /** Characters that came since the last of them did: what a live estimate rests on. */
    this.fresh = { thinking: 0, answer: 0 };
    /** Its place in `fold.groups` by the vote; -1 before it has voted. */
    this.group = -1;
    /** @type {number|null} */
    this.voted = null;
    /** @type {{at: number, answer: string, decision: string, reason: string, thinking: number, probability: number|null}[]} */
    this.probes = [];
    /** @type {{id: string, name: string, arguments: unknown, result: string|null}[]} */
    this.tools = [];
  }

  /** Thinking and answer tokens so far: exact where the engine has counted them, else by characters. */
  get generated() {
    const counted = this.tokens.thinking + this.tokens.answer;
    return this.ended === null ? counted + Math.ceil((this.fresh.thinking + this.fresh.answer) / CHARACTERS) : counted;
  }

  /** Whether `generated` is an estimate. */
  get estimated() {
    return this.ended === null;
  }
}

/** One agent over the whole run. */
export class Lane {
  /** @param {number} agent */
  constructor(agent) {
    this.agent = agent;
    /** @type {Turn[]} */
    this.turns = [];
    /** The end of its last stretch. */
    this.covered = 0;
    /** Of all its calls that ended. */
    this.tokens = noTokens();
  }

  /** @returns {Turn|null} */
  get last() {
    return this.turns.at(-1) ?? null;
  }

  /** @returns {Turn|null} */
  get open() {
    const { last } = this;
    return last && last.phase !== null ? last : null;
  }

  /** Add a stretch after what is there. @param {Turn} turn @param {number} start @param {number} end @param {Phase} phase */
  cover(turn, start, end, phase) {
    const from = Math.max(start, this.covered);
    if (end <= from) return;
    const last = turn.segments.at(-1);
    if (last && last.phase === phase && last.end === from) last.end = end;
    else turn.segments.push({ start: from, end, phase });
    this.covered = end;
  }

  /** @param {number} round @param {number} now @param {number|null} waited since when it waited for its place */
  begin(round, now, waited) {
    if (this.open) this.end(now);
    const turn = new Turn(this.agent, round, now);
    if (waited !== null) this.cover(turn, waited, now, "waiting");
    this.turns.push(turn);
    return turn;
  }

  /** The turn that is open; one begins where none is. @param {number} round @param {number} now */
  current(round, now) {
    return this.open ?? this.begin(round, now, null);
  }

  /** Enter a phase of the open turn. @param {Phase} phase @param {number} now */
  go(phase, now) {
    const turn = this.open;
    if (!turn || turn.phase === phase) return;
    this.cover(turn, turn.since, now, /** @type {Phase} */ (turn.phase));
    turn.phase = phase;
    turn.since = now;
  }

  /** Close the open turn, with the agent's own end where it came. @param {number} now @param {any} [ended] */
  end(now, ended) {
    const turn = this.current(ended?.round ?? 1, now);
    const entry = ended?.entry;
    let phase = /** @type {Phase} */ (turn.phase);
    if (phase === "reading" && entry?.tokens.answer) phase = "answering"; // its answer was held back
    this.cover(turn, turn.since, now, phase);
    turn.phase = null;
    turn.ended = now;
    if (!ended) return turn;
    turn.round = ended.round;
    turn.stop = entry.stop_reason;
    turn.state = stateOf(ended);
    turn.answer = ended.answer;
    turn.text = ended.text;
    turn.confidence = ended.confidence;
    turn.certainty = ended.certainty ?? null;
    turn.error = ended.error;
    this.count(entry, turn);
    return turn;
  }

  /** One of its calls ended. @param {any} entry @param {Turn|null} [turn] */
  count(entry, turn = this.last) {
    addTokens(this.tokens, entry.tokens);
    if (!turn) return;
    addTokens(turn.tokens, entry.tokens);
    if (entry.kind !== "probe") turn.fresh = { thinking: 0, answer: 0 };
  }
}

/** @param {any} ended @returns {State} */
function stateOf(ended) {
  if (ended.error || ended.entry.stop_reason === "error") return "failed";
  return STOPPED.includes(ended.entry.stop_reason) ? "stopped" : "finished";
}
