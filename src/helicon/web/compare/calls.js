// What comparisons ask of the server.

import { api } from "../core/api.js";

/** @typedef {import("../core/types.js").Message} Message */
/** @typedef {import("../core/types.js").Conversation} Conversation */
/** @typedef {{model: string, mode: string, options: import("../core/types.js").Options}} Entry */
/** @typedef {{state: string, length: number}} RunState */
/** @typedef {{conversation: Conversation, messages: Message[], runs: Record<string, RunState>, winner: string}} Comparison */
/** @typedef {{first: {model: string, mode: string}, second: {model: string, mode: string}, wins: number, losses: number, ties: number}} Pair */
/** @typedef {{votes: number, pairs: Pair[], entries: import("./results.js").Standing[]}} Summary */

/**
 * @param {{text: string, images: {data: string, media_type: string, name: string}[], entries: Entry[], blind: boolean}} asked
 * @returns {Promise<{conversation: Conversation}>}
 */
export const begin = (asked) => api.post("/api/comparisons", asked);

/** @param {string} id @returns {Promise<Comparison>} */
export const read = (id) => api.get(`/api/conversations/${encodeURIComponent(id)}`);

/**
 * @param {string} id
 * @param {string} winner a message's id, "tie" or "none good"
 */
export const vote = (id, winner) => api.post(`/api/comparisons/${encodeURIComponent(id)}/vote`, { winner });

/** @returns {Promise<Summary>} */
export const summary = () => api.get("/api/comparisons/summary");

/** @param {string} run */
export const stop = (run) => api.post(`/api/runs/${encodeURIComponent(run)}/stop`);

/** Out of the trash. @param {string} id */
export const restore = (id) => api.post(`/api/conversations/${encodeURIComponent(id)}/restore`);

/** The newest comparisons. @returns {Promise<Conversation[]>} */
export async function past() {
  return (await api.get("/api/conversations?kind=comparison&limit=50")).items;
}
