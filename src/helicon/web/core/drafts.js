// What was typed and not sent, kept for this tab over a reload. Of incognito conversations nothing is kept.

import { conversation, incognito, unsent } from "./state.js";

/** @typedef {import("./types.js").Unsent} Unsent */

/** @type {Map<string, string>} */
const here = new Map();

const secret = () => (conversation.value ? conversation.value.incognito : incognito.value);
const keyOf = (/** @type {string} */ id) => `helicon draft ${id}`;

/** @param {string} key @param {string} value "" removes it */
function write(key, value) {
  try {
    if (value) sessionStorage.setItem(key, value);
    else sessionStorage.removeItem(key);
  } catch {
    here.set(key, value); // no storage, or none left: this tab's memory
  }
}

/** @param {string} key */
function read(key) {
  try {
    return sessionStorage.getItem(key) ?? here.get(key) ?? "";
  } catch {
    return here.get(key) ?? "";
  }
}

/** @param {string} id the conversation's, "" = a new one @param {string} text */
export function keepDraft(id, text) {
  if (secret()) here.set(keyOf(id || "incognito"), text);
  else write(keyOf(id), text);
}

/** @param {string} id */
export const draftOf = (id) => (secret() ? here.get(keyOf(id || "incognito")) ?? "" : read(keyOf(id)));

/** @param {string} id */
export function forgetDraft(id) {
  here.delete(keyOf(id || "incognito"));
  write(keyOf(id), "");
}

/** Keep the questions that were not confirmed. */
export function keepUnsent() {
  if (secret()) return;
  const waiting = unsent.value.filter((one) => one.conversation);
  write("helicon unsent", waiting.length ? JSON.stringify(waiting) : "");
}

/** @param {string} id the conversation's @returns {Unsent[]} */
export function keptUnsent(id) {
  try {
    /** @type {Unsent[]} */
    const all = JSON.parse(read("helicon unsent") || "[]");
    return all.filter((one) => one.conversation === id)
      .map((one) => ({ ...one, sending: false, error: one.error || " " }));
  } catch {
    return [];
  }
}

/** Forget everything typed, when somebody else may sit here next. */
export function forgetAll() {
  here.clear();
  try {
    sessionStorage.clear();
  } catch {
    // there is no storage
  }
}
