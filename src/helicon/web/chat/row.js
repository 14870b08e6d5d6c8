// One conversation in the list: its title, what was found in it, and what can be done with it.

import { html, memo, useLayoutEffect, useRef, useState } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { move, pin, remove, rename, tag } from "../core/library.js";
import { route } from "../core/router.js";
import { conversation, conversations, drawer } from "../core/state.js";
import { Icon } from "../icons.js";
import { reveal } from "../markdown/safe.js";
import { showLedger } from "../ledger/dialog.js";
import { Menu, prompt } from "./dialogs.js";
import { exportConversation } from "./export.js";

/** @typedef {import("../core/types.js").Conversation} Conversation */

/**
 * `text` with what was found in it marked.
 *
 * @param {string} text
 * @param {[number, number][]} [hits] begins and ends, in code points
 */
export function marked(text, hits = []) {
  const characters = [...text];
  const slice = (/** @type {number} */ from, /** @type {number} */ to) => reveal(characters.slice(from, to).join(""));
  /** @type {any[]} */
  const parts = [];
  let at = 0;
  for (const [from, to] of hits) {
    if (from < at || to <= from) continue;
    parts.push(slice(at, from), html`<mark>${slice(from, to)}</mark>`);
    at = to;
  }
  return [...parts, slice(at, characters.length)];
}

/** Ask for a folder and put the conversation there. @param {Conversation} one */
export async function askFolder(one) {
  const suggestions = conversations.value.folders.map(({ name }) => name);
  const field = { label: t("list.folder.label"), value: one.folder, suggestions };
  const found = await prompt({ title: t("list.folder.title"), text: t("list.folder.text"), action: t("chat.save"), field });
  if (found !== null) move(one.id, found.trim());
}

/** @param {Conversation} one */
export async function askTags(one) {
  const suggestions = conversations.value.tags.map(({ name }) => name);
  const field = { label: t("list.tags.label"), value: one.tags.join(", "), suggestions };
  const found = await prompt({ title: t("list.tags.title"), text: t("list.tags.text"), action: t("chat.save"), field });
  if (found !== null) tag(one.id, [...new Set(found.split(",").map((word) => word.trim()).filter(Boolean))]);
}

/** What can be done with a conversation. @param {Conversation} one @param {() => void} startRename */
export const deeds = (one, startRename) => /** @type {import("./dialogs.js").Item[]} */ ([
  { label: t("list.rename"), icon: "pencil", run: startRename },
  ...(one.incognito ? [] : [
    { label: t(one.pinned ? "list.unpin" : "list.pin"), icon: "pin", run: () => pin(one.id, !one.pinned) },
    { label: t("list.move"), icon: "folder", run: () => askFolder(one) },
    { label: t("list.tag"), icon: "tag", run: () => askTags(one) },
  ]),
  { label: t("ledger.conversation"), icon: "chart", run: () => showLedger(one) },
  null,
  { label: t("export.markdown"), icon: "download", run: () => exportConversation(one, "markdown") },
  { label: t("export.html"), icon: "download", run: () => exportConversation(one, "html") },
  { label: t("export.json"), icon: "download", run: () => exportConversation(one, "json") },
  null,
  { label: t(one.incognito ? "list.incognito.end" : "list.delete"), icon: "trash", danger: true, run: () => remove(one) },
]);

/** @param {{one: Conversation, done: () => void}} props */
export function Rename({ one, done }) {
  const node = useRef(/** @type {HTMLInputElement|null} */ (null));
  useLayoutEffect(() => {
    node.current?.focus();
    node.current?.select();
  }, []);
  let left = false;
  const keep = () => {
    if (left) return;
    left = true;
    const title = node.current?.value.trim();
    if (title && title !== one.title) rename(one.id, title);
    done();
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter") keep();
    if (event.key === "Escape") {
      event.stopPropagation();
      left = true;
      done();
    }
  };
  return html`<input ref=${node} class="rename" aria-label=${t("list.rename.label")} dir="auto" value=${one.title}
    maxlength="200" autocomplete="off" onKeyDown=${keys} onBlur=${keep} />`;
}

/** @param {{one: Conversation, query: string}} props */
function DrawnRow({ one, query }) {
  const [renaming, setRenaming] = useState(false);
  const here = conversation.value?.id === one.id && route.value.name === "c";
  const title = reveal(one.title) || t("list.untitled");
  if (renaming) return html`<li class="row-item"><${Rename} one=${one} done=${() => setRenaming(false)} /></li>`;
  const to = one.kind === "comparison" ? `#/compare/${one.id}` : `#/c/${one.id}`;
  return html`<li class="row-item ${here ? "here" : ""}">
    <a href=${to} aria-current=${here ? "page" : undefined} title=${title} onClick=${() => { drawer.value = false; }}>
      <span class="row-title" dir="auto">
        ${one.incognito && html`<${Icon} name="incognito" />`}
        ${one.kind === "comparison" && html`<${Icon} name="columns" />`}
        ${query && one.title ? marked(one.title, one.title_hits) : title}</span>
      ${one.running && html`<span class="row-running"><span class="visually-hidden">${t("list.running")}</span></span>`}
      ${query && one.snippet && html`<span class="row-snippet" dir="auto">${marked(one.snippet, one.hits)}</span>`}
    </a>
    <${Menu} label=${t("list.actions", { title })} title=${t("list.more.actions")} items=${() => deeds(one, () => setRenaming(true))} />
  </li>`;
}

export const Row = memo(DrawnRow);
