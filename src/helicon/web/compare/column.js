// One answer of a comparison: who gives it, how it is thought about, what it says, what it cost.

import { html } from "../lib/ui.js";
import { money, number, seconds, t } from "../core/i18n.js";
import { runs } from "../core/state.js";
import { Icon } from "../icons.js";
import { Markdown } from "../markdown/markdown.js";
import { RunView } from "../run/view.js";
import { letter } from "./results.js";

/** @typedef {import("./calls.js").Message} Message */

/** @param {{message: Message, place: number, hidden: boolean, outcome: "" | "won" | "other"}} props */
export function Column({ message, place, hidden, outcome }) {
  const run = message.run ? runs.get(message.run) : undefined;
  const live = message.state === "running" && Boolean(run);
  const fold = run?.value.fold;
  const answer = live ? fold?.answer ?? "" : message.text;
  return html`<article class=${`contender ${outcome}`} aria-label=${t("compare.answer", { letter: letter(place) })}
    aria-busy=${live ? "true" : "false"}>
    <header>
      <span class="letter" aria-hidden="true">${letter(place)}</span>
      <h2 dir="auto">${hidden || !message.model ? t("compare.hiddenName") : message.model}
        ${!hidden && message.mode && html`<span class="soft"> ${t(`mode.${message.mode}`)}</span>`}</h2>
      ${outcome === "won" && html`<span class="won-mark"><${Icon} name="check" /> ${t("compare.best")}</span>`}
    </header>
    ${!hidden && run && html`<${RunView} run=${run.value} live=${live} message=${message} />`}
    ${hidden && live && !answer && html`<p class="soft working">${t("compare.working")}</p>`}
    <div class="column-answer"><${Markdown} text=${answer} streaming=${live} /></div>
    ${message.error && html`<p class="failed" dir="auto">${message.error}</p>`}
    ${!live && !hidden && message.summary && html`<${Cost} summary=${message.summary} />`}
  </article>`;
}

/** @param {{summary: import("../core/types.js").Summary}} props */
function Cost({ summary }) {
  const { prompt, thinking, answer, cancelled } = summary.tokens;
  /** @type {[string, string][]} */
  const parts = [
    [t("ledger.kind.prompt"), number(prompt)],
    [t("ledger.kind.thinking"), number(thinking)],
    [t("ledger.kind.answer"), number(answer)],
    ...(cancelled ? [/** @type {[string, string]} */ ([t("ledger.ofCancelled"), number(cancelled)])] : []),
    [t("ledger.total.seconds"), seconds(summary.seconds)],
    ...(summary.money ? [/** @type {[string, string]} */ ([t("ledger.total.money"), money(summary.money, "")])] : []),
  ];
  return html`<dl class="column-cost">${parts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
