// A long text that may still grow, in a bounded box: pieces of a few thousand characters that the browser lays out only
// when they are scrolled to. Plain text; what comes is appended to the last piece.

import { html, useEffect, useLayoutEffect, useRef } from "../lib/ui.js";
import { reveal } from "../markdown/safe.js";

const PIECE = 4000;
const NEAR = 32;

/**
 * @param {{words: import("./words.js").Words, ticker?: import("./ticker.js").Ticker|null, label: string, class?: string}} props
 */
export function LongText({ words, ticker = null, label, class: kind = "" }) {
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const shown = useRef({ words, length: 0 });
  const draw = () => {
    const node = box.current;
    if (!node) return;
    if (shown.current.words !== words) {
      node.replaceChildren();
      shown.current = { words, length: 0 };
    }
    if (words.length === shown.current.length) return;
    const follows = ticker && node.scrollHeight - node.scrollTop - node.clientHeight < NEAR;
    append(node, reveal(words.text.slice(shown.current.length)));
    shown.current.length = words.length;
    if (follows) node.scrollTop = node.scrollHeight;
  };
  useLayoutEffect(draw);
  useEffect(() => ticker?.add(draw), [ticker, words]);
  return html`<div class="long-text ${kind}" ref=${box} tabindex="0" role="group" aria-label=${label} dir="auto"></div>`;
}

/** @param {HTMLElement} box @param {string} text */
function append(box, text) {
  let rest = box.firstChild ? text : text.replace(/^\n+/, "");
  while (rest) {
    let last = /** @type {HTMLElement|null} */ (box.lastElementChild);
    const used = last ? (last.firstChild?.nodeValue?.length ?? 0) : PIECE;
    if (!last || used >= PIECE) {
      last = document.createElement("p");
      last.dir = "auto";
      last.append("");
      box.append(last);
    }
    const room = PIECE - (last.firstChild?.nodeValue?.length ?? 0);
    let cut = rest.length;
    if (rest.length > room) { // at the end of a line where there is one, never inside a character
      const line = rest.lastIndexOf("\n", room);
      cut = line > 0 ? line + 1 : room;
      const code = rest.charCodeAt(cut - 1);
      if (code >= 0xd800 && code <= 0xdbff) cut += 1;
    }
    const inner = /** @type {Text} */ (last.firstChild ?? last.appendChild(document.createTextNode("")));
    inner.appendData(rest.slice(0, cut));
    rest = rest.slice(cut);
    if (rest && inner.length < PIECE) { // the line ended early: the next piece begins here
      const next = document.createElement("p");
      next.dir = "auto";
      next.append("");
      box.append(next);
    }
  }
}
