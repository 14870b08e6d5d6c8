// The fold: a reply's chunks become one plain state that the view draws. No DOM, no network.
// Structured events (helicon.events) are preferred; a reply without them still shows its
// thinking, answer and usage. Unknown event types are ignored.

export const newRun = () => ({
  mode: "", reason: "", expected: 0, round: 0, structured: false,
  agents: new Map(), thinking: "", answer: "", consensus: null, entries: [],
  stop: "", error: "", seconds: 0, usage: null, settled: false,
});

const agent = (run, number) => {
  if (!run.agents.has(number)) {
    const blank = { state: "waiting", thinking: "", draft: "", answer: "", tokens: 0, stop: "", error: "" };
    run.agents.set(number, { number, ...blank });
  }
  return run.agents.get(number);
};

const generated = (entry) => entry.tokens.thinking + entry.tokens.answer;

const steps = {
  run_started: (run, e) => { run.mode = e.mode; },
  mode_chosen: (run, e) => { run.mode = e.mode; run.reason = e.reason; },
  round_started: (run, e) => { run.round = e.round; run.expected = e.agents; },
  agent_started: (run, e) => {
    const one = agent(run, e.agent);
    if (one.thinking || one.draft) { // a later round: the earlier draft joins the thought
      one.thinking += `${one.draft && `\n\nDraft: ${one.draft}`}\n\nRound ${e.round}\n`;
    }
    Object.assign(one, { state: "thinking", draft: "", answer: "", stop: "", error: "" });
  },
  thinking_delta: (run, e) => { agent(run, e.agent).thinking += e.text; },
  draft_delta: (run, e) => { Object.assign(agent(run, e.agent), { state: "writing" }).draft += e.text; },
  answer_delta: (run, e) => { run.answer += e.text; },
  answer_reset: (run) => { run.answer = ""; },
  agent_ended: (run, e) => {
    const one = agent(run, e.agent);
    one.tokens += generated(e.entry);
    Object.assign(one, { state: "done", answer: e.answer, stop: e.entry.stop_reason, error: e.error });
    run.entries.push(e.entry);
  },
  call_ended: (run, e) => { run.entries.push(e.entry); },
  thought_probed: (run, e) => { if (e.decision === "exit") run.settled = true; },
  consensus_changed: (run, e) => { run.consensus = e; },
  run_ended: (run, e) => {
    const { mode, answer, stop_reason: stop, error, ledger: { entries } } = e;
    Object.assign(run, { mode, answer, stop, error, entries });
  },
};

export function feed(run, event) {
  if (!Object.hasOwn(steps, event.type)) return;
  run.seconds = Math.max(run.seconds, event.at ?? 0);
  steps[event.type](run, event);
}

export function feedChunk(run, chunk) {
  const events = chunk.helicon?.events;
  if (Array.isArray(events)) {
    run.structured = true;
    for (const event of events) feed(run, event);
  }
  const choice = chunk.choices?.[0];
  if (choice && !run.structured) {
    run.thinking += choice.delta?.reasoning_content ?? "";
    run.answer += choice.delta?.content ?? "";
  }
  if (choice?.finish_reason) run.stop ||= choice.finish_reason;
  if (chunk.usage) run.usage = chunk.usage;
}

export const many = (run) => run.expected > 1 || run.agents.size > 1;

export const done = (run) => [...run.agents.values()].filter((one) => one.state === "done").length;

export const thought = (run) => run.thinking || [...run.agents.values()].map((one) => one.thinking).join("");

/** What is happening, in words that change a few times per run: for the heading and for screen readers. */
export function phase(run) {
  if (run.answer) return "Answering";
  const round = run.round > 1 ? `Round ${run.round}: ` : "";
  if (many(run)) return `${round}${done(run)} of ${Math.max(run.expected, run.agents.size)} agents done`;
  return thought(run) ? "Thinking" : "Waiting for the first word";
}

/** The cost of the run as [label, value] pairs. */
export function ledger(run) {
  const cut = ["consensus", "cancelled", "deadline", "error"];
  const sum = (read, entries = run.entries) => entries.reduce((total, entry) => total + read(entry), 0);
  let counts = null;
  if (run.entries.length) {
    counts = {
      prompt: sum((e) => e.tokens.prompt), cached: sum((e) => e.tokens.cached),
      thinking: sum((e) => e.tokens.thinking), answer: sum((e) => e.tokens.answer),
      cancelled: sum(generated, run.entries.filter((e) => cut.includes(e.stop_reason))),
    };
  } else if (run.usage) {
    const thinking = run.usage.completion_tokens_details?.reasoning_tokens ?? 0;
    const cached = run.usage.prompt_tokens_details?.cached_tokens ?? 0;
    const answer = run.usage.completion_tokens - thinking;
    counts = { prompt: run.usage.prompt_tokens, cached, thinking, answer, cancelled: 0 };
  }
  const rows = [];
  if (run.mode) rows.push(["Mode", run.mode]);
  if (run.agents.size > 1) rows.push(["Agents", run.agents.size]);
  if (counts) {
    rows.push(["Prompt tokens", counts.prompt]);
    if (counts.cached) rows.push(["of these cached", counts.cached]);
    rows.push(["Thinking tokens", counts.thinking], ["Answer tokens", counts.answer]);
    if (counts.cancelled) rows.push(["of these cancelled", counts.cancelled]);
  }
  if (run.seconds) rows.push(["Seconds", run.seconds.toFixed(run.seconds < 10 ? 1 : 0)]);
  return rows;
}
