// The run's view alone, fed with events by a test: `harness.show`, `harness.feed`, `harness.state`.

import { h, render, signal } from "/lib/ui.js";
import { setLanguage } from "/core/i18n.js";
import { feedAll, newRun } from "/run/fold.js";
import { Replay, RunView } from "/run/view.js";
import { TraceDrop } from "/run/replay.js";

const stage = document.getElementById("stage");
let fold = newRun();
let version = 0;
let options = {};
const value = signal(null);

const Shown = () => (value.value ? h(RunView, { run: value.value, ...options }) : null);
const publish = () => {
  version += 1;
  value.value = { fold, version, state: fold.over ? "done" : "running", length: version };
};

window.harness = {
  /** A run from the beginning. */
  show(events, { live = false, open, message = null, flows } = {}) {
    render(null, stage);
    fold = feedAll(newRun(), events);
    options = { live, open, message, flows };
    publish();
    render(h(Shown), stage);
  },
  feed(events) {
    feedAll(fold, events);
    publish();
  },
  over() {
    options = { ...options, live: false };
    publish();
  },
  replay(events, properties = {}) {
    render(null, stage);
    render(h(Replay, { events, ...properties }), stage);
  },
  drop() {
    render(null, stage);
    render(h(TraceDrop, {}), stage);
  },
  speak: (language) => setLanguage(language, ["en", "pt-BR"]),
  get fold() {
    return fold;
  },
};
document.documentElement.dataset.ready = "yes";
