// What votes say, and whether they say enough. Pure.

/**
 * One model and mode over all votes; `rate` is wins plus half the ties (`null` where it was never judged), `low` and
 * `high` its Wilson 95% interval.
 * @typedef {{model: string, mode: string, wins: number, losses: number, ties: number,
 *   rate: number | null, low: number, high: number}} Standing
 */

/** The name of a contender: the model with its mode. @param {{model: string, mode: string}} entry */
export const named = (entry) => (entry.mode ? `${entry.model} · ${entry.mode}` : entry.model);

/** @param {Standing} entry */
export const judged = (entry) => entry.wins + entry.losses + entry.ties;

/**
 * The best first; equals by how often they were judged, then by name.
 * @param {Standing[]} entries
 */
export const ranked = (entries) => [...entries].sort((one, two) =>
  (two.rate ?? -1) - (one.rate ?? -1) || judged(two) - judged(one) || named(one).localeCompare(named(two)));

/**
 * What can be said: "none" without votes; "open" while the first two intervals overlap; "clear" when the
 * first one's lies above every other.
 * @param {Standing[]} entries
 * @returns {{verdict: "none" | "open" | "clear", leader: Standing | null}}
 */
export function verdict(entries) {
  const [leader, ...rest] = ranked(entries.filter(judged));
  if (!leader || !rest.length) return { verdict: "none", leader: null };
  return { verdict: rest.every((other) => other.high < leader.low) ? "clear" : "open", leader };
}

/** The letters of the columns. @param {number} place */
export const letter = (place) => String.fromCharCode(65 + place);
