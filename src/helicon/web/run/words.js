// Text that grows by small pieces: adding costs nothing, reading joins what has come since the last reading.

export class Words {
  /** @type {string[]} */
  #pieces = [];
  #whole = "";
  length = 0;

  /** @param {string} piece */
  add(piece) {
    this.#pieces.push(piece);
    this.length += piece.length;
  }

  /** All of it. */
  get text() {
    if (this.#pieces.length) {
      this.#whole += this.#pieces.join("");
      this.#pieces = [];
    }
    return this.#whole;
  }

  /** The last characters, at most `most`; the rest is not joined for it. @param {number} most */
  tail(most) {
    let found = "";
    for (let at = this.#pieces.length - 1; at >= 0 && found.length < most; at -= 1) found = this.#pieces[at] + found;
    if (found.length < most && this.#whole) found = this.#whole.slice(found.length - most) + found;
    return found.slice(-most);
  }

  toString() {
    return this.text;
  }
}

/** Characters of a last sentence that are shown: its end is what is new. */
const SHOWN = 84;

/** The last sentence or line that has a letter or digit in it, on one line. @param {Words} words */
export function lastSentence(words) {
  const parts = words.tail(240).split(/\n+|(?<=[.!?…。！？])\s+/u);
  for (let at = parts.length - 1; at >= 0; at -= 1) {
    const part = (parts[at] ?? "").replace(/\s+/g, " ").trim();
    if (!/[\p{L}\p{N}]/u.test(part)) continue;
    return part.length > SHOWN ? `…${part.slice(-SHOWN)}` : part;
  }
  return "";
}
