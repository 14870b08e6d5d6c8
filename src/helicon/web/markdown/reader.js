// Reads markdown as it comes: what is settled is kept, only the last block is read again.

import { blocks, LIMITS } from "./lexer.js";
import { mend } from "./mend.js";
import { mayMislead, reveal } from "./safe.js";

/** @typedef {import("./lexer.js").Token} Token */

/**
 * A block and where it begins in the text. The same block is the same object from one reading to the next.
 * @typedef {{ at: number, token: Token, open: boolean }} Block
 */

export class Reader {
  #given = "";
  #text = "";
  /** @type {Block[]} */
  #settled = [];
  #length = 0;
  /** @type {import("./lexer.js").Links} */
  #links = Object.create(null);
  #defined = 0;

  /**
   * The blocks of `text`. While `streaming`, more may follow: what is not yet whole is shown calmly, and only
   * the last block is read again when `text` goes on where it ended.
   *
   * @param {string} text
   * @param {boolean} streaming
   * @returns {Block[]}
   */
  read(text, streaming) {
    this.#take(text);
    // A definition may stand after its use: at the end everything is read once more with all of them.
    if (!streaming && this.#defined) this.#forget();
    const tail = this.#text.slice(this.#length, LIMITS.text);
    const found = this.#place(blocks(streaming ? mend(tail) : tail, this.#links), streaming);
    this.#defined = Object.keys(this.#links).length;
    if (streaming) this.#settle(found);
    const shown = [...this.#settled, ...found.filter((block) => block.at >= this.#length)];
    if (this.#text.length > LIMITS.text) {
      const rest = this.#text.slice(LIMITS.text);
      shown.push({ at: LIMITS.text, token: { type: "plain", raw: rest, text: rest }, open: false });
    }
    return shown;
  }

  /** @param {string} text */
  #take(text) {
    const goesOn = text.startsWith(this.#given);
    const added = goesOn ? text.slice(this.#given.length) : "";
    // The character before may be the first half of one, so it is looked at again with what was added.
    const clear = goesOn && !mayMislead(this.#given.slice(-200) + added);
    const next = clear ? this.#text + added : reveal(text);
    if (!clear && !next.startsWith(this.#text.slice(0, this.#length))) this.#forget();
    this.#given = text;
    this.#text = next;
  }

  #forget() {
    this.#settled = [];
    this.#length = 0;
    this.#links = Object.create(null);
  }

  /** @param {Token[]} tokens @param {boolean} streaming @returns {Block[]} */
  #place(tokens, streaming) {
    let at = this.#length;
    const found = [];
    for (const token of tokens) {
      if (token.type !== "space" && token.type !== "def") found.push({ at, token, open: false });
      at += token.raw.length;
    }
    const last = found.at(-1);
    if (last) last.open = streaming;
    return found;
  }

  /**
   * A block is settled when the first line of a later one is whole: until then the two could become one (a list
   * that goes on, a title of a definition).
   *
   * @param {Block[]} found
   */
  #settle(found) {
    let keep = found.length - 1;
    const last = found[keep];
    if (last && !this.#text.slice(last.at).trimStart().includes("\n")) keep -= 1;
    const first = found[keep];
    if (keep < 1 || !first) return;
    this.#settled.push(...found.slice(0, keep));
    this.#length = first.at;
  }
}
