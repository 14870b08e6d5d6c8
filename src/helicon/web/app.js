// The page: choices, the question box, one run at a time, and the conversation kept in this tab.

import { feedChunk, newRun, phase } from "./fold.js";
import { make, Turn } from "./view.js";
import { ask, Failure, listModels } from "./wire.js";

const at = (id) => document.getElementById(id);
const [box, send, log, model, modes, compression] =
  ["question", "send", "log", "model", "modes", "compression"].map(at);
const EXAMPLES = [
  "The price is 180. There is 20% off. How much do I pay?",
  "What is 37 * 24 + 158?",
  "Sort these numbers: 41, 7, 93, 18, 60.",
];
const touch = matchMedia("(pointer: coarse)").matches;

let models = new Map();
let history = [];
let key = "";
let running = null; // the AbortController of the current run
let started = 0; // counts runs, so that a late frame of an old one changes nothing

const say = (words) => { if (at("status").textContent !== words) at("status").textContent = words; };
const alarm = (words) => { at("alert").textContent = words; };
const mode = () => modes.querySelector("input:checked")?.value ?? "auto";

function drawModes() {
  const offered = models.get(model.value) ?? [];
  const chosen = offered.includes(mode()) ? mode() : offered[0];
  for (const old of modes.querySelectorAll("label")) old.remove();
  compression.before(...offered.map((name) => {
    const checked = name === chosen;
    const input = make("input", { type: "radio", name: "mode", value: name, checked, autocomplete: "off" });
    return make("label", {}, input, make("span", { textContent: name }));
  }));
  offerCompression();
}

/** One thought can end early; an instant answer has none, and agents end by their vote. */
function offerCompression() {
  compression.hidden = !["auto", "thinking"].includes(mode());
}

async function loadModels() {
  try {
    models = await listModels(key);
    model.replaceChildren(...[...models.keys()].map((name) => make("option", { value: name, textContent: name })));
    at("key-form").hidden = true;
    alarm("");
    drawModes();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    askForKey(error);
    if (error.status !== 401) alarm(`${error.message} ${error.next}`);
  }
  at("alert").classList.toggle("hidden", !at("alert").textContent);
}

function askForKey(error) {
  if (error.status !== 401) return;
  at("key-form").hidden = false;
  at("key").focus();
}

function fit() {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

const atEnd = () => scrollY + innerHeight > document.documentElement.scrollHeight - 120;

async function start() {
  const text = box.value.trim();
  if (!text || running) return;
  if (!models.size) await loadModels();
  if (!models.size || running) return;
  running = new AbortController();
  const mine = ++started;
  const run = newRun();
  const turn = new Turn(text);
  for (const old of log.querySelectorAll("details[open]")) old.open = false;
  log.append(turn.node);
  at("welcome").hidden = true;
  box.value = "";
  fit();
  send.textContent = "Stop";
  log.ariaBusy = "true";

  let waiting = false;
  const draw = () => {
    waiting = false;
    if (mine !== started || !running) return;
    const end = atEnd();
    turn.draw(run);
    say(phase(run));
    if (end) scrollTo(0, document.documentElement.scrollHeight);
  };
  const soon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(draw);
  };
  turn.draw(run);
  turn.node.scrollIntoView({ block: "start" });

  let outcome = "Answer ready";
  try {
    const messages = [...history, { role: "user", content: text }];
    const choices = { model: `${model.value}@${mode()}`, compression: compression.value };
    for await (const chunk of ask({ ...choices, messages, key, signal: running.signal })) {
      feedChunk(run, chunk);
      soon();
    }
  } catch (error) {
    if (error.name === "AbortError") {
      outcome = "Stopped";
      run.stop = "cancelled";
    } else {
      const known = error instanceof Failure ? error : new Failure(`The reply cannot be read: ${error.message}`);
      outcome = "Failed";
      turn.fail(known.message, known.next);
      askForKey(error);
    }
  }
  const end = atEnd();
  running = null;
  send.textContent = "Send";
  log.ariaBusy = "false";
  if (mine !== started) return;
  turn.draw(run, false);
  if (run.answer) history.push({ role: "user", content: text }, { role: "assistant", content: run.answer });
  else if (!box.value) {
    box.value = text;
    fit();
  }
  say(outcome);
  if (end) scrollTo(0, document.documentElement.scrollHeight);
}

const stop = () => running?.abort();

at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  if (running) stop();
  else start();
});
box.addEventListener("input", fit);
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229 || touch) return;
  event.preventDefault();
  start();
});
addEventListener("keydown", (event) => { if (event.key === "Escape") stop(); });
at("key-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  key = at("key").value.trim();
  at("key").value = "";
  await loadModels();
  box.focus();
});
model.addEventListener("change", drawModes);
modes.addEventListener("change", offerCompression);
at("fresh").addEventListener("click", () => {
  stop();
  started += 1;
  history = [];
  log.replaceChildren();
  at("welcome").hidden = false;
  box.focus();
});
document.querySelector(".examples").append(...EXAMPLES.map((words) => {
  const fill = () => {
    box.value = words;
    fit();
    box.focus();
  };
  return make("button", { type: "button", className: "quiet", textContent: words, onclick: fill });
}));
if (touch) at("hint").textContent = "This page talks to its own server only.";
loadModels();
box.focus();
