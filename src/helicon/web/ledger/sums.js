// The ledger's rows added up: by model and mode, by day, by kind of token. Pure.

/**
 * What the server says of one day or month, one model and one mode.
 * @typedef {{bucket: string, model: string, mode: string, runs: number, prompt: number, cached: number,
 *   thinking: number, answer: number, cancelled: number, seconds: number, money: number}} Row
 * @typedef {Omit<Row, "bucket" | "model" | "mode">} Sums
 */

/** @type {(keyof Sums)[]} */
export const FIELDS = ["runs", "prompt", "cached", "thinking", "answer", "cancelled", "seconds", "money"];

/** The kinds that add up to all tokens: what was read anew, what the engine had kept, what was written. */
export const KINDS = /** @type {const} */ (["read", "cached", "thinking", "answer"]);

/** @returns {Sums} */
export const nothing = () => ({
  runs: 0, prompt: 0, cached: 0, thinking: 0, answer: 0, cancelled: 0, seconds: 0, money: 0,
});

/**
 * @param {Iterable<Sums>} rows
 * @returns {Sums}
 */
export function sum(rows) {
  const total = nothing();
  for (const row of rows) for (const field of FIELDS) total[field] += row[field] ?? 0;
  return total;
}

/** Every token of a row; cached ones are part of the prompt, cancelled ones part of what was written. @param {Sums} row */
export const tokens = (row) => row.prompt + row.thinking + row.answer;

/**
 * Tokens of one kind; the kinds add up to `tokens`.
 * @param {Sums} row
 * @param {typeof KINDS[number]} kind
 */
export const ofKind = (row, kind) => (kind === "read" ? row.prompt - row.cached : row[kind]);

/**
 * Rows with the same label put together, the dearest first.
 * @param {Row[]} rows
 * @param {(row: Row) => string} label
 * @returns {{label: string, rows: Row[], sums: Sums}[]}
 */
export function grouped(rows, label) {
  /** @type {Map<string, Row[]>} */
  const found = new Map();
  for (const row of rows) {
    const key = label(row);
    found.set(key, [...(found.get(key) ?? []), row]);
  }
  return [...found]
    .map(([key, mine]) => ({ label: key, rows: mine, sums: sum(mine) }))
    .sort((one, two) => tokens(two.sums) - tokens(one.sums) || one.label.localeCompare(two.label));
}

/**
 * One list of numbers per series over the given buckets; a bucket without a row is 0.
 * @param {Row[]} rows
 * @param {string[]} buckets
 * @param {{label: string, of: (row: Row) => number}[]} series
 * @returns {number[][]}
 */
export function columns(rows, buckets, series) {
  const place = new Map(buckets.map((bucket, index) => [bucket, index]));
  const values = series.map(() => buckets.map(() => 0));
  for (const row of rows) {
    const index = place.get(row.bucket);
    if (index === undefined) continue;
    series.forEach((one, which) => {
      /** @type {number[]} */ (values[which])[index] = (values[which]?.[index] ?? 0) + one.of(row);
    });
  }
  return values;
}
