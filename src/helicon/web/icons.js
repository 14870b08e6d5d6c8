// The page's icons: drawn on a grid of 24, one stroke of 1.75 with round ends, in the colour of the text.
//
//   html`<button aria-label=${t("chat.send")}><${Icon} name="send" /></button>`
//
// An icon says nothing to a screen reader: its button carries the words.

import { h } from "./lib/ui.js";

/** Each icon's strokes: paths, and circles as [x, y, radius]. */
const DRAWINGS = /** @type {const} */ ({
  alert: ["M12 4 2.8 19.5h18.4z", "M12 10v4.5", "M12 17.2v.1"],
  agents: [[12, 5.5, 2.5], [5.5, 17.5, 2.5], [18.5, 17.5, 2.5], "M10.8 7.7 6.8 15.3", "M13.2 7.7l4 7.6", "M8 17.5h8"],
  attach: ["M19.5 11.5 12 19a4.6 4.6 0 0 1-6.5-6.5l7.8-7.8a3.1 3.1 0 0 1 4.4 4.4l-7.7 7.7a1.5 1.5 0 0 1-2.2-2.2l7-7"],
  branch: [[6.5, 5.5, 2], [6.5, 18.5, 2], [17.5, 8.5, 2], "M6.5 7.5v9", "M17.5 10.5c0 3.5-4 4-7.5 4.5-2 .3-3.5.8-3.5 1.5"],
  camera: ["M4 8h3.2l1.6-2.5h6.4L16.8 8H20a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1z", [12, 13, 3.5]],
  chart: ["M4 4v16h16", "M8 16v-4", "M12.5 16V8", "M17 16v-6"],
  check: ["m5 12.5 4.5 4.5L19 7.5"],
  "chevron-down": ["m6 9.5 6 6 6-6"],
  "chevron-left": ["m14.5 6-6 6 6 6"],
  "chevron-right": ["m9.5 6 6 6-6 6"],
  "chevron-up": ["m6 14.5 6-6 6 6"],
  clock: [[12, 12, 8.5], "M12 7.5V12l3 2"],
  close: ["M6 6l12 12", "M18 6 6 18"],
  columns: ["M4 5h16v14H4z", "M12 5v14"],
  copy: ["M9 9h10v11H9z", "M15 5.5V4H5v11h1.5"],
  download: ["M12 4v11", "m7 10.5 5 5 5-5", "M5 20h14"],
  eye: ["M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z", [12, 12, 2.75]],
  folder: ["M3.5 18.5v-13h6l2 2.5h9v10.5z"],
  forward: ["m4.5 6 7 6-7 6z", "m12.5 6 7 6-7 6z"],
  image: ["M4 5h16v14H4z", [9, 10, 1.5], "m4.5 17.5 5-4.5 3 2.5 3.5-4 4 4"],
  incognito: ["M3 11.5h18", "m6 11.5 1.5-6 4.5 1 4.5-1 1.5 6", [7, 16.5, 2.5], [17, 16.5, 2.5], "M9.5 16.2c1.6-1 3.4-1 5 0"],
  info: [[12, 12, 8.5], "M12 11v5", "M12 7.9v.1"],
  keyboard: ["M3 6.5h18v11H3z", "M7 10.2v.1", "M10.4 10.2v.1", "M13.7 10.2v.1", "M17 10.2v.1", "M8 14h8"],
  link: ["M10.5 13.5a3.6 3.6 0 0 0 5.200.2l3-3a3.7 3.7 0 0 0-5.2-5.2l-1.3 1.3", "M13.5 10.5a3.6 3.6 0 0 0-5.2-.2l-3 3a3.7 3.7 0 0 0 5.2 5.2l1.3-1.3"],
  logout: ["M14 4H5v16h9", "M10 12h10", "m16.5 8.5 3.5 3.5-3.5 3.5"],
  menu: ["M4 7h16", "M4 12h16", "M4 17h16"],
  moon: ["M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z"],
  more: [[5.5, 12, 0.7], [12, 12, 0.7], [18.5, 12, 0.7]],
  open: ["M13.5 4.5h6v6", "m19 5-8.5 8.5", "M17.5 14v5.5h-13v-13H10"],
  pause: ["M8.5 5.5v13", "M15.5 5.5v13"],
  pencil: ["m4.5 19.500.9-4L16 5l3 3L8.5 18.6z", "m14 7 3 3"],
  pin: ["M8.5 4h7", "M9.5 4v6L7 14h10l-2.5-4V4", "M12 14v6.5"],
  play: ["M7.5 5 18.5 12 7.5 19z"],
  plus: ["M12 5v14", "M5 12h14"],
  refresh: ["M19.5 12a7.5 7.5 0 1 1-2.3-5.4", "M19.8 3.5v4.2h-4.2"],
  search: [[10.5, 10.5, 6], "m15 15 5 5"],
  send: ["M12 19.5v-15", "m5.5 11 6.5-6.5 6.5 6.5"],
  settings: ["M4 7.5h9", "M17 7.5h3", [15, 7.5, 2], "M4 16.5h3", "M11 16.5h9", [9, 16.5, 2]],
  sidebar: ["M4 5h16v14H4z", "M9.5 5v14"],
  stop: ["M6.5 6.5h11v11h-11z"],
  sun: [[12, 12, 4], "M12 3v1.5", "M12 19.5V21", "M3 12h1.5", "M19.5 12H21", "m5.6 5.6 1.1 1.1", "m17.3 17.3 1.1 1.1", "m18.4 5.6-1.1 1.1", "m6.7 17.3-1.1 1.1"],
  tag: ["M4 4h8l8.5 8.5-8 8L4 12z", [8.4, 8.4, 0.7]],
  thought: ["M8.5 17.5h7", "M9.5 20.5h5", "M8.5 17.5c0-2.2-3-3.5-3-7.2a6.5 6.5 0 0 1 13 0c0 3.7-3 5-3 7.2"],
  trash: ["M4.5 7h15", "M9 7V4.5h6V7", "m6.5 7 .8 13h9.4l.8-13", "M10.2 11v5", "M13.8 11v5"],
  undo: ["M9 5 4.5 9.5 9 14", "M4.5 9.5h9.8a5.2 5.2 0 0 1 0 10.4H11"],
  upload: ["M12 15.5v-11", "m7 9 5-5 5 5", "M5 20h14"],
  user: [[12, 8.5, 4], "M4.5 20c.8-4 3.8-5.5 7.5-5.5s6.7 1.5 7.5 5.5"],
  vote: ["M4 12.5V19h16v-6.5", "m8 10.5 3 3 6-7.5"],
});

/** @typedef {keyof typeof DRAWINGS} IconName */

/**
 * One icon. `size` is in CSS pixels unless it has a unit; by default it grows with the text.
 *
 * @param {{ name: IconName, size?: string | number, class?: string }} properties
 */
export function Icon({ name, size = "1.25em", class: classes = "" }) {
  const strokes = DRAWINGS[name].map((stroke) => (typeof stroke === "string"
    ? h("path", { d: stroke })
    : h("circle", { cx: stroke[0], cy: stroke[1], r: stroke[2] })));
  return h("svg", {
    class: `icon ${classes}`.trim(), width: size, height: size, viewBox: "0 0 24 24", "aria-hidden": "true",
    focusable: "false", fill: "none", stroke: "currentColor", "stroke-width": 1.75, "stroke-linecap": "round",
    "stroke-linejoin": "round",
  }, ...strokes);
}

export const ICON_NAMES = /** @type {IconName[]} */ (Object.keys(DRAWINGS));
