// The ledger: what was used in a range of days, by kind of token, by model and mode, day by day.

import { html, useMemo, useState } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { Choice } from "../parts/choice.js";
import { Failed } from "../parts/failed.js";
import { useLoad } from "../parts/load.js";
import { readLedger } from "./calls.js";
import { csv } from "./csv.js";
import { bucketName } from "./names.js";
import { Plot } from "./plot.js";
import { buckets, isoDay, range, RANGES } from "./ranges.js";
import { FIELDS, grouped, sum } from "./sums.js";
import { Table } from "./table.js";
import { Totals } from "./totals.js";

export function LedgerPage() {
  const [name, setName] = useState(/** @type {typeof RANGES[number]} */ ("days30"));
  const [custom, setCustom] = useState({ from: "", to: "" });
  const over = useMemo(() => range(name, new Date(), custom), [name, custom.from, custom.to]);
  const key = `${isoDay(over.since)} ${isoDay(over.until)} ${over.bucket}`;
  const { data, failure, loading, reload } = useLoad(() => readLedger(over), key);
  const rows = data?.rows ?? [];
  const names = buckets(over);
  const currency = data?.currency ?? "";
  const pick = (/** @type {string} */ value) => {
    if (value === "custom" && !custom.from) {
      setCustom({ from: isoDay(over.since), to: isoDay(new Date(over.until.getTime() - 1)) });
    }
    setName(/** @type {typeof RANGES[number]} */ (value));
  };
  return html`<div class="page ledger" aria-busy=${loading ? "true" : "false"}>
    <p class="lead">${t("ledger.lead")}</p>
    <div class="ledger-range">
      <${Choice} label=${t("ledger.range")} value=${name} onChange=${pick}
        options=${RANGES.map((value) => ({ value, label: t(`ledger.range.${value}`) }))} />
      ${name === "custom" && html`<div class="ledger-days">
        <${Day} label=${t("ledger.from")} value=${custom.from} onChange=${(/** @type {string} */ from) => setCustom({ ...custom, from })} />
        <${Day} label=${t("ledger.to")} value=${custom.to} onChange=${(/** @type {string} */ to) => setCustom({ ...custom, to })} />
      </div>`}
    </div>
    <${Failed} failure=${failure} retry=${reload} />
    ${data && !rows.length && html`<div class="empty"><p>${t("ledger.empty")}</p>
      <a class="button primary" href="#/">${t("ledger.ask")}</a></div>`}
    ${data && rows.length > 0 && html`
      <${Totals} sums=${sum(rows)} currency=${currency} />
      <${Plot} rows=${rows} buckets=${names} by=${over.bucket} currency=${currency} />
      <h2>${t("ledger.byModel")}</h2>
      <${Table} caption=${t("ledger.byModel")} heads=${[t("ledger.model"), t("ledger.mode")]} currency=${currency} total
        groups=${grouped(rows, (row) => `${row.model}\n${row.mode}`).map(({ rows: [first], sums }) => ({
          names: [first?.model ?? "", first?.mode ? t(`mode.${first.mode}`) : ""], sums }))} />
      <details class="ledger-daily"><summary>${t(`ledger.by.${over.bucket}`)}</summary>
        <${Table} caption=${t(`ledger.by.${over.bucket}`)} heads=${[t(`ledger.${over.bucket}`)]} currency=${currency}
          groups=${grouped(rows, (row) => row.bucket).sort((one, two) => two.label.localeCompare(one.label))
            .map(({ label, sums }) => ({ names: [bucketName(label)], sums }))} />
      </details>
      <p class="ledger-foot">
        <button type="button" class="button quiet small" onClick=${() => save(rows, currency, key)}>${t("ledger.export")}</button>
        <span class="soft">${t("ledger.count", { count: sum(rows).runs })}</span>
      </p>`}
  </div>`;
}

/** @param {{label: string, value: string, onChange: (value: string) => void}} props */
const Day = ({ label, value, onChange }) => html`<label>${label}
  <input type="date" value=${value} onChange=${(/** @type {any} */ event) => onChange(event.currentTarget.value)} /></label>`;

/**
 * @param {import("./sums.js").Row[]} rows
 * @param {string} currency
 * @param {string} key
 */
function save(rows, currency, key) {
  const head = ["bucket", "model", "mode", ...FIELDS, "currency"];
  const body = rows.map((row) => [row.bucket, row.model, row.mode, ...FIELDS.map((field) => row[field]), currency]);
  const url = URL.createObjectURL(new Blob([csv([head, ...body])], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href: url, download: `helicon-ledger ${key}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
