// Requests to this page's own server, and failures in words.

import { t } from "./i18n.js";

/** What went wrong and what to do next, both for people. `status` 0 = the server was not reached. */
export class Failure extends Error {
  /**
   * @param {string} message
   * @param {{status?: number, next?: string, code?: string}} [more]
   */
  constructor(message, { status = 0, next = "", code = "" } = {}) {
    super(message);
    this.status = status;
    this.next = next;
    this.code = code;
  }
}

const STATUSES = [400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504, 507];

/** @param {Response} reply */
async function failure(reply) {
  const body = await reply.json().catch(() => ({}));
  const { status } = reply;
  const wait = Number(reply.headers.get("retry-after"));
  const known = STATUSES.includes(status) ? `failure.next.${status}` : "failure.next.other";
  const next = status === 429 && wait ? t("failure.next.wait", { count: wait }) : t(known);
  const message = body.error?.message ?? t("failure.status", { status });
  return new Failure(message, { status, next, code: body.error?.code ?? "" });
}

/**
 * One request; gives its JSON back, `null` where there is none.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export async function request(method, path, body, { signal } = {}) {
  /** @type {RequestInit} */
  const options = { method, signal: signal ?? null, credentials: "same-origin", cache: "no-store" };
  if (body !== undefined) {
    options.body = body instanceof Blob ? body : JSON.stringify(body);
    options.headers = { "content-type": "application/json" };
  }
  let reply;
  try {
    reply = await fetch(path, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Failure(t("failure.unreachable"), { next: t("failure.next.unreachable") });
  }
  if (!reply.ok) throw await failure(reply);
  if (reply.status === 204) return null;
  return reply.json().catch(() => null);
}

export const api = {
  /** @param {string} path @param {{signal?: AbortSignal}} [options] */
  get: (path, options) => request("GET", path, undefined, options),
  /** @param {string} path @param {unknown} [body] */
  post: (path, body = {}) => request("POST", path, body),
  /** @param {string} path @param {unknown} body */
  patch: (path, body) => request("PATCH", path, body),
  /** @param {string} path @param {unknown} body */
  put: (path, body) => request("PUT", path, body),
  /** @param {string} path */
  del: (path) => request("DELETE", path),
};
