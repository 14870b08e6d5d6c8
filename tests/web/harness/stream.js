// The tab's stream alone: a test watches runs, and reads what came.

import * as stream from "/core/stream.js";
import { effect } from "/lib/ui.js";
import { online, runs } from "/core/state.js";

const heard = { change: [], end: [], hello: [], denied: [] };
const states = [];
const drawn = {};

effect(() => {
  states.push(online.value);
});
stream.listen(Object.fromEntries(Object.keys(heard).map((name) => [name, (data) => heard[name].push(data)])));

let hidden = false;
Object.defineProperty(document, "hidden", { get: () => hidden });

window.tab = {
  ...stream,
  heard,
  states,
  drawn,
  begin(times = {}) {
    Object.assign(stream.TIMES, times);
    stream.startStream();
  },
  watch(id, options) {
    const found = stream.watch(id, options);
    effect(() => {
      found.value;
      drawn[id] = (drawn[id] ?? 0) + 1;
    });
  },
  state(id) {
    const { fold, state, length, version } = runs.get(id).value;
    return { answer: fold.answer, over: fold.over, state, length, version, thinking: fold.lanes.get(0)?.last.thinking.text ?? "" };
  },
  hide(value) {
    hidden = value;
    document.dispatchEvent(new Event("visibilitychange"));
  },
};
document.documentElement.dataset.ready = "yes";
