// What the settings ask of the server; answers go into the page's state where it shows them elsewhere too.

import { api } from "../core/api.js";
import { models } from "../core/state.js";

/** @typedef {{imported: number, updated: number, skipped: number, notes: string[]}} Report */
/** @typedef {import("./abilities.js").Model} Model */

/** Put a model into the list, at its place or at the end. @param {Model} model */
function place(model) {
  const all = models.value.models;
  const known = all.some((one) => one.name === model.name);
  const next = known ? all.map((one) => (one.name === model.name ? model : one)) : [...all, model];
  models.value = { ...models.value, models: next };
}

/** @param {string} name */
export async function probeModel(name) {
  place(await api.post(`/api/models/${encodeURIComponent(name)}/probe`));
}

/** @param {string} name */
export async function removeModel(name) {
  await api.del(`/api/models/${encodeURIComponent(name)}`);
  models.value = { ...models.value, models: models.value.models.filter((one) => one.name !== name) };
}

/** @param {string} spec @returns {Promise<Model>} */
export async function addModel(spec) {
  const model = await api.post("/api/models", { spec });
  place(model);
  return model;
}

/** @returns {Promise<{name: string, version: string, licence: string}[]>} */
export const vendored = async () => (await api.get(new URL("../lib/VENDORED.json", import.meta.url).href)).packages;

/** @param {File} file @returns {Promise<Report>} */
export const importFile = (file) => api.post("/api/import", file);

/** The deleted conversations, page after page. @returns {Promise<string[]>} */
async function deleted() {
  const found = [];
  let cursor = "";
  do {
    const page = await api.get(`/api/conversations?${new URLSearchParams({ deleted: "1", limit: "200", cursor })}`);
    found.push(...page.items.map((/** @type {{id: string}} */ item) => item.id));
    cursor = page.next;
  } while (cursor);
  return found;
}

/** How many conversations lie in the trash. */
export const trashed = async () => (await deleted()).length;

export async function emptyTrash() {
  for (const id of await deleted()) await api.del(`/api/conversations/${encodeURIComponent(id)}?forever=1`);
}

/** @param {string} confirm the words the server wants to read */
export const eraseAll = (confirm) => api.post("/api/erase", { confirm });

export async function logOut() {
  await api.del("/api/session");
  location.hash = "";
  location.reload();
}
