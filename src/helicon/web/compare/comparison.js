// One comparison: the question, the answers side by side as they come, and the vote.

import { html, useEffect, useState } from "../lib/ui.js";
import { runs } from "../core/state.js";
import { drop, watch } from "../core/stream.js";
import { t } from "../core/i18n.js";
import { refreshList, remove } from "../core/library.js";
import { go } from "../core/router.js";
import { Icon } from "../icons.js";
import { Failed } from "../parts/failed.js";
import { useLoad } from "../parts/load.js";
import { read, restore, stop, vote } from "./calls.js";
import { Column } from "./column.js";
import { Columns } from "./columns.js";
import { letter } from "./results.js";
import { label } from "./summary.js";

/** @typedef {import("./calls.js").Message} Message */

/** @param {{id: string}} props */
export function Comparison({ id }) {
  const { data, failure, reload } = useLoad(() => read(id), id);
  const [failed, setFailed] = useState(/** @type {import("../parts/load.js").Failing | null} */ (null));
  const [busy, setBusy] = useState(false);
  const answers = data?.messages.filter((one) => one.role === "assistant") ?? [];
  const question = data?.messages.find((one) => one.role === "user");
  const going = answers.filter((one) => one.state === "running" && one.run);
  const ended = going.some((one) => over(one));
  useEffect(() => { if (ended) reload(); }, [ended, going.length]);
  const chosen = data?.winner ?? "";
  const hidden = Boolean(data?.conversation.blind) && !chosen;
  for (const { run, state } of answers) if (run && (state === "running" || !hidden)) watch(run, { live: state === "running" });
  const ready = answers.length > 1 && going.every((one) => over(one));
  const act = async (/** @type {() => Promise<unknown>} */ work) => {
    setBusy(true);
    setFailed(null);
    try {
      await work();
    } catch (error) {
      setFailed(/** @type {import("../parts/load.js").Failing} */ (error));
    }
    setBusy(false);
  };
  const choose = (/** @type {string} */ winner) => act(async () => {
    await vote(id, winner);
    for (const { run } of answers) if (hidden && run) drop(run); // what was seen of it had the names taken out
    reload();
  });
  return html`<div class="page compare comparison">
    <p class="crumbs"><a href="#/compare"><${Icon} name="chevron-left" />${t("compare.all")}</a></p>
    <${Failed} failure=${failure} retry=${failure?.status === 404 ? undefined : reload} />
    ${data?.conversation.deleted && html`<div class="failed" role="status"><p>${t("compare.deleted")}</p>
      <button type="button" class="button quiet small" disabled=${busy} onClick=${() => act(async () => {
        await restore(id);
        refreshList();
        reload();
      })}>${t("compare.restore")}</button></div>`}
    ${question && html`<${Question} message=${question} />`}
    ${answers.length > 0 && html`<${Columns} names=${answers.map((one, place) => (hidden || !one.model ? letter(place) : `${letter(place)} · ${label(one)}`))}>
      ${answers.map((one, place) => html`<${Column} key=${one.id} message=${one} place=${place} hidden=${hidden}
        outcome=${chosen === one.id ? "won" : chosen ? "other" : ""} />`)}
    <//>`}
    ${data && html`<div class="vote-bar" role="group" aria-label=${t("compare.vote")}>
      ${chosen ? html`<p role="status">${said(chosen, answers)} <a href="#/compare">${t("compare.seeVotes")}</a></p>`
        : ready ? html`<p id="vote-question">${t("compare.vote")}</p>
          <div class="vote-buttons">
            ${answers.map((one, place) => html`<${Choose} key=${one.id} message=${one} place=${place} hidden=${hidden}
              disabled=${busy || one.state === "failed"} onChoose=${() => choose(one.id)} />`)}
            <button type="button" class="button" disabled=${busy} onClick=${() => choose("tie")}>${t("compare.tie")}</button>
            <button type="button" class="button" disabled=${busy} onClick=${() => choose("none good")}>${t("compare.noneGood")}</button>
          </div>`
        : html`<p role="status">${t("compare.going", { count: going.filter((one) => !over(one)).length })}</p>
          <button type="button" class="button quiet small" disabled=${busy}
            onClick=${() => act(() => Promise.all(going.map((one) => stop(one.run ?? ""))))}><${Icon} name="stop" /> ${t("compare.stop")}</button>`}
      <button type="button" class="icon-button" aria-label=${t("compare.delete")} title=${t("compare.delete")} disabled=${busy}
        onClick=${() => act(async () => {
          await remove(data.conversation);
          go("/compare");
        })}><${Icon} name="trash" /></button>
    </div>`}
    <${Failed} failure=${failed} />
  </div>`;
}

/**
 * The button that votes for an answer; on a phone it shows the letter alone.
 * @param {{message: Message, place: number, hidden: boolean, disabled: boolean, onChoose: () => void}} props
 */
function Choose({ message, place, hidden, disabled, onChoose }) {
  const mark = letter(place);
  const name = hidden || !message.model ? t("compare.voteFor", { letter: mark }) : `${mark} · ${label(message)}`;
  return html`<button type="button" class="button" aria-label=${name} title=${name} disabled=${disabled} onClick=${onChoose}>
    <span class="vote-name">${name}</span><span class="vote-letter">${mark}</span></button>`;
}

/** Whether a message's run has ended, as far as this tab knows. @param {Message} message */
function over(message) {
  const value = message.run ? runs.get(message.run)?.value : undefined;
  return message.state !== "running" || (value !== undefined && !["running", "stopping"].includes(value.state));
}

/** @param {string} chosen @param {Message[]} answers */
function said(chosen, answers) {
  if (chosen === "tie") return t("compare.votedTie");
  const place = answers.findIndex((one) => one.id === chosen);
  const winner = answers[place];
  return winner ? t("compare.votedFor", { name: `${letter(place)} · ${label(winner)}` }) : t("compare.votedNone");
}

/** @param {{message: Message}} props */
const Question = ({ message }) => html`<div class="asked" dir="auto">
  ${message.images.map((image) => html`<img key=${image.file} src=${`/api/files/${encodeURIComponent(image.file)}`} alt=${image.name} loading="lazy" />`)}
  ${message.text && html`<p>${message.text}</p>`}
</div>`;
