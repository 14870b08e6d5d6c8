// A run as it is drawn in a message, beside its answer: a thought that folds away, or a contemplation.

import { html, memo, useState } from "../lib/ui.js";
import { language, t } from "../core/i18n.js";
import { api } from "../core/api.js";
import { Chain } from "./chain.js";
import { Deliberated } from "./deliberation.js";
import { many } from "./fold.js";
import { Replay } from "./replay.js";

const Thought = memo(Chain);

/** What `auto` chose and why. @param {{fold: import("./fold.js").Run, stamp: string}} props */
export function Choices({ fold: run }) {
  if (run.asked !== "auto" || !run.choices.length) return null;
  return html`<ul class="choices" aria-label=${t("run.auto")}>
    ${run.choices.map(({ mode, reason }, at) => html`<li key=${at}>
      <b>${t(at ? "run.auto.then" : "run.auto.chose", { mode: t(`run.mode.${mode}`) })}</b>
      ${reason && html`<span dir="auto">${reason}</span>`}</li>`)}
  </ul>`;
}

/**
 * @param {object} props
 * @param {{fold: import("./fold.js").Run, version: number, state: string, length: number}} props.run the signal's value
 * @param {boolean} props.live
 * @param {{run?: string|null}|null} [props.message]
 * @param {(() => number)} [props.clock] the run's time; by default the events' own, going on between them
 * @param {boolean} [props.flows]
 * @param {boolean} [props.replaying]
 * @param {boolean} [props.open] whether a contemplation begins open; by default while it is live
 * @param {number} [props.length] seconds of the whole run, where they are known before its end
 * @param {any[]} [props.events] for a replay; by default they are fetched
 */
export function RunView({ run: { fold, version }, live, message = null, clock, flows, replaying = false, open, length, events }) {
  const [played, setPlayed] = useState(/** @type {any[]|null} */ (null));
  const [failed, setFailed] = useState("");
  const id = message?.run ?? fold.id;
  const play = async () => {
    try {
      setFailed("");
      setPlayed(events ?? (await api.get(`/api/runs/${encodeURIComponent(id)}`)).events);
    } catch (error) {
      setFailed(/** @type {Error} */ (error).message);
    }
  };
  if (played) return html`<${Replay} events=${played} onClose=${() => setPlayed(null)} />`;
  // A piece of text changes nothing here: words are drawn by the ticker. Every other event changes `shape`.
  const stamp = `${fold.shape} ${fold.over} ${Boolean(fold.answer)} ${language.value} ${replaying ? version : ""}`;
  const shared = { fold, live, stamp, clock, flows };
  return html`<div class="run-view">
    <${Choices} fold=${fold} stamp=${stamp} />
    ${many(fold)
    ? html`<${Deliberated} ...${shared} runId=${id} replaying=${replaying} open=${open} length=${length} onReplay=${replaying ? null : play} />`
    : html`<${Thought} ...${shared} />`}
    ${failed && html`<p class="failure" role="alert">${failed}</p>`}
  </div>`;
}

export { Replay };
