// Bars over days or months: tokens by kind, or seconds or money by model. The same numbers stand in the tables.

import { html, useEffect, useRef, useState } from "../lib/ui.js";
import { money, number, seconds, t } from "../core/i18n.js";
import { Choice } from "../parts/choice.js";
import { draw } from "./bars.js";
import { bucketName } from "./names.js";
import { columns, grouped, KINDS, ofKind } from "./sums.js";

/** @typedef {import("./sums.js").Row} Row */
/** @typedef {{label: string, tone: number, of: (row: Row) => number}} Series */

const MOST_MODELS = 5;
/** Which of the theme's five series colours the models are drawn in, the largest first. */
const TONES = [3, 2, 0, 4, 1];

/** @param {{rows: Row[], buckets: string[], by: "day" | "month", currency: string}} props */
export function Plot({ rows, buckets, by, currency }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const [measure, setMeasure] = useState("tokens");
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const measures = ["tokens", "seconds", ...(rows.some((row) => row.money) ? ["money"] : [])];
  const series = measure === "tokens" ? byKind(rows) : byModel(rows, /** @type {"seconds" | "money"} */ (measure));
  const tones = series.map((one) => one.tone);
  const values = columns(rows, buckets, series);
  const say = (/** @type {number} */ value) => format(measure, value, currency);
  const shape = JSON.stringify([measure, buckets, values]);
  useEffect(() => {
    const box = place.current;
    if (!box) return undefined;
    setAt(null);
    return draw(box, { names: buckets.map((bucket) => bucketName(bucket)), values, tones, say, onHover: setAt });
  }, [shape]);
  const total = (/** @type {number} */ which) => (at === null
    ? values[which]?.reduce((sum, value) => sum + value, 0) : values[which]?.[at]) ?? 0;
  return html`<figure class="ledger-plot">
    <div class="plot-head">
      <${Choice} label=${t("ledger.measure")} value=${measure} onChange=${setMeasure}
        options=${measures.map((value) => ({ value, label: t(`ledger.total.${value}`) }))} />
      <span class="soft" aria-hidden="true">${at === null ? t(`ledger.per.${by}`) : bucketName(buckets[at] ?? "")}</span>
    </div>
    <div class="plot" ref=${place} role="img" aria-label=${t("ledger.plotLabel", { measure: t(`ledger.total.${measure}`) })}></div>
    <figcaption><ul class="plot-legend">${series.map((one, which) => html`<li key=${one.label}>
      <span class=${`swatch series-${one.tone}`} aria-hidden="true"></span>
      <span dir="auto">${one.label}</span> <span class="amount">${say(total(which))}</span>
    </li>`)}</ul></figcaption>
  </figure>`;
}

/** Kinds that were not used at all are left out. @param {Row[]} rows @returns {Series[]} */
const byKind = (rows) => KINDS.map((kind, tone) => ({
  label: t(`ledger.kind.${kind}`), tone, of: (/** @type {Row} */ row) => ofKind(row, kind),
})).filter((one) => rows.some((row) => one.of(row)));

/**
 * The largest models alone, the others together.
 * @param {Row[]} rows
 * @param {"seconds" | "money"} measure
 * @returns {Series[]}
 */
function byModel(rows, measure) {
  const names = grouped(rows, (row) => row.model)
    .sort((one, two) => two.sums[measure] - one.sums[measure]).map((group) => group.label);
  const alone = names.length > MOST_MODELS ? names.slice(0, MOST_MODELS - 1) : names;
  const found = alone.map((name, place) => ({ label: name, tone: TONES[place] ?? 0, of: (/** @type {Row} */ row) => (row.model === name ? row[measure] : 0) }));
  if (alone.length === names.length) return found;
  const known = new Set(alone);
  return [...found, { label: t("ledger.others"), tone: TONES.at(-1) ?? 0, of: (row) => (known.has(row.model) ? 0 : row[measure]) }];
}

/** @param {string} measure @param {number} value @param {string} currency */
function format(measure, value, currency) {
  if (measure === "seconds") return seconds(value);
  return measure === "money" ? money(value, currency) : number(value);
}
