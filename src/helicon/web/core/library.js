// The list of conversations: search, pages, and what people do with one of them.

import { batch } from "../lib/ui.js";
import { toast } from "../chat/toasts.js";
import { failed, newConversation } from "./actions.js";
import { api, Failure } from "./api.js";
import { t } from "./i18n.js";
import { route } from "./router.js";
import { conversation, conversations, filter } from "./state.js";

/** @typedef {import("./types.js").Conversation} Conversation */

const PAGE = 50;
/** @type {AbortController|null} */
let asking = null;
let shown = PAGE;

const address = (/** @type {string} */ id) => `/api/conversations/${encodeURIComponent(id)}`;

/** Load the first page (all that are shown, after a change), or with `more` the next one. */
export async function loadList({ more = false } = {}) {
  const before = conversations.value;
  if (more && (before.loading || !before.next)) return;
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  const { query, folder, tag } = filter.value;
  const asked = new URLSearchParams({ limit: String(more ? PAGE : Math.min(shown, 500)) });
  if (query.trim()) asked.set("query", query.trim());
  if (folder) asked.set("folder", folder);
  if (tag) asked.set("tag", tag);
  if (more) asked.set("cursor", before.next);
  conversations.value = { ...before, loading: true, error: "" };
  try {
    const page = await api.get(`/api/conversations?${asked}`, { signal: mine.signal });
    const known = new Set(more ? before.items.map((one) => one.id) : []);
    const items = more
      ? [...before.items, ...page.items.filter((/** @type {Conversation} */ one) => !known.has(one.id))] : page.items;
    shown = Math.max(PAGE, items.length);
    batch(() => {
      conversations.value = { ...page, items, loading: false, loaded: true, error: "" };
      const open = conversation.value;
      const fresh = items.find((/** @type {Conversation} */ one) => one.id === open?.id);
      if (open && fresh) conversation.value = { ...open, ...fresh };
    });
  } catch (error) {
    if (mine.signal.aborted) return;
    if (!(error instanceof Failure)) throw error;
    conversations.value = { ...before, loading: false, loaded: true, error: error.message };
  }
}

/** @type {ReturnType<typeof setTimeout>|undefined} */
let soon;

/** Load again in a moment; many changes at once are one request. */
export function refreshList(wait = 250) {
  clearTimeout(soon);
  soon = setTimeout(() => loadList(), wait);
}

/** Narrow the list. @param {Partial<typeof filter.value>} changes */
export function narrow(changes) {
  filter.value = { ...filter.value, ...changes };
  shown = PAGE;
  refreshList("query" in changes ? 120 : 0);
}

/** @param {string} id @param {Partial<Conversation>} changes */
async function update(id, changes) {
  const patched = (/** @type {Conversation} */ one) => (one.id === id ? { ...one, ...changes } : one);
  batch(() => {
    conversations.value = { ...conversations.value, items: conversations.value.items.map(patched) };
    if (conversation.value) conversation.value = patched(conversation.value);
  });
  try {
    await api.patch(address(id), changes);
  } catch (error) {
    failed(error);
  }
  refreshList();
}

/** @param {string} id @param {string} title */
export const rename = (id, title) => update(id, { title });
/** @param {string} id @param {boolean} pinned */
export const pin = (id, pinned) => update(id, { pinned });
/** @param {string} id @param {string} folder "" = none */
export const move = (id, folder) => update(id, { folder });
/** @param {string} id @param {string[]} tags */
export const tag = (id, tags) => update(id, { tags });

/** Delete, with a way back. @param {Conversation} one */
export async function remove(one) {
  const was = conversations.value;
  const open = conversation.value?.id === one.id && ["c", ""].includes(route.value.name);
  try {
    await api.del(address(one.id) + (one.incognito ? "?forever=1" : ""));
  } catch (error) {
    failed(error);
    return;
  }
  batch(() => {
    conversations.value = { ...was, items: was.items.filter((other) => other.id !== one.id) };
  });
  if (open) newConversation();
  refreshList();
  if (one.incognito) {
    toast({ text: t("list.incognito.ended") });
    return;
  }
  const text = t("list.deleted", { title: one.title || t("list.untitled") });
  toast({ text, seconds: 12, action: { label: t("list.undo"), run: () => undoRemove(one.id) } });
}

/** @param {string} id */
export async function undoRemove(id) {
  try {
    await api.post(`${address(id)}/restore`);
    location.hash = `#/c/${id}`;
  } catch (error) {
    failed(error);
  }
  refreshList(0);
}

/** Take in an export of ChatGPT, Open WebUI or Helicon. Gives what the server reports. @param {File} file */
export async function importFile(file) {
  const report = await api.post("/api/import", file);
  refreshList(0);
  return report;
}
