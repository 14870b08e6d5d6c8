// What a run came to, in numbers and words, for the one line and for the rule of the decision.

import { compact, seconds, t } from "../core/i18n.js";
import { reveal } from "../markdown/safe.js";
import { agents, comparable, groupOf, many, spent, standing } from "./fold.js";

/** @typedef {import("./fold.js").Run} Run */

const LEADER = 60;

/** Model text inside a sentence: bounded, and its writing direction kept to itself. @param {string} text @param {number} [most] */
export function quoted(text, most = LEADER) {
  const flat = reveal(text.replace(/\s+/g, " ").trim());
  return `\u2068${flat.length > most ? `${flat.slice(0, most - 1).trimEnd()}…` : flat}\u2069`;
}

/** Facts on one line, which breaks only after a dot. @param {string[]} parts */
export const line = (parts) => parts.map((part) => (part.length < 24 ? part.replaceAll(" ", "\u00a0") : part)).join("\u00a0· ");

/** An agent as people count. @param {number} agent */
export const name = (agent) => String(agent + 1);

/** "~1,240 tokens" while some are counted by their characters. @param {number} count @param {boolean} estimated */
export const tokens = (count, estimated) =>
  t(estimated ? "run.tokens.about" : "run.tokens", { count, shown: compact(count) });

/** Why the vote was decided. @param {{rule: string, leader: string}} decision */
export function rule({ rule: found, leader }) {
  const key = `run.rule.${found}`;
  return leader ? t(key, { leader: quoted(leader) }) : t(`${key}.open`);
}

/** Numbers of a contemplation. @param {Run} run */
export function facts(run) {
  const lanes = agents(run);
  const lead = standing(run)?.shares[0]?.group ?? -1;
  const last = lanes.map((lane) => lane.last).filter((turn) => turn !== null);
  return {
    began: lanes.length,
    agreeing: comparable(run) && lead >= 0
      ? lanes.filter((lane) => lane.turns.findLast((turn) => turn.state === "finished" && groupOf(run, turn) === lead)).length
      : 0,
    stopped: last.filter((turn) => turn.stop === "consensus").length,
    failed: last.filter((turn) => turn.state === "failed").length,
    rounds: run.rounds.length,
  };
}

/** "11 of 16 agree · 2 stopped early · 38 s · 41k tokens", as parts. @param {Run} run @returns {string[]} */
export function summary(run) {
  const { began, agreeing, stopped, failed, rounds } = facts(run);
  const words = [];
  if (run.plan) words.push(t("run.parts", { count: run.plan.parts.length }), t("run.agents", { count: began }));
  else if (comparable(run)) words.push(agreeing === 1 && began > 1 ? t("run.agree.none") : t("run.agree", { count: agreeing, most: began }));
  else words.push(t("run.agents", { count: began }));
  if (run.comparison && !comparable(run)) words.push(t("run.compared.short"));
  if (stopped) words.push(t("run.stopped", { count: stopped }));
  if (failed) words.push(t("run.failed", { count: failed }));
  if (rounds > 1 && !run.plan) words.push(t("run.rounds", { count: rounds }));
  const { tokens: count, estimated } = spent(run);
  return [...words, seconds(run.at), tokens(count, estimated)];
}

/** Seconds of a single thought before its answer. @param {Run} run */
export function thoughtSeconds(run) {
  let sum = 0;
  for (const lane of many(run) ? [] : agents(run)) {
    for (const turn of lane.turns) {
      for (const { phase, start, end } of turn.segments) if (phase !== "answering" && phase !== "waiting") sum += end - start;
    }
  }
  return sum;
}

/** Why a turn did not end by itself, or that it was closed; empty where it ended as it should. @param {import("./lanes.js").Turn} turn */
export function note(turn) {
  if (turn.state === "failed") return turn.error ? t("run.why.failed", { error: quoted(turn.error, 160) }) : t("run.why.error");
  if (turn.ended !== null && turn.state === "running") return t("run.why.cut");
  if (turn.state === "stopped") {
    const words = t(`run.why.${turn.stop}`);
    return turn.generated ? t("run.why.after", { why: words, count: turn.generated }) : words;
  }
  return ["length", "budget", "settled"].includes(turn.stop) ? t(`run.why.${turn.stop}`) : "";
}
