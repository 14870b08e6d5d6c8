// The sums as a few large figures, and the same in one small list for a message or a conversation.

import { html } from "../lib/ui.js";
import { money, number, seconds, t } from "../core/i18n.js";
import { tokens } from "./sums.js";

/** @typedef {import("./sums.js").Sums} Sums */

/** @param {{sums: Sums, currency: string}} props */
export function Totals({ sums, currency }) {
  const parts = [
    { name: "tokens", value: number(tokens(sums)), note: t("ledger.written", { count: number(sums.thinking + sums.answer) }) },
    { name: "seconds", value: seconds(sums.seconds), note: t("ledger.secondsNote") },
    ...(sums.cancelled ? [{ name: "cancelled", value: number(sums.cancelled), note: t("ledger.cancelledNote") }] : []),
    { name: "money", value: sums.money ? money(sums.money, currency) : t("ledger.free"),
      note: sums.money ? t("ledger.moneyNote") : t("ledger.freeNote") },
  ];
  return html`<dl class="ledger-totals">${parts.map((part) => html`<div key=${part.name}>
    <dt>${t(`ledger.total.${part.name}`)}</dt><dd><span class="figure">${part.value}</span><span class="soft">${part.note}</span></dd>
  </div>`)}</dl>`;
}

/** @param {{sums: Sums, currency: string}} props */
export function Counts({ sums, currency }) {
  /** @type {[string, string][]} */
  const found = [
    [t("ledger.kind.prompt"), number(sums.prompt)],
    ...(sums.cached ? [/** @type {[string, string]} */ ([t("ledger.ofCached"), number(sums.cached)])] : []),
    [t("ledger.kind.thinking"), number(sums.thinking)],
    [t("ledger.kind.answer"), number(sums.answer)],
    ...(sums.cancelled ? [/** @type {[string, string]} */ ([t("ledger.ofCancelled"), number(sums.cancelled)])] : []),
    [t("ledger.total.seconds"), seconds(sums.seconds)],
    ...(sums.money ? [/** @type {[string, string]} */ ([t("ledger.total.money"), money(sums.money, currency)])] : []),
  ];
  return html`<dl class="ledger-counts">${found.map(([label, value]) => html`<div key=${label}>
    <dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;
}
