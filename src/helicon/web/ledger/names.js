// The name of a day or month as the reader writes it.

import { language } from "../core/i18n.js";

/** `2026-11-30` as "30 Nov", `2026-11` as "Nov 2026". @param {string} bucket */
export function bucketName(bucket) {
  const month = bucket.length === 7;
  const at = new Date(`${month ? `${bucket}-01` : bucket}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return bucket;
  /** @type {Intl.DateTimeFormatOptions} */
  const how = month ? { month: "short", year: "numeric" } : { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat(language.value, { ...how, timeZone: "UTC" }).format(at);
}
