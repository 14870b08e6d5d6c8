// The run's view under load: a run comes over the real stream, and the page is measured while it draws and is typed in.

import { h, render } from "/lib/ui.js";
import { startStream, watch } from "/core/stream.js";
import { spent } from "/run/fold.js";
import { RunView } from "/run/view.js";

const found = watch("load", { live: true });
const Shown = () => h(RunView, { run: found.value, live: true, message: null });
render(h(Shown), document.getElementById("stage"));

const frames = [];
const inputs = [];
let measuring = false;
requestAnimationFrame(function step(now) {
  if (measuring) frames.push(now);
  requestAnimationFrame(step);
});
document.getElementById("box").addEventListener("input", (event) => {
  const came = event.timeStamp;
  requestAnimationFrame(() => setTimeout(() => inputs.push(performance.now() - came), 0)); // after the next frame
});
const long = [];
new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });

window.load = {
  begin() {
    startStream();
  },
  start() {
    measuring = true;
    frames.length = inputs.length = long.length = 0;
  },
  /** What was measured since `start`. */
  stop() {
    measuring = false;
    const gaps = frames.slice(1).map((at, place) => at - frames[place]).sort((a, b) => a - b);
    const span = frames.at(-1) - frames[0];
    const delays = [...inputs].sort((a, b) => a - b);
    return {
      frames_per_second: (1000 * (frames.length - 1)) / span,
      slowest_frame: gaps.at(-1), frame_95: gaps[Math.floor(gaps.length * 0.95)],
      inputs: delays.length, input_median: delays[Math.floor(delays.length / 2)], input_slowest: delays.at(-1),
      long_tasks: long.length, longest_task: Math.max(0, ...long),
      tokens: spent(found.value.fold).tokens, seconds: found.value.fold.at,
    };
  },
};
document.documentElement.dataset.ready = "yes";
