// The fold: a run's events become one state that everything draws. No DOM, no network, no clock.
//
// Live, replayed and stored runs go through the same `feed`. The state is changed in place, so that thousands of
// tokens a second cost nothing to keep; `shape` grows with every event that is more than a piece of text, so that
// a drawing knows when pieces are all that came. Event types that are not known are passed over.

import { spelled, shares } from "./groups.js";
import { CHARACTERS, Lane, NOBODY } from "./lanes.js";
import { Words } from "./words.js";

/** @typedef {import("./groups.js").Group} Group */
/** @typedef {import("./groups.js").Share} Share */
/** @typedef {import("./lanes.js").Turn} Turn */
/** @typedef {{number: number, agents: number, reason: string, at: number}} Round */
/**
 * Where a vote stood at one moment.
 * @typedef {{at: number, round: number, leader: string, shares: Share[], finished: number, running: number,
 *   probability: number, decided: boolean, rule: string}} Standing
 */
/** @typedef {ReturnType<typeof newRun>} Run */

export const newRun = () => ({
  id: "",
  model: "",
  /** The mode asked for, and the one that gives (or gave) the answer. */
  asked: "",
  mode: "",
  seed: 0,
  created: 0,
  question: "",
  /** What `auto` chose, one after the other. @type {{at: number, mode: string, reason: string, confidence: number|null}[]} */
  choices: [],
  /** @type {Round[]} */
  rounds: [],
  /** By agent; `NOBODY` for calls that belong to none. @type {Map<number, Lane>} */
  lanes: new Map(),
  /** The answer's text so far. */
  answer: "",
  /** Answers that were shown and taken back. @type {{at: number, reason: string, text: string}[]} */
  withdrawn: [],
  /** Equal answers, in the order of their first vote: the first is A. @type {Group[]} */
  groups: [],
  /** @type {Standing[]} */
  standings: [],
  /** Every vote with its time. @type {{at: number, round: number, agent: number, group: number}[]} */
  votes: [],
  /** The moment from which the outcome stood. @type {Standing|null} */
  decision: null,
  /** @type {any} */
  plan: null,
  /** The last comparison of open-ended drafts. @type {any} */
  comparison: null,
  /** @type {any} */
  sources: null,
  /** Where the run goes on from an interrupted one. @type {{at: number, run: string, agents: number}[]} */
  resumed: [],
  /** Lines of the ledger, in the order in which the calls ended. @type {any[]} */
  entries: [],
  /** @type {number[]} */
  restsOn: [],
  /** Why the run stopped; empty while it goes on. */
  stop: "",
  error: "",
  over: false,
  /** The latest time of an event, in seconds since the run began. */
  at: 0,
  shape: 0,
  /** The open round's beginning, from which agents wait for their place. @type {number|null} */
  roundAt: null,
  /** Since when answer text comes that no running agent writes. @type {number|null} */
  spokeAt: null,
});

/** @param {Run} run @param {number} agent @returns {Lane} */
function lane(run, agent) {
  let found = run.lanes.get(agent);
  if (!found) {
    found = new Lane(agent);
    run.lanes.set(agent, found);
    run.shape += 1;
  }
  return found;
}

const round = (/** @type {Run} */ run) => run.rounds.at(-1)?.number ?? 1;

/** A piece of an agent's text. @param {Run} run @param {any} event @param {"thinking"|"answering"} phase */
function piece(run, event, phase) {
  const one = lane(run, event.agent);
  const turn = one.last ?? one.begin(round(run), run.at, null); // what comes after its end joins what it said
  if (turn.phase !== null && turn.phase !== phase) {
    one.go(phase, run.at);
    run.shape += 1;
  }
  if (phase === "thinking") {
    turn.thinking.add(event.text);
    turn.fresh.thinking += event.text.length;
  } else {
    turn.draft.add(event.text);
    turn.fresh.answer += event.text.length;
  }
}

/** @param {Run} run @param {any} event */
function answer(run, event) {
  run.answer += event.text;
  const open = run.mode === "contemplating" ? [] : [...run.lanes.values()].filter((one) => one.open && one.agent !== NOBODY);
  const [writer] = open;
  if (open.length === 1 && writer?.open) {
    if (writer.open.phase !== "answering") run.shape += 1;
    writer.go("answering", run.at);
    writer.open.fresh.answer += event.text.length;
  } else if (run.spokeAt === null) {
    run.spokeAt = run.at;
    run.shape += 1;
  }
}

/** A call of nobody took this long until now. @param {Run} run @param {any} entry */
function call(run, entry) {
  const one = lane(run, NOBODY);
  const start = Math.min(run.at, Math.max(0, run.at - entry.seconds, one.covered));
  const turn = one.begin(entry.round, start, null);
  const speaks = entry.tokens.answer ? (run.spokeAt === null ? start : Math.max(start, run.spokeAt)) : run.at;
  one.cover(turn, start, speaks, "reading");
  one.cover(turn, speaks, run.at, "answering");
  turn.since = run.at;
  one.end(run.at, { round: entry.round, answer: "", text: entry.kind, confidence: null, error: "", entry });
  run.spokeAt = null;
}

/** @param {Run} run @param {any} event */
function vote(run, event) {
  const members = new Map();
  const answers = new Map();
  for (const [agent, { turns }] of run.lanes) {
    const turn = turns.findLast((one) => one.state === "finished");
    if (agent === NOBODY || !turn) continue;
    answers.set(agent, turn.answer);
    if (turn.voted !== null && turn.voted >= (run.roundAt ?? 0)) members.set(agent, turn.group);
  }
  const found = shares(run.groups, event, members, answers);
  for (const { group, agents } of found) {
    for (const agent of agents) {
      const turn = run.lanes.get(agent)?.turns.findLast((one) => one.state === "finished");
      if (!turn) continue;
      if (!members.has(agent)) {
        turn.voted = run.at;
        run.votes.push({ at: run.at, round: event.round, agent, group });
      }
      turn.group = group;
    }
  }
  const { leader, finished, running, probability, decided, rule } = event;
  const standing = { at: run.at, round: event.round, leader, shares: found, finished, running, probability, decided, rule };
  run.standings.push(standing);
  if (decided && run.decision === null) run.decision = standing;
}

/** @type {Record<string, (run: Run, event: any) => void>} */
const steps = {
  run_started(run, { run_id: id, mode, model, seed, created, question = "" }) {
    Object.assign(run, { id, mode, asked: mode, model, seed, created, question });
  },
  mode_chosen(run, { mode, reason, confidence = null }) {
    Object.assign(run, { mode, roundAt: null, decision: null });
    run.choices.push({ at: run.at, mode, reason, confidence });
  },
  round_started(run, { round: number, agents, reason = "" }) {
    Object.assign(run, { roundAt: run.at, decision: null });
    run.rounds.push({ number, agents, reason, at: run.at });
  },
  agent_started(run, { agent, round: number, hint = "" }) {
    lane(run, agent).begin(number, run.at, run.roundAt).hint = hint;
  },
  thinking_delta: (run, event) => piece(run, event, "thinking"),
  draft_delta: (run, event) => piece(run, event, "answering"),
  answer_delta: answer,
  answer_reset(run, { reason }) {
    run.withdrawn.push({ at: run.at, reason, text: run.answer });
    Object.assign(run, { answer: "", sources: null, spokeAt: null });
  },
  tool_called(run, { agent, call: { id, name, arguments: given } }) {
    const one = lane(run, agent);
    (one.last ?? one.begin(round(run), run.at, null)).tools.push({ id, name, arguments: given, result: null });
  },
  tool_returned(run, { agent, call_id: id, text }) {
    const tools = lane(run, agent).turns.flatMap((turn) => turn.tools);
    const made = tools.findLast((tool) => tool.id === id);
    if (made) made.result = text;
  },
  agent_ended(run, event) {
    run.entries.push(event.entry);
    lane(run, event.agent).end(run.at, event);
  },
  call_ended(run, { entry }) {
    run.entries.push(entry);
    if (entry.agent === NOBODY) call(run, entry);
    else lane(run, entry.agent).count(entry);
  },
  thought_probed(run, { agent, answer: said, decision, reason = "", thinking, probability }) {
    const turn = lane(run, agent).last;
    turn?.probes.push({ at: run.at, answer: said, decision, reason, thinking, probability });
  },
  consensus_changed: vote,
  plan_made(run, event) {
    run.plan = event;
  },
  drafts_compared(run, event) {
    run.comparison = event;
  },
  sources_marked(run, event) {
    run.sources = event;
  },
  run_resumed(run, { run_id: id, agents: kept }) {
    run.resumed.push({ at: run.at, run: id, agents: kept });
  },
  run_ended(run, { answer: whole, stop_reason: stop, ledger, mode, rests_on: restsOn = [], error = "" }) {
    for (const one of run.lanes.values()) if (one.open) one.end(run.at);
    Object.assign(run, { answer: whole, stop, entries: ledger.entries, mode, restsOn, error, over: true });
  },
};
const PIECES = new Set(["thinking_delta", "draft_delta", "answer_delta"]);

/** Take one more event. @param {Run} run @param {any} event */
export function feed(run, event) {
  if (!Object.hasOwn(steps, event?.type)) return;
  if (event.at > run.at) run.at = event.at;
  steps[event.type]?.(run, event);
  if (!PIECES.has(event.type)) run.shape += 1;
}

/** Take many. @param {Run} run @param {Iterable<any>} events */
export function feedAll(run, events) {
  for (const event of events) feed(run, event);
  return run;
}

/** The lanes of agents, by number. @param {Run} run */
export const agents = (run) =>
  [...run.lanes.values()].filter((one) => one.agent !== NOBODY).sort((one, other) => one.agent - other.agent);

/** Whether several agents think: a contemplation. @param {Run} run */
export const many = (run) => run.mode === "contemplating" || agents(run).length > 1;

/** Agents that have ended, and that may be heard in this round. @param {Run} run */
export function progress(run) {
  const number = round(run);
  const turns = agents(run).flatMap((one) => one.turns.filter((turn) => turn.round === number));
  const done = turns.filter((turn) => turn.ended !== null).length;
  return { done, began: turns.length, most: Math.max(run.rounds.at(-1)?.agents ?? 0, turns.length), round: number };
}

/** The group of a turn by its vote, or by its spelling where it came after the count; -1 = none. @param {Run} run @param {Turn} turn */
export function groupOf(run, turn) {
  if (turn.group >= 0) return comparable(run) ? turn.group : -1;
  return turn.state === "finished" ? spelled(run.groups, turn.answer) : -1;
}

/** Whether there are short answers, which can be voted on. @param {Run} run */
export const comparable = (run) => run.groups.some((group) => group.answer);

/** Where the vote of the last round stands. @param {Run} run @returns {Standing|null} */
export const standing = (run) => run.decision ?? run.standings.at(-1) ?? null;

/** Each agent's last finished turn. @param {Run} run */
export const finished = (run) =>
  agents(run).map((one) => one.turns.findLast((turn) => turn.state === "finished")).filter((turn) => turn !== undefined);

/** Generated tokens so far, and whether some of them are estimated. @param {Run} run */
export function spent(run) {
  let tokens = 0;
  for (const { tokens: { thinking, answer: said } } of run.entries) tokens += thinking + said;
  if (run.over) return { tokens, estimated: run.entries.some((entry) => entry.estimated) };
  let characters = 0;
  for (const { open } of run.lanes.values()) if (open) characters += open.fresh.thinking + open.fresh.answer;
  return { tokens: tokens + Math.ceil(characters / CHARACTERS), estimated: characters > 0 };
}

/**
 * What is happening, as a key of the language's words; it changes a few times a run.
 *
 * @param {Run} run
 * @returns {{key: string, params: Record<string, string|number>}}
 */
export function phase(run) {
  if (run.over) {
    if (run.error || run.stop === "error") return { key: "run.phase.failed", params: {} };
    return { key: run.stop === "cancelled" ? "run.phase.stopped" : "run.phase.ready", params: {} };
  }
  if (run.answer) return { key: "run.phase.answering", params: {} };
  if (many(run)) {
    const { done, most, round: number } = progress(run);
    if (run.decision) return { key: "run.phase.decided", params: {} };
    if (most === 0) return { key: "run.phase.planning", params: {} };
    return { key: number > 1 && run.rounds.length > 1 ? "run.phase.round" : "run.phase.agents",
      params: { done, count: most, round: number } };
  }
  const [only] = agents(run);
  return { key: only?.last?.thinking.length ? "run.phase.thinking" : "run.phase.waiting", params: {} };
}

export { Words };
