// What people do in a conversation: open, ask, edit, answer again, stop, go on. Runs belong to the server:
// asking is one request, and everything after it comes by the stream.

import { batch, effect } from "../lib/ui.js";
import { toast } from "../chat/toasts.js";
import { api, Failure } from "./api.js";
import { forgetDraft, keepUnsent, keptUnsent } from "./drafts.js";
import { refreshList } from "./library.js";
import { go } from "./router.js";
import {
  branch, chosen, conversation, fresh, incognito, leaf, messages, mode, model, opened, options, path, stopping, unsent,
} from "./state.js";
import { watch } from "./stream.js";
import { newestLeaf, siblings } from "./tree.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Picture} Picture */
/** @typedef {import("./types.js").Unsent} Unsent */

/** Say a failure, and go on. Anything else than a `Failure` is a defect and is thrown. @param {unknown} error */
export function failed(error) {
  if (!(error instanceof Failure)) throw error;
  toast({ text: `${error.message} ${error.next}`.trim(), kind: "bad" });
}

export const newId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

/** Put messages into the open conversation, where they belong to it. @param {(Message|null|undefined)[]} given */
export function put(...given) {
  const mine = given.filter((one) => one && one.conversation === conversation.value?.id);
  if (!mine.length) return;
  const next = new Map(messages.value);
  for (const one of mine) if (one) next.set(one.id, later(messages.value.get(one.id), one));
  follow(next.values());
  batch(() => {
    messages.value = next;
    if (unsent.value.some((one) => next.has(one.id))) { // its reply was lost, but it had arrived
      unsent.value = unsent.value.filter((one) => !next.has(one.id));
      keepUnsent();
    }
  });
}

/** A reply may overtake another: what has ended does not run again. @param {Message|undefined} before @param {Message} now */
const later = (before, now) => (before && before.run === now.run && now.state === "running" ? before : now);

/** Every run that goes on is watched before it is drawn. @param {Iterable<Message>} given */
function follow(given) {
  for (const one of given) if (one.state === "running" && one.run) watch(one.run, { live: true });
}

/** Counts what was opened, so that a late reply for another conversation changes nothing. */
let opening = 0;

/** @param {string} id */
export async function openConversation(id) {
  const mine = ++opening;
  const same = conversation.value?.id === id;
  if (!same) {
    batch(() => {
      conversation.value = null;
      messages.value = new Map();
      leaf.value = null;
      branch.value = null;
      opened.value = "loading";
    });
  }
  try {
    const found = await api.get(`/api/conversations/${encodeURIComponent(id)}`);
    if (mine === opening) show(found, same);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (mine !== opening) return;
    if (!same || error.status === 404) opened.value = error.status === 404 ? "missing" : "failed";
  }
}

/** @param {{conversation: import("./types.js").Conversation, messages: Message[]}} found @param {boolean} same */
function show(found, same) {
  const before = leaf.value;
  follow(found.messages);
  batch(() => {
    conversation.value = found.conversation;
    const known = messages.value;
    messages.value = new Map(found.messages.map((one) => [one.id, later(known.get(one.id), one)]));
    const { current } = found.conversation;
    const end = same && before && messages.value.has(before) ? before : current;
    leaf.value = end && messages.value.has(end) ? newestLeaf(messages.value, end) : found.messages.at(-1)?.id ?? null;
    const { model: name, mode: way, options: more } = found.conversation;
    if (!same) chosen.value = { model: name, mode: way, options: more ?? {} };
    const confirmed = messages.value;
    const kept = same ? unsent.value : [...unsent.value, ...keptUnsent(found.conversation.id)];
    unsent.value = kept.filter((one, at) =>
      !confirmed.has(one.id) && kept.findIndex((other) => other.id === one.id) === at);
    opened.value = "ready";
  });
}

/** Begin anew; the server hears of it with the first question. */
export function newConversation(secret = false) {
  opening += 1;
  batch(() => {
    conversation.value = null;
    messages.value = new Map();
    leaf.value = null;
    branch.value = null;
    incognito.value = secret;
    opened.value = "ready";
    chosen.value = { model: chosen.value.model, mode: chosen.value.mode, options: {} };
  });
  go(secret ? "/incognito" : "/");
}

/** @param {string} words those it begins with: its name until the server has given it one */
async function beginConversation(words) {
  const made = await api.post("/api/conversations", {
    model: model.value?.name ?? "", mode: mode.value, options: options.value, incognito: incognito.value,
  });
  batch(() => {
    conversation.value = { ...made, title: made.title || words.slice(0, 60) };
    opened.value = "ready";
  });
  go(`/c/${made.id}`, { replace: true });
  return made.id;
}

/**
 * Ask. The question is kept until the server has confirmed it.
 *
 * @param {{text: string, images?: Picture[], parent?: string|null}} question
 */
export async function send({ text, images = [], parent = path.value.at(-1)?.id ?? null }) {
  /** @type {Unsent} */
  const one = {
    id: newId(), conversation: conversation.value?.id ?? "", parent, text, images, sending: true, error: "",
    model: model.value?.name ?? "", mode: mode.value, options: options.value,
  };
  unsent.value = [...unsent.value, one];
  await deliver(one);
}

/** @param {Unsent} one @param {Partial<Unsent>} changes */
function change(one, changes) {
  unsent.value = unsent.value.map((other) => (other.id === one.id ? { ...other, ...changes } : other));
}

/** Send what was not confirmed; the same id makes a second arrival harmless. @param {Unsent} one */
export async function deliver(one) {
  change(one, { sending: true, error: "" });
  try {
    const to = one.conversation || await beginConversation(one.text);
    if (!one.conversation) forgetDraft("");
    change(one, { conversation: to });
    keepUnsent();
    const { id, parent, text, images, model: name, mode: way, options: more } = one;
    const made = await api.post(`/api/conversations/${encodeURIComponent(to)}/messages`, {
      id, parent, text, model: name, mode: way, options: more,
      images: images.map(({ data, media_type, name: file }) => ({ data, media_type, name: file })),
    });
    batch(() => {
      unsent.value = unsent.value.filter((other) => other.id !== one.id);
      if (conversation.value?.id === to) {
        branch.value = null;
        put(made.user, made.assistant);
        leaf.value = made.assistant.id;
        fresh.value = made.assistant.id;
      }
    });
    watch(made.run, { live: true });
    refreshList();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    change(one, { sending: false, error: `${error.message} ${error.next}`.trim() });
  }
  keepUnsent();
}

/** Give an unsent question up. @param {Unsent} one */
export function discard(one) {
  unsent.value = unsent.value.filter((other) => other.id !== one.id);
  keepUnsent();
}

/** Ask an edited question as a new branch beside the old one. @param {Message} message @param {string} text */
export async function editAndResend(message, text) {
  const images = await Promise.all(message.images.map(pictureOf));
  branch.value = null;
  if (message.parent) leaf.value = message.parent;
  await send({ text, images, parent: message.parent });
}

/** @param {import("./types.js").ImageRef} ref @returns {Promise<Picture>} */
async function pictureOf(ref) {
  const url = `/api/files/${encodeURIComponent(ref.file)}`;
  const blob = await (await fetch(url)).blob();
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return { id: newId(), name: ref.name, media_type: ref.media_type, data: btoa(text), url };
}

/**
 * Another answer beside this one, perhaps by another model or in another mode.
 *
 * @param {Message} message
 * @param {{model?: string, mode?: string}} [how]
 */
export async function regenerate(message, how = {}) {
  await another(`/api/messages/${encodeURIComponent(message.id)}/regenerate`, how);
}

/** Go on with an interrupted run: what had ended is not done again. @param {Message} message */
export async function resume(message) {
  await another(`/api/runs/${encodeURIComponent(message.run ?? "")}/resume`, {});
}

/** @param {string} to @param {object} body */
async function another(to, body) {
  try {
    const made = await api.post(to, body);
    batch(() => {
      branch.value = null;
      put(made.assistant);
      if (made.assistant.conversation === conversation.value?.id) leaf.value = made.assistant.id;
      fresh.value = made.assistant.id;
    });
    watch(made.run, { live: true });
    refreshList();
  } catch (error) {
    failed(error);
  }
}

const STOP_AFTER_SECONDS = [0, 0.3, 1, 3];

/** Stop a run at the engine. Asked again until the server has heard it. @param {string} run */
export async function stop(run) {
  stopping.value = new Set([...stopping.value, run]);
  for (const wait of STOP_AFTER_SECONDS) {
    if (wait) await new Promise((done) => { setTimeout(done, wait * 1000); });
    try {
      await api.post(`/api/runs/${encodeURIComponent(run)}/stop`);
      return;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.status === 404) return;
      if (wait !== STOP_AFTER_SECONDS.at(-1)) continue;
      stopping.value = new Set([...stopping.value].filter((one) => one !== run));
      failed(error);
    }
  }
}

/** Show another version of a message. @param {Message} message @param {number} step */
export function turn(message, step) {
  const versions = siblings(messages.value, message);
  const other = versions[versions.findIndex((one) => one.id === message.id) + step];
  if (!other) return;
  batch(() => {
    branch.value = null;
    leaf.value = newestLeaf(messages.value, other.id);
  });
  const open = conversation.value;
  if (open) api.patch(`/api/conversations/${encodeURIComponent(open.id)}`, { current: leaf.value }).catch(() => {});
}

/** What another window did, and what ended. @param {{kind: string, conversation: string|null, message: Message|null}} news */
export function changed({ kind, conversation: id, message }) {
  if (kind === "message" && message && id === conversation.value?.id) {
    const follows = message.parent === leaf.value;
    batch(() => {
      put(message);
      if (follows) leaf.value = message.id;
    });
  }
  if (kind === "deleted" && id === conversation.value?.id) opened.value = "missing";
}

/** Whoever was offline asks again for what is open, and sends what was not. */
export function caughtUp() {
  const open = conversation.value;
  if (open) openConversation(open.id);
  for (const one of unsent.value) if (one.error && one.conversation) deliver(one);
}

// The choices made for a conversation stay with it.
let kept = "";
effect(() => {
  const open = conversation.value;
  const { model: name, mode: way } = chosen.value;
  const more = options.value;
  const now = JSON.stringify([open?.id, name, way, more]);
  const [before] = JSON.parse(kept || "[null]");
  const moved = kept !== "" && before === open?.id && kept !== now;
  kept = now;
  if (open && moved) {
    api.patch(`/api/conversations/${encodeURIComponent(open.id)}`, { model: name, mode: way, options: more })
      .catch(() => {});
  }
});
