// The view: one turn of the conversation as DOM nodes. Text is set as text, never as HTML.

import { done, ledger, many, phase, thought } from "./fold.js";

export function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** Show `text` in `node`, adding only what is new. Templates' line ends before the first word are left out. */
function show(node, whole) {
  const text = whole.replace(/^\n+/, "");
  const inner = node.firstChild ?? node.appendChild(document.createTextNode(""));
  if (inner.data === text) return;
  if (text.startsWith(inner.data)) inner.appendData(text.slice(inner.length));
  else inner.data = text;
}

const follow = (node) => { node.scrollTop = node.scrollHeight; };
const number = (value) => value.toLocaleString("en");

const ENDS = {
  stop: "done", length: "reached the token limit", budget: "thinking budget used", deadline: "out of time",
  consensus: "stopped: decided without it", cancelled: "stopped", tool_calls: "asks for a tool",
  content_filter: "withheld by the engine", error: "failed",
};
const RULES = {
  beta: "Decided early: the leader was almost sure to stay ahead.",
  lossless: "Decided early: no agent still thinking could change the outcome.",
  share: "Decided early: the leader's share of the votes was large enough.",
  short: "Decided early: the first agents to finish agreed enough.",
  probe: "Decided early: what the agents would have answered was settled.",
  all_finished: "Decided when all agents had finished.",
  deadline: "Ended by the deadline.", budget: "Ended by the token budget.",
};
const STOPS = {
  length: "The answer was cut at the token limit.",
  budget: "The token budget ended the run; this is the best answer so far.",
  deadline: "The deadline ended the run; this is the best answer so far.",
  content_filter: "The engine withheld the answer.",
  cancelled: "Stopped. The server was told to stop its engine; the figures below count what had ended by then.",
};

const LOOKS = { stop: "ok", budget: "ok", error: "failed" };

class AgentRow {
  constructor(one) {
    this.state = make("span", { className: "state" });
    this.answer = make("span", { className: "found", dir: "auto" });
    this.tokens = make("span", { className: "tokens" });
    this.thought = make("p", { className: "thought", dir: "auto" });
    this.draft = make("p", { className: "draft", dir: "auto" });
    const name = make("span", { className: "name", textContent: `Agent ${one.number + 1}` });
    const summary = make("summary", {}, name, this.state, this.answer, this.tokens);
    this.details = make("details", {}, summary, this.thought, this.draft);
    this.node = make("li", {}, this.details);
  }

  draw(one, running) {
    const live = one.state !== "done" && running;
    const words = one.error || ENDS[one.stop] || ENDS.cancelled;
    const tail = (one.draft || one.thinking).slice(-160).split("\n").filter(Boolean).pop() ?? "";
    show(this.state, live ? (tail ? `${one.state}: ${tail}` : one.state) : words);
    show(this.answer, one.answer);
    show(this.tokens, one.tokens ? `${number(one.tokens)} tokens` : "");
    this.node.className = live ? "live" : LOOKS[one.stop] ?? "cut";
    if (!this.details.open) return;
    show(this.thought, one.thinking || "No thinking.");
    show(this.draft, one.draft);
  }
}

export class Turn {
  constructor(question) {
    this.rows = new Map();
    this.heading = make("summary");
    this.thought = make("p", { className: "thought", dir: "auto", tabIndex: 0, ariaLabel: "Thinking" });
    this.agents = make("ol", { className: "agents", ariaLabel: "Agents" });
    this.votes = make("ol", { className: "votes", ariaLabel: "Votes" });
    this.rule = make("p", { className: "rule" });
    const parts = [this.heading, this.thought, this.agents, this.votes, this.rule];
    this.work = make("details", { className: "work", open: true }, ...parts);
    this.answer = make("div", { className: "answer", dir: "auto" });
    this.note = make("p", { className: "note" });
    this.ledger = make("dl", { className: "ledger", ariaLabel: "Ledger" });
    this.reason = make("p", { className: "reason" });
    this.reply = make("div", { className: "reply" }, this.work, this.answer, this.note, this.ledger, this.reason);
    const asked = make("p", { className: "question", dir: "auto", textContent: question });
    this.node = make("article", {}, make("h2", { className: "hidden", textContent: "You" }), asked,
      make("h2", { className: "hidden", textContent: "Helicon" }), this.reply);
    this.work.addEventListener("toggle", () => this.last && this.draw(...this.last));
    this.agents.addEventListener("toggle", () => this.last && this.draw(...this.last), true);
  }

  draw(run, running = true) {
    this.last = [run, running];
    const team = many(run);
    const text = thought(run);
    this.work.hidden = !team && !text && !(running && !run.answer);
    this.reply.ariaBusy = String(running);
    show(this.heading, running && !run.answer ? `${phase(run)}…` : this.headline(run, team));
    this.thought.hidden = team || !text;
    if (!team && this.work.open) {
      const stick = this.thought.scrollHeight - this.thought.scrollTop - this.thought.clientHeight < 24;
      show(this.thought, text);
      if (stick && running) follow(this.thought);
    }
    if (team) this.drawTeam(run, running);
    show(this.answer, run.answer);
    if (!running) this.drawEnd(run);
  }

  headline(run, team) {
    if (!team) return run.settled ? "Thinking · ended early, its answer had settled" : "Thinking";
    const cut = [...run.agents.values()].filter((one) => one.stop === "consensus").length;
    const words = [`${done(run) - cut} of ${run.agents.size} agents answered`];
    if (cut) words.push(`${cut} stopped early`);
    if (run.round > 1) words.push(`${run.round} rounds`);
    return words.join(" · ");
  }

  drawTeam(run, running) {
    for (const [key, one] of [...run.agents].sort(([a], [b]) => a - b)) {
      if (!this.rows.has(key)) {
        this.rows.set(key, new AgentRow(one));
        this.agents.append(this.rows.get(key).node);
      }
      if (this.work.open) this.rows.get(key).draw(one, running);
    }
    const votes = run.consensus?.votes ?? [];
    const shown = JSON.stringify(votes);
    if (shown !== this.shownVotes) {
      this.shownVotes = shown;
      const total = votes.reduce((sum, [, weight]) => sum + weight, 0) || 1;
      this.votes.replaceChildren(...votes.map(([answer, weight], place) => {
        const bar = make("span", { className: "weight" });
        bar.style.width = `${(100 * weight) / total}%`;
        const letter = make("span", { className: "letter", textContent: String.fromCharCode(65 + (place % 26)) });
        const found = make("span", { className: "found", dir: "auto", textContent: answer || "no answer read" });
        const track = make("span", { className: "track", ariaHidden: "true" }, bar);
        const count = weight.toFixed(1).replace(".0", "");
        const words = `${count} ${count === "1" ? "vote" : "votes"}`;
        const share = make("span", { className: "tokens", textContent: words });
        return make("li", {}, letter, found, track, share);
      }));
    }
    this.votes.hidden = !votes.length;
    show(this.rule, run.consensus?.decided ? RULES[run.consensus.rule] ?? "" : "");
  }

  drawEnd(run) {
    show(this.note, STOPS[run.stop] ?? "");
    this.ledger.replaceChildren(...ledger(run).map(([label, value]) => {
      const shown = typeof value === "number" ? number(value) : value;
      return make("div", {}, make("dt", { textContent: label }), make("dd", { textContent: shown }));
    }));
    show(this.reason, run.reason ? `Why this mode: ${run.reason}` : "");
  }

  fail(message, next) {
    this.reply.append(make("p", { className: "failure" }, make("strong", { textContent: message }), ` ${next}`));
  }
}
