// Server-sent events out of bytes. Characters, line ends and fields may be split anywhere over the chunks.

/** @typedef {{event: string, data: string, id: string}} Frame */

export class Frames {
  #decoder = new TextDecoder();
  /** A line whose end has not come. @type {string[]} */
  #line = [];
  #event = "";
  #id = "";
  /** @type {string[]} */
  #data = [];
  #skipFeed = false;

  /**
   * The frames that are whole now.
   *
   * @param {Uint8Array} bytes
   * @returns {Frame[]}
   */
  feed(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (this.#skipFeed && text) { // the chunk before ended inside a CRLF
      if (text[0] === "\n") text = text.slice(1);
      this.#skipFeed = false;
    }
    if (text.endsWith("\r")) this.#skipFeed = true;
    const lines = text.split(/\r\n|\n|\r/);
    /** @type {Frame[]} */
    const frames = [];
    for (let at = 0; at < lines.length - 1; at += 1) {
      this.#line.push(lines[at] ?? "");
      const line = this.#line.join("");
      this.#line = [];
      this.#take(line, frames);
    }
    const rest = lines.at(-1);
    if (rest) this.#line.push(rest);
    return frames;
  }

  /** @param {string} line @param {Frame[]} frames */
  #take(line, frames) {
    if (line === "") {
      if (this.#data.length) frames.push({ event: this.#event || "message", data: this.#data.join("\n"), id: this.#id });
      this.#event = "";
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment: a heartbeat
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id") this.#id = value;
  }
}
