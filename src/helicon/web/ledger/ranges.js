// Ranges of days and months, and the names of their buckets. Pure: "now" is an argument.

/** @typedef {{since: Date, until: Date, bucket: "day" | "month"}} Range */

export const RANGES = /** @type {const} */ (["month", "days7", "days30", "months12", "custom"]);

const DAY = 86_400_000;

/** Midnight of that day in UTC, which is how the server counts days. @param {Date} at */
const midnight = (at) => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()));

/**
 * A named range that ends with today. `until` is the first moment after it.
 * @param {typeof RANGES[number]} name
 * @param {Date} now
 * @param {{from?: string, to?: string}} [custom] days as `2026-11-30`, for "custom"
 * @returns {Range}
 */
export function range(name, now, custom = {}) {
  const today = midnight(now);
  const until = new Date(today.getTime() + DAY);
  const back = (/** @type {number} */ days) => new Date(until.getTime() - days * DAY);
  if (name === "days7") return { since: back(7), until, bucket: "day" };
  if (name === "days30") return { since: back(30), until, bucket: "day" };
  if (name === "months12") {
    return { since: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 11, 1)), until, bucket: "month" };
  }
  if (name === "custom") {
    const from = dayOf(custom.from) ?? back(30);
    const to = dayOf(custom.to) ?? today;
    const [since, last] = from <= to ? [from, to] : [to, from];
    const end = new Date(last.getTime() + DAY);
    return { since, until: end, bucket: (end.getTime() - since.getTime()) / DAY > 92 ? "month" : "day" };
  }
  return { since: new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)), until, bucket: "day" };
}

/** @param {string | undefined} text */
function dayOf(text) {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) ? null : day;
}

/** A day as `2026-11-30`. @param {Date} at */
export const isoDay = (at) => at.toISOString().slice(0, 10);

/**
 * The names of a range's buckets, in order: `2026-11-30`, or `2026-11` by months.
 * @param {Range} over
 * @returns {string[]}
 */
export function buckets({ since, until, bucket }) {
  const names = [];
  if (bucket === "day") {
    for (let at = since.getTime(); at < until.getTime(); at += DAY) names.push(isoDay(new Date(at)));
  } else {
    const at = new Date(Date.UTC(since.getUTCFullYear(), since.getUTCMonth(), 1));
    for (; at < until; at.setUTCMonth(at.getUTCMonth() + 1)) names.push(isoDay(at).slice(0, 7));
  }
  return names;
}
