// Where two thoughts part: the steps that they share from the start, and the first one in which they differ. Pure.

import { finished, groupOf, standing } from "./fold.js";

/** @typedef {import("./fold.js").Run} Run */
/** @typedef {import("./lanes.js").Turn} Turn */
/**
 * Two thoughts side by side.
 * @typedef {{shared: string[], one: string[], other: string[]}} Parting
 */
/**
 * @typedef {{group: number, answer: string, agents: number[], weight: number, turn: Turn}} Position
 */

const READ = 60_000;
const PAIRS = 4;
/** Steps of a thought that are compared. */
const MOST = 400;
/** @type {WeakMap<Run, {shape: number, found: ReturnType<typeof compared>}>} */
const kept = new WeakMap();

/** A thought as steps: lines, sentences, and the parts of a calculation. @param {string} text @returns {string[]} */
export const steps = (text) => text.slice(0, READ)
  .split(/\n+|(?<=[.!?;])\s+|(?<==\s?-?[\d.,]+)\s+(?=[-\d(])/u)
  .map((step) => step.replace(/\s+/g, " ").trim())
  .filter((step) => /[\p{L}\p{N}]/u.test(step));

const plain = (/** @type {string} */ step) => step.toLowerCase().replace(/[\s.,:;!*_`$]+/g, "");

/**
 * The longest stretch of steps that both have, the last such one, and what each goes on with.
 *
 * @param {string[]} one @param {string[]} other @returns {Parting}
 */
export function part(one, other) {
  const [left, right] = [one.slice(0, MOST).map(plain), other.slice(0, MOST).map(plain)];
  let [length, end, otherEnd] = [0, 0, 0];
  let above = new Uint16Array(right.length + 1);
  for (let row = 1; row <= left.length; row += 1) {
    const here = new Uint16Array(right.length + 1);
    for (let column = 1; column <= right.length; column += 1) {
      if (left[row - 1] !== right[column - 1]) continue;
      const run = (above[column - 1] ?? 0) + 1;
      here[column] = run;
      if (run >= length) [length, end, otherEnd] = [run, row, column];
    }
    above = here;
  }
  return { shared: one.slice(end - length, end), one: one.slice(end), other: other.slice(otherEnd) };
}

/**
 * The leading position and the strongest dissent, each with the agent that speaks for it: of those who hold it, the
 * two whose thoughts go together for longest. `null` where nobody differs, or answers cannot be compared.
 *
 * @param {Run} run
 * @returns {{leader: Position, dissent: Position, parting: Parting}|null}
 */
export function disagreement(run) {
  const known = kept.get(run);
  if (known?.shape === run.shape) return known.found;
  const found = compared(run);
  kept.set(run, { shape: run.shape, found });
  return found;
}

/** @param {Run} run @returns {{leader: Position, dissent: Position, parting: Parting}|null} */
function compared(run) {
  const now = standing(run);
  const [first, second] = (now?.shares ?? []).filter((share) => share.answer);
  if (!first || !second) return null;
  const done = finished(run);
  const holders = (/** @type {number} */ group) => {
    const found = done.filter((turn) => groupOf(run, turn) === group);
    found.sort((one, other) => Number(run.restsOn.includes(other.agent)) - Number(run.restsOn.includes(one.agent))
      || one.generated - other.generated);
    return found;
  };
  const [ours, theirs] = [holders(first.group), holders(second.group)];
  /** @type {{turn: Turn, other: Turn, parting: Parting}|null} */
  let best = null;
  for (const turn of ours.slice(0, PAIRS)) {
    const mine = steps(turn.thinking.text);
    for (const other of theirs.slice(0, PAIRS)) {
      const parting = part(mine, steps(other.thinking.text));
      if (!best || parting.shared.length > best.parting.shared.length) best = { turn, other, parting };
    }
  }
  if (!best) return null;
  const position = (/** @type {import("./groups.js").Share} */ share, /** @type {Turn} */ turn, /** @type {Turn[]} */ all) =>
    ({ group: share.group, answer: share.answer, weight: share.weight, agents: all.map((one) => one.agent).sort((a, b) => a - b), turn });
  return {
    leader: position(first, best.turn, ours),
    dissent: position(second, best.other, theirs),
    parting: best.parting,
  };
}
