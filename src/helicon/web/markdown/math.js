// Formulas. Temml comes when the first one is shown; what it makes of TeX is a tree of MathML nodes, from which
// only elements, attributes and styles named here are taken. Until it is there, and where TeX cannot be read,
// the source is shown.

import { h, html, signal } from "../lib/ui.js";

/** @typedef {import("../lib/temml/temml.js").MathTree} MathTree */

/** @type {import("../lib/ui.js").Signal<typeof import("../lib/temml/temml.js").default | null>} */
const temml = signal(null);
let asked = false;

function load() {
  if (asked) return;
  asked = true;
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("../lib/temml/temml.css", import.meta.url).href;
  document.head.append(link);
  import("../lib/temml/temml.js").then((found) => { temml.value = found.default; }, () => { asked = false; });
}

const ELEMENTS = new Set(
  ("math maction menclose merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace "
    + "msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none span").split(" "),
);
const ATTRIBUTES = new Set(
  ("accent accentunder align columnalign columnlines columnspacing columnspan depth display displaystyle fence form height "
    + "largeop linethickness lquote lspace mathbackground mathcolor mathsize mathvariant maxsize minsize movablelimits "
    + "rowalign rowlines rowspacing rowspan rquote rspace scriptlevel separator stretchy symmetric voffset width").split(" "),
);
const STYLES = new Set(
  ("backgroundColor border borderBottom borderColor borderLeft borderRight borderTop color display fontFamily fontSize "
    + "fontStyle fontWeight justifyContent mathDepth mathStyle math-depth math-style padding paddingBottom paddingLeft "
    + "paddingRight paddingTop textAlign verticalAlign width height").split(" "),
);
const VALUE = /^[\w#%.,()+ -]{1,60}$/;
const MAX_NODES = 3000;

/** Characters of TeX within a line that may be wider than a phone: its formula scrolls in a box of its own. */
const LONG = 50;

/** @param {{ text: string, display: boolean }} properties */
export function Formula({ text, display }) {
  const made = temml.value && tree(temml.value, text, display);
  if (!temml.value) load();
  const shown = made ?? html`<code class="md-tex" dir="ltr">${text}</code>`;
  const form = display ? " md-display" : text.length > LONG ? " md-long" : "";
  return html`<span class="md-formula${form}" dir="ltr" tabindex=${display ? 0 : undefined}>${shown}</span>`;
}

/** @type {Map<string, any>} */
const kept = new Map();

/** @param {NonNullable<typeof temml.value>} maker @param {string} text @param {boolean} display */
function tree(maker, text, display) {
  const key = `${display} ${text}`;
  const found = kept.get(key);
  if (found !== undefined) return found && node(found);
  let made = null;
  try {
    made = maker.__renderToMathMLTree(text, {
      displayMode: display, throwOnError: true, trust: false, strict: false, maxExpand: 100, maxSize: [10, 200], wrap: "none",
    });
    if (size(made) > MAX_NODES) made = null;
  } catch {
    // TeX that cannot be read is shown as it is.
  }
  if (kept.size > 500) kept.clear();
  kept.set(key, made);
  return made && node(made);
}

/** @param {MathTree} one @returns {number} */
const size = (one) => (one.children ?? []).reduce((sum, child) => (sum > MAX_NODES ? sum : sum + size(child)), 1);

/** @param {MathTree} one @returns {any} */
function node(one) {
  const children = (one.children ?? []).map(node);
  if (one.text !== undefined && !one.type) return one.text;
  const type = one.type ?? (one.attributes ? "span" : "");
  if (!type) return children;
  if (!ELEMENTS.has(type)) return h("mrow", null, children);
  /** @type {Record<string, unknown>} */
  const properties = {};
  for (const [name, value] of Object.entries(one.attributes ?? {})) {
    if (ATTRIBUTES.has(name) && VALUE.test(String(value))) properties[name] = String(value);
  }
  const classes = (one.classes ?? []).filter((name) => /^[\w-]{1,30}$/.test(name));
  if (classes.length) properties.class = classes.join(" ");
  const styles = Object.entries(one.style ?? {}).filter(([name, value]) => STYLES.has(name) && VALUE.test(String(value)));
  if (styles.length) properties.style = Object.fromEntries(styles);
  return h(type, properties, children);
}
