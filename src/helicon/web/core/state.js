// What the page knows, as signals. Nothing here asks the server; actions do.

import { computed, signal } from "../lib/ui.js";
import { pathTo } from "./tree.js";

/** @typedef {import("./types.js").Conversation} Conversation */
/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Model} Model */
/** @template T @typedef {import("../lib/ui.js").Signal<T>} Signal */

/** @type {Signal<import("./types.js").Session|null>} */
export const session = signal(null);
/** @type {Signal<Record<string, any>>} */
export const preferences = signal({});
/** @type {Signal<{models: Model[], default: string}>} */
export const models = signal({ models: [], default: "" });

/** The sidebar's list and what it is narrowed to. */
export const conversations = signal({
  items: /** @type {Conversation[]} */ ([]),
  next: "",
  folders: /** @type {{name: string, count: number}[]} */ ([]),
  tags: /** @type {{name: string, count: number}[]} */ ([]),
  loading: false,
  loaded: false,
  error: "",
});
export const filter = signal({ query: "", folder: "", tag: "" });

/** The open conversation; `null` for one that has not begun. @type {Signal<Conversation|null>} */
export const conversation = signal(null);
/** Of the open conversation, every branch. @type {Signal<Map<string, Message>>} */
export const messages = signal(new Map());
/** The message at the end of the branch that is shown. @type {Signal<string|null>} */
export const leaf = signal(null);
/** The answer that was asked for in this tab last. @type {Signal<string>} */
export const fresh = signal("");
/** Where a new branch will begin, before its first question is sent. @type {Signal<string|null>} */
export const branch = signal(null);
/** @type {Signal<"ready"|"loading"|"missing"|"failed">} */
export const opened = signal("ready");
/** Whether a conversation that has not begun will be incognito. */
export const incognito = signal(false);
/** Questions the server has not confirmed. @type {Signal<import("./types.js").Unsent[]>} */
export const unsent = signal([]);

/** By run. @type {Map<string, Signal<import("./types.js").RunValue>>} */
export const runs = new Map();
/** Runs that were asked to stop and have not ended. @type {Signal<Set<string>>} */
export const stopping = signal(new Set());
/** @type {Signal<"online"|"connecting"|"offline">} */
export const online = signal("connecting");

/** @type {Signal<{id: number, text: string, kind: "note"|"bad", action?: {label: string, run: () => void}}[]>} */
export const toasts = signal([]);
export const drawer = signal(false);
/** The one line that is spoken. */
export const status = signal("");

/** The messages from the first to the shown leaf (or to where a branch begins). */
export const path = computed(() => pathTo(messages.value, branch.value ?? leaf.value));
/** The run that goes on in the shown branch, if one does. */
export const running = computed(() => path.value.findLast((one) => one.state === "running")?.run ?? null);

/** What the next question is asked with. */
export const chosen = signal({
  model: "",
  mode: "",
  options: /** @type {import("./types.js").Options} */ ({}),
});
export const model = computed(() => {
  const { models: all, default: usual } = models.value;
  const find = (/** @type {string} */ name) => all.find((one) => one.name === name);
  return find(chosen.value.model) ?? find(preferences.value.model) ?? find(usual) ?? all[0] ?? null;
});
export const MODES = ["auto", "instant", "thinking", "contemplating"];
export const mode = computed(() => {
  const able = model.value?.modes ?? MODES;
  const wanted = [chosen.value.mode, preferences.value.mode, "auto"].filter(Boolean);
  return wanted.find((one) => able.includes(one)) ?? able[0] ?? "auto";
});
export const options = computed(() => {
  const given = { ...preferences.value.options, ...chosen.value.options };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "" && value !== null));
});
