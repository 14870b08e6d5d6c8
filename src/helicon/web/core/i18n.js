// Words, numbers and dates in the reader's language. A language is one file in lang/; English fills its gaps.

import { computed, signal } from "../lib/ui.js";
import english from "../lang/en.js";

/** @typedef {string | {one?: string, many?: string, other: string}} Words */
/** @typedef {Record<string, string | number>} Params */

export const language = signal("en");
/** @type {import("../lib/ui.js").Signal<Record<string, any>>} */
const words = signal(english);

const plurals = computed(() => new Intl.PluralRules(language.value));

/**
 * The words of `key`. `{name}` in them is replaced from `params`; numbers are written as the language writes them.
 * Words with several forms are chosen by `params.count`.
 *
 * @param {string} key
 * @param {Params} [params]
 * @returns {string}
 */
export function t(key, params = {}) {
  /** @type {any} */
  let found = words.value[key] ?? /** @type {any} */ (english)[key];
  if (found === undefined) return key;
  if (typeof found === "object") found = found[plurals.value.select(Number(params.count))] ?? found.other;
  return found.replace(/\{(\w+)\}/g, (/** @type {string} */ whole, /** @type {string} */ name) => {
    const value = params[name];
    return value === undefined ? whole : typeof value === "number" ? number(value) : value;
  });
}

/** Whether the language (or English) has words for `key`. @param {string} key */
export const has = (key) => key in words.value || key in english;

/**
 * Speak `name`; the closest of `offered` when it is none of them.
 *
 * @param {string} name a language tag, "" = the browser's
 * @param {string[]} offered
 */
export async function setLanguage(name, offered) {
  const wanted = name ? [name] : navigator.languages;
  const close = (/** @type {string} */ tag) => offered.find((one) => one.toLowerCase() === tag.toLowerCase())
    ?? offered.find((one) => one.split("-")[0] === tag.split("-")[0]?.toLowerCase());
  const chosen = wanted.map(close).find(Boolean) ?? "en";
  words.value = chosen === "en" ? english : (await import(`../lang/${chosen}.js`)).default;
  language.value = chosen;
  document.documentElement.lang = chosen;
}

/** @type {Map<string, any>} */
const made = new Map();

/**
 * @template T
 * @param {new (tag: string, options: any) => T} kind
 * @param {object} options
 * @returns {T}
 */
function format(kind, options) {
  const key = `${language.value} ${kind.name} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new kind(language.value, options));
  return made.get(key);
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export const number = (value, options = {}) => format(Intl.NumberFormat, options).format(value);

/** 41,000 as "41K" or "41 mil". @param {number} value */
export const compact = (value) =>
  number(value, value < 10_000 ? {} : { notation: "compact", maximumFractionDigits: 1 });

/** A share of 1. @param {number} value */
export const percent = (value) => number(value, { style: "percent", maximumFractionDigits: 0 });

/** "0.4 s", "38 s", "1 min 5 s". @param {number} value */
export function seconds(value) {
  const unit = (/** @type {number} */ amount, /** @type {string} */ name, digits = 0) =>
    number(amount, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: digits })
      .replace(/ (sec|seg\.?)$/, " s");
  if (value < 10) return unit(value, "second", 1);
  if (value < 59.5) return unit(value, "second");
  const whole = Math.round(value);
  const minutes = Math.floor(whole / 60);
  const both = (/** @type {string} */ large, /** @type {number} */ rest, /** @type {string} */ name) =>
    (rest ? `${large} ${unit(rest, name)}` : large);
  if (minutes >= 60) return both(unit(Math.floor(minutes / 60), "hour"), minutes % 60, "minute");
  return both(unit(minutes, "minute"), whole % 60, "second");
}

/** @param {number} value @param {string} currency such as "EUR" */
export const money = (value, currency) => {
  const digits = value && value < 0.01 ? 5 : 2;
  if (!/^[A-Z]{3}$/.test(currency)) return `${number(value, { maximumFractionDigits: digits })} ${currency}`.trim();
  return number(value, { style: "currency", currency, maximumFractionDigits: digits });
};

/** A date with its time. @param {number} epoch seconds */
export const date = (epoch) =>
  format(Intl.DateTimeFormat, { dateStyle: "medium", timeStyle: "short" }).format(epoch * 1000);

/** "3 minutes ago". @param {number} epoch seconds */
export function ago(epoch) {
  const passed = Date.now() / 1000 - epoch;
  const relative = format(Intl.RelativeTimeFormat, { numeric: "auto" });
  /** @type {[number, Intl.RelativeTimeFormatUnit][]} */
  const units = [[60, "second"], [3600, "minute"], [86400, "hour"], [Infinity, "day"]];
  const sizes = [1, 60, 3600, 86400];
  const at = units.findIndex(([limit]) => passed < limit);
  return relative.format(-Math.floor(passed / (sizes[at] ?? 1)), units[at]?.[1] ?? "second");
}

/** "A, B and C". @param {string[]} items */
export const list = (items) => format(Intl.ListFormat, { type: "conjunction" }).format(items);
