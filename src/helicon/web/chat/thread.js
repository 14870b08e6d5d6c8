// The conversation: the last turns first and older ones on demand, followed to its end until somebody scrolls.

import { computed, html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../lib/ui.js";
import { deliver, discard } from "../core/actions.js";
import { t } from "../core/i18n.js";
import { branch, conversation, fresh, opened, path, running, runs, unsent } from "../core/state.js";
import { Icon } from "../icons.js";
import { putBack } from "./composer.js";
import { MessageView } from "./message.js";
import { Welcome } from "./welcome.js";

/** Messages shown at first, and further ones with each step up: about 30 turns. */
const STEP = 60;
/** So close to the end counts as the end. */
const NEAR = 48;

/** @param {{one: import("../core/types.js").Unsent}} props */
function Waiting({ one }) {
  return html`<article class="message question unsent">
    <h2 class="visually-hidden">${t("chat.you")}</h2>
    ${one.images.length > 0 && html`<div class="pictures">${one.images.map((picture) => html`
      <img key=${picture.id} src=${`data:${picture.media_type};base64,${picture.data}`} alt=${picture.name} />`)}</div>`}
    <p class="bubble" dir="auto">${one.text}</p>
    ${one.sending ? html`<p class="soft">${t("chat.sending")}</p>` : html`<div class="ending failed" role="alert">
      <p><strong>${t("chat.unsent")}</strong> ${one.error}</p>
      <div class="row">
        <button type="button" class="button small primary" onClick=${() => deliver(one)}>${t("chat.unsent.again")}</button>
        <button type="button" class="button small quiet" onClick=${() => {
          discard(one);
          putBack(one);
        }}>${t("chat.unsent.back")}</button>
      </div>
    </div>`}
  </article>`;
}

/**
 * Where the end is: the last question at the top, until its answer needs the room.
 *
 * @param {HTMLElement} box
 * @param {boolean} holds
 */
function wanted(box, holds) {
  const end = box.scrollHeight - box.clientHeight;
  const answer = box.querySelector(".message.roomy");
  const question = answer?.previousElementSibling;
  const bottom = answer?.lastElementChild?.getBoundingClientRect().bottom;
  if (!(question instanceof HTMLElement) || bottom === undefined) return end;
  const top = question.offsetTop - 8;
  const needed = bottom - box.getBoundingClientRect().top + box.scrollTop + 32 - box.clientHeight;
  return Math.min(end, holds ? top : Math.max(top, needed));
}

/**
 * Keep a scrolled box at its end. A place that this did not set was set by the reader, who wins at once.
 *
 * @param {string} key what is shown: another one begins at its end
 * @param {boolean} empty nothing is there to follow
 * @param {boolean} holds the last question stays in sight, because its answer has not begun
 */
function useFollowing(key, empty, holds) {
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const inner = useRef(/** @type {HTMLElement|null} */ (null));
  const state = useRef({ on: true, set: -1, empty, holds });
  Object.assign(state.current, { empty, holds });
  const [away, setAway] = useState(false);

  const toEnd = () => {
    const node = box.current;
    if (!node) return;
    node.scrollTop = state.current.empty ? 0 : wanted(node, state.current.holds);
    state.current.set = node.scrollTop;
  };
  const follow = (/** @type {boolean} */ on) => {
    state.current.on = on;
    setAway(!on);
  };

  useLayoutEffect(() => {
    follow(true);
    toEnd();
  }, [key]);

  useEffect(() => {
    const node = box.current;
    if (!node || !inner.current) return undefined;
    const scrolled = () => {
      if (Math.abs(node.scrollTop - state.current.set) < 2) return;
      state.current.set = -1;
      follow(wanted(node, false) - node.scrollTop < NEAR);
    };
    const wheel = (/** @type {WheelEvent} */ event) => {
      if (event.deltaY < 0 && node.scrollTop > 0) follow(false);
    };
    const grown = new ResizeObserver(() => {
      if (!state.current.on && node.scrollHeight - node.clientHeight < NEAR) follow(true);
      if (state.current.on) toEnd();
    });
    grown.observe(inner.current);
    grown.observe(node);
    node.addEventListener("scroll", scrolled, { passive: true });
    node.addEventListener("wheel", wheel, { passive: true });
    return () => {
      grown.disconnect();
      node.removeEventListener("scroll", scrolled);
      node.removeEventListener("wheel", wheel);
    };
  }, [key]);

  return { box, inner, away, jump: () => {
    follow(true);
    toEnd();
  } };
}

export function Thread() {
  const key = conversation.value?.id ?? "new";
  const all = path.value;
  const waiting = unsent.value.filter((one) => one.conversation === (conversation.value?.id ?? ""));
  const empty = opened.value === "ready" && !all.length && !waiting.length;
  const run = running.value && runs.get(running.value);
  const begun = useMemo(() => computed(() => Boolean(run && run.value.fold.answer)), [run]);
  const { box, inner, away, jump } = useFollowing(key, empty, Boolean(running.value) && !begun.value);
  const [count, setCount] = useState(STEP);
  useEffect(() => setCount(STEP), [key]);
  const shown = all.slice(-count);
  const older = all.length - shown.length;

  // Asking is a wish to see the answer.
  const asked = waiting.length;
  useLayoutEffect(() => { if (asked) jump(); }, [asked]);

  // What comes in above must not move what is being read.
  const before = useRef(/** @type {{height: number, top: number}|null} */ (null));
  const more = () => {
    const node = box.current;
    if (!node) return;
    before.current = { height: node.scrollHeight, top: node.scrollTop };
    setCount((now) => now + STEP);
  };
  useLayoutEffect(() => {
    const node = box.current;
    if (!node || !before.current) return;
    node.scrollTop = before.current.top + node.scrollHeight - before.current.height;
    before.current = null;
  }, [count]);
  const top = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => {
    if (!older || !top.current) return undefined;
    const watcher = new IntersectionObserver((seen) => { if (seen.at(-1)?.isIntersecting) more(); },
      { root: box.current, rootMargin: "600px 0px 0px 0px" });
    watcher.observe(top.current);
    return () => watcher.disconnect();
  }, [older, key]);

  return html`<div class="thread" ref=${box} tabindex="0" role="region" aria-label=${t("chat.region")}>
    <div class="thread-column" ref=${inner}>
      ${opened.value === "loading" && html`<p class="soft loading">${t("chat.loading")}</p>`}
      ${opened.value === "missing" && html`<${Nothing} kind="missing" />`}
      ${opened.value === "failed" && html`<${Nothing} kind="failed" />`}
      ${empty && html`<${Welcome} />`}
      ${older > 0 && html`<p class="older" ref=${top}><button type="button" class="button quiet small" onClick=${more}>
        ${t("chat.older", { count: older })}</button></p>`}
      <div class="log" role="log" aria-label=${t("chat.log")} aria-busy=${String(Boolean(running.value))}>
        ${shown.map((one, at) => html`<${MessageView} key=${one.id} message=${one} last=${at === shown.length - 1}
          roomy=${at === shown.length - 1 && !waiting.length && one.role === "assistant" && (one.id === fresh.value || one.state === "running")} />`)}
        ${waiting.map((one) => html`<${Waiting} key=${one.id} one=${one} />`)}
      </div>
      ${branch.value && html`<p class="branching"><${Icon} name="branch" />${t("chat.branching")}
        <button type="button" class="button quiet small" onClick=${() => { branch.value = null; }}>${t("chat.cancel")}</button></p>`}
    </div>
    ${away && !empty && html`<button type="button" class="jump button" onClick=${jump}>
      <${Icon} name="chevron-down" />${t("chat.jump")}</button>`}
  </div>`;
}

/** @param {{kind: "missing"|"failed"}} props */
function Nothing({ kind }) {
  return html`<div class="nothing"><h2>${t(`chat.${kind}.title`)}</h2><p class="soft">${t(`chat.${kind}.why`)}</p>
    <p><a class="button" href="#/">${t("list.new")}</a></p></div>`;
}
