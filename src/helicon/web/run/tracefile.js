// A shared trace as events: what `helicon trace export` writes (a JSON value a line), or its JSON form. Pure.

const LINE = "trace";

/**
 * The runs of a trace file, each a list of events.
 *
 * @param {string} text
 * @returns {any[][]}
 */
export function readTrace(text) {
  const head = text.trimStart();
  if (head.startsWith("[")) return whole(JSON.parse(head));
  try {
    const value = JSON.parse(head);
    if (Array.isArray(value?.events)) return whole(value);
  } catch {
    // several values: one a line
  }
  /** @type {any[][]} */
  const runs = [];
  for (const line of head.split(/\r?\n/)) {
    if (!line.trim()) continue;
    let event;
    try {
      event = JSON.parse(line);
    } catch {
      break; // the file was cut here; what came before counts
    }
    if (!event || typeof event.type !== "string" || event.type === LINE) continue;
    if (event.type === "run_started" || !runs.length) runs.push([]);
    runs.at(-1)?.push(event);
  }
  return runs.filter((events) => events[0]?.type === "run_started");
}

/** @param {any} value */
function whole(value) {
  const traces = Array.isArray(value) ? value : [value];
  if (traces[0]?.type) return [traces];
  return traces.map((trace) => trace?.events ?? []).filter((events) => events[0]?.type === "run_started");
}
