// `Markdown`: foreign text as nodes of the page.
//
//   html`<${Markdown} text=${message.text} streaming=${live} />`
//
// While it streams, only its last block is read and drawn again. Reading that takes long is done less often.

import { html, memo, useEffect, useRef, useState } from "../lib/ui.js";
import { blockNode } from "./nodes.js";
import { Reader } from "./reader.js";
import { More } from "./tables.js";

/** @typedef {import("./reader.js").Block} Block */

/** A reading may take this share of the time. */
const SHARE = 0.2;

/** Blocks shown at once; a button shows more. */
const SHOWN = 400;

/** @param {{ text: string, streaming?: boolean }} properties */
export function Markdown({ text, streaming = false }) {
  const reader = useRef(/** @type {Reader | null} */ (null));
  const shown = useRef({ text: "", streaming, next: 0, blocks: /** @type {Block[]} */ ([]), ready: false });
  const [, again] = useState(0);
  const [pages, setPages] = useState(1);
  const state = shown.current;
  const now = performance.now();
  const fresh = state.ready && state.text === text && state.streaming === streaming;
  const goesOn = streaming && state.ready && !fresh && text.startsWith(state.text);
  const wait = goesOn ? state.next - now : 0;
  useEffect(() => {
    if (wait <= 0) return undefined;
    const timer = setTimeout(() => again((count) => count + 1), wait);
    return () => clearTimeout(timer);
  }, [wait > 0]);
  if (!fresh && wait <= 0) {
    reader.current ??= new Reader();
    const blocks = reader.current.read(text, streaming);
    const done = performance.now();
    shown.current = { text, streaming, next: done + (done - now) * (1 / SHARE - 1), blocks, ready: true };
  }
  const { blocks } = shown.current;
  const left = blocks.length - SHOWN * pages;
  return html`<div class="markdown">${blocks.slice(0, SHOWN * pages).map(({ at, token, open }) =>
    html`<${BlockView} key=${at} token=${token} open=${open} />`)}${
    left > 0 && html`<${More} count=${left} more=${() => setPages(pages + 1)} />`}</div>`;
}

const BlockView = memo((/** @type {{ token: any, open: boolean }} */ { token, open }) => blockNode(token, open));
