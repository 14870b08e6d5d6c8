// A trace file that was dropped on the page, on its way to the page that plays it.

import { signal } from "../lib/ui.js";

/** @type {import("../lib/ui.js").Signal<File|null>} */
export const offered = signal(null);

/** Whether a file begins like a trace. @param {File} file */
export async function isTrace(file) {
  const head = await file.slice(0, 4096).text();
  return /^\s*\{\s*"type"\s*:\s*"(trace|run_started)"/.test(head);
}
