// What a person prefers: shown at once, kept by the server, the same in every window.

import { api } from "./api.js";
import { preferences } from "./state.js";

/** Saves follow one another, so that the last one is what stays. @type {Promise<unknown>} */
let saving = Promise.resolve();
/** Counts changes made here, so that a reading that began before one of them does not take it back. */
let version = 0;

/**
 * Change some of the preferences; a refused change is taken back and thrown.
 *
 * @param {Record<string, unknown>} changes
 */
export async function savePreferences(changes) {
  const mine = ++version;
  const before = preferences.value;
  const next = { ...before, ...changes };
  preferences.value = next;
  const saved = saving.then(() => api.put("/api/preferences", next));
  saving = saved.catch(() => {});
  try {
    await saved;
  } catch (error) {
    if (mine === version) preferences.value = before;
    throw error;
  }
}

/** Read them again after another window changed them; what was changed here meanwhile stays. */
export async function reloadPreferences() {
  await saving;
  const began = version;
  const found = await api.get("/api/preferences").catch(() => null);
  if (found && began === version) preferences.value = found;
}
