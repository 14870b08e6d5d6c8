// What the ledger asks of the server.

import { api } from "../core/api.js";

/** @typedef {{rows: import("./sums.js").Row[], totals: import("./sums.js").Sums, currency: string}} Read */

/** @param {Date} at */
const epoch = (at) => String(at.getTime() / 1000);

/** @param {import("./ranges.js").Range} over @returns {Promise<Read>} */
export const readLedger = ({ since, until, bucket }) =>
  api.get(`/api/ledger?${new URLSearchParams({ since: epoch(since), until: epoch(until), bucket })}`);

/** Everything one conversation cost. @param {string} id @returns {Promise<Read>} */
export const readConversation = (id) =>
  api.get(`/api/ledger?${new URLSearchParams({ conversation: id, bucket: "month" })}`);
