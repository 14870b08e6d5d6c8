// What an answer cost, in one line; the whole account behind a click.

import { html, useId, useLayoutEffect, useRef, useState } from "../lib/ui.js";
import { compact, money, number, seconds, t } from "../core/i18n.js";
import { session } from "../core/state.js";
import { place } from "./dialogs.js";

/** @typedef {import("../core/types.js").Message} Message */

/** The words of the line. @param {Message} message @param {string} name */
export function costWords(message, name) {
  const { summary } = message;
  if (!summary) return [name];
  const spent = summary.tokens.thinking + summary.tokens.answer;
  return [
    name, t(`mode.${summary.mode || "auto"}`), seconds(summary.seconds),
    t("cost.tokens", { count: spent, shown: compact(spent) }),
    ...(summary.money ? [money(summary.money, currency())] : []),
  ];
}

const currency = () => /** @type {any} */ (session.value)?.currency ?? "";

/** @param {Message} message */
function rows(message) {
  const { summary } = message;
  if (!summary) return [];
  const { tokens } = summary;
  const asked = summary.asked_mode && summary.asked_mode !== summary.mode;
  return /** @type {[string, string][]} */ ([
    [t("cost.model"), message.model],
    [t("cost.mode"), asked ? t("cost.mode.chosen", { mode: t(`mode.${summary.mode}`) }) : t(`mode.${summary.mode}`)],
    ...(summary.agents > 1 ? [[t("cost.agents"), number(summary.agents)]] : []),
    ...(summary.rounds > 1 ? [[t("cost.rounds"), number(summary.rounds)]] : []),
    [t("cost.time"), seconds(summary.seconds)],
    [t("cost.prompt"), number(tokens.prompt)],
    ...(tokens.cached ? [[t("cost.cached"), number(tokens.cached)]] : []),
    [t("cost.thinking"), number(tokens.thinking)],
    [t("cost.answer"), number(tokens.answer)],
    ...(tokens.cancelled ? [[t("cost.cancelled"), number(tokens.cancelled)]] : []),
    ...(summary.money ? [[t("cost.money"), money(summary.money, currency())]] : []),
  ]);
}

/** @param {{message: Message}} props */
export function Cost({ message }) {
  const [open, setOpen] = useState(false);
  const button = useRef(/** @type {HTMLElement|null} */ (null));
  const card = useRef(/** @type {HTMLElement|null} */ (null));
  const id = useId();
  useLayoutEffect(() => {
    if (!open || !card.current || !button.current) return undefined;
    const node = card.current;
    node.showPopover();
    place(node, button.current);
    const toggled = (/** @type {any} */ event) => { if (event.newState === "closed") setOpen(false); };
    node.addEventListener("toggle", toggled);
    return () => node.removeEventListener("toggle", toggled);
  }, [open]);
  const words = costWords(message, message.model);
  if (!message.summary) return message.model && html`<span class="cost">${message.model}</span>`;
  return html`<button ref=${button} type="button" class="cost" aria-expanded=${String(open)}
      aria-controls=${open ? id : undefined} title=${t("cost.title")} onClick=${() => setOpen(!open)}>
      ${words.map((one, at) => html`<span key=${at}>${one}</span>`)}
    </button>
    ${open && html`<div ref=${card} id=${id} class="cost-card" popover="auto">
      <h3>${t("cost.title")}</h3>
      <dl>${rows(message).map(([label, value]) => html`<div key=${label}><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
      ${message.summary.reason && html`<p class="soft">${t("cost.reason", { reason: message.summary.reason })}</p>`}
    </div>`}`;
}
