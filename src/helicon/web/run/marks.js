// Small drawings with a meaning: how an agent ended, and which group an answer belongs to.
// Groups are told apart by letter, shape and colour together; states by shape.

import { html } from "../lib/ui.js";
import { t } from "../core/i18n.js";

const STATES = /** @type {Record<string, string>} */ ({
  finished: "M2 7.4 5.4 10.8 12 3.6",
  stopped: "M2.5 7h9",
  failed: "M3 3l8 8M11 3l-8 8",
});

/** The state of a turn that is drawn: what it is doing, or how it ended. @param {import("./lanes.js").Turn} turn */
export const stateOf = (turn) => (turn.ended === null ? turn.phase ?? "reading" : turn.state === "running" ? "cut" : turn.state);

/** @param {{state: string}} props */
export function StateMark({ state }) {
  const drawn = STATES[state];
  return html`<svg class="state-mark is-${state}" viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
    ${drawn ? html`<path d=${drawn} />` : html`<circle cx="7" cy="7" r="4.5" />`}
    ${state === "answering" && html`<circle class="core" cx="7" cy="7" r="2" />`}
  </svg>`;
}

const SHAPES = [
  () => html`<circle cx="10" cy="10" r="9" />`,
  () => html`<rect x="1.5" y="1.5" width="17" height="17" rx="2.5" />`,
  () => html`<path d="M10 0 20 10 10 20 0 10z" />`,
  () => html`<path d="M5 1h10l5 9-5 9H5l-5-9z" />`,
  () => html`<path d="M10 0 20 19H0z" />`,
  () => html`<path d="M0 1h20v9c0 6-5 9-10 10C5 19 0 16 0 10z" />`,
];
/** After so many groups colours and shapes begin again, in other pairs. */
const COLOURS = 6;
/** @param {number} group */
const shape = (group) => (group + Math.floor(group / COLOURS)) % SHAPES.length;

/** @param {number} group */
export const letter = (group) => (group < 26 ? String.fromCharCode(65 + group) : String(group + 1));
/** @param {number} group */
export const colour = (group) => (group < 0 ? "g-none" : `g-${group % COLOURS}`);

/** A group's letter in its shape and colour. @param {{group: number}} props */
export function Badge({ group }) {
  if (group < 0) return null;
  const low = shape(group) === 4 ? 15.6 : 13.9;
  return html`<svg class="group-badge ${colour(group)}" viewBox="0 0 20 20" width="18" height="18" role="img"
      aria-label=${t("run.group", { letter: letter(group) })}>
    ${SHAPES[shape(group)]?.()}<text x="10" y=${low} text-anchor="middle">${letter(group)}</text>
  </svg>`;
}
