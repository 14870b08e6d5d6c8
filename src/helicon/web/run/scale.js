// The one time axis that all lanes of a run share. Pure.

const STEPS = [0.5, 1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 300, 450, 600, 900, 1200, 1800, 2700, 3600];

/** The seconds that a live axis shows: the first step that leaves room to grow. @param {number} now */
export function span(now) {
  const found = STEPS.find((step) => now < step * 0.94);
  return found ?? Math.ceil(now / 3600 + 0.5) * 3600;
}

/** Round moments from 0 to `seconds`, at most `most` of them. @param {number} seconds @param {number} most @returns {number[]} */
export function ticks(seconds, most) {
  if (!(seconds > 0) || !Number.isFinite(seconds)) return [0];
  for (let exponent = -2; ; exponent += 1) {
    for (const digit of [1, 2, 5]) {
      const step = digit * 10 ** exponent;
      if (seconds / step > most - 1) continue;
      return Array.from({ length: Math.floor(seconds / step + 1e-9) + 1 }, (_, at) => at * step);
    }
  }
}

/** Where a moment stands, as a percentage. @param {number} at @param {number} seconds */
export const place = (at, seconds) => `${((100 * Math.min(at, seconds)) / (seconds || 1)).toFixed(3)}%`;
