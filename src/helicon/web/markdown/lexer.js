// Markdown to tokens: marked's lexer with mathematics added and raw HTML taken out, so that it stays text.
// Bounds keep hostile text from hanging it: see `LIMITS`.

import { Lexer, Marked, Tokenizer } from "../lib/marked.js";

/** @typedef {import("../lib/marked.js").Token} Token */
/** @typedef {import("../lib/marked.js").Links} Links */

export const LIMITS = {
  /** Characters that are read as markdown; the rest is shown as plain text. */
  text: 120_000,
  /** Characters of one paragraph that are read for inline marks. */
  inline: 20_000,
  /** Characters of one word; longer ones are not looked through for addresses. */
  word: 2_000,
  /** Characters of one formula. */
  formula: 4_000,
  /** Quotes and lists within each other. */
  depth: 16,
  /** Brackets, stars and underscores of one paragraph. */
  marks: 2_000,
};

/** Where a formula that begins a line ends. */
const MATH_ENDS = [
  { begin: /^ {0,3}\$\$/, end: /** @returns {string} */ () => "$$", whole: false },
  { begin: /^ {0,3}\\\[/, end: () => "\\]", whole: false },
  {
    begin: /^ {0,3}\\begin\{((?:align(?:ed|at)?|equation|gather(?:ed)?|multline|cases|[bpvBV]?matrix|array)\*?)\}/,
    end: (/** @type {string | undefined} */ name) => `\\end{${name}}`,
    whole: true,
  },
];
const MATH_BLOCK_START = /\n {0,3}(?:\$\$|\\\[|\\begin\{)/;

const mathBlock = {
  name: "math",
  level: /** @type {const} */ ("block"),
  /** @param {string} source */
  start(source) {
    const at = MATH_BLOCK_START.exec(source.slice(0, LIMITS.formula))?.index;
    return at !== undefined && mathBlock.tokenizer(source.slice(at + 1)) ? at : undefined;
  },
  /** @param {string} source */
  tokenizer(source) {
    if (!/^ {0,3}[$\\]/.test(source)) return undefined;
    const part = source.slice(0, LIMITS.formula);
    for (const { begin, end, whole } of MATH_ENDS) {
      const opened = begin.exec(part);
      if (!opened) continue;
      const close = end(opened[1]);
      const at = part.indexOf(close, opened[0].length);
      const rest = at < 0 ? null : /^[ \t]*(?:\n|$)/.exec(part.slice(at + close.length, at + close.length + 200));
      const inner = part.slice(opened[0].length, at);
      if (!rest || !inner.trim() || /\n[ \t]*\n/.test(inner)) return undefined;
      const raw = source.slice(0, at + close.length + rest[0].length);
      return { type: "math", raw, text: (whole ? raw : inner).trim(), display: true };
    }
    return undefined;
  },
};

/**
 * Where `form` begins in what comes next. Nothing found there, text may be taken up to a space: what follows
 * is looked at in its turn, so that a long paragraph is not looked through from each of its words.
 *
 * @param {string} source
 * @param {RegExp} form
 */
function soon(source, form) {
  const found = form.exec(source.slice(0, 1000));
  if (found || source.length <= 1000) return found?.index;
  const space = source.lastIndexOf(" ", 1000);
  return space > 0 ? space : undefined;
}

const MATH_INLINE = [
  [/^\$\$((?:[^$\\]|\\[^])+?)\$\$/, true],
  [/^\$((?:[^$\\\n]|\\[^\n]|\n(?!\s*\n))+?)\$(?!\d)/, false],
  [/^\\\(((?:[^\\]|\\(?!\)))+?)\\\)/, false],
  [/^\\\[((?:[^\\]|\\(?!\]))+?)\\\]/, true],
];

/** "$5 and 10$" is about money: a number, then words without any sign of mathematics. */
const MONEY = /^[\d.,]+\s+[^\\^_=+*/<>{}]*$/;

const mathInline = {
  name: "mathInline",
  level: /** @type {const} */ ("inline"),
  /** @param {string} source */
  start(source) {
    return soon(source, /(?<![\\$\w])\$(?!\s)|\\[([]/);
  },
  /** @param {string} source */
  tokenizer(source) {
    if (source[0] !== "$" && !(source[0] === "\\" && (source[1] === "(" || source[1] === "["))) return undefined;
    for (const [form, display] of /** @type {[RegExp, boolean][]} */ (MATH_INLINE)) {
      const found = form.exec(source.slice(0, LIMITS.formula));
      const inner = found?.[1] ?? "";
      const dollar = source[0] === "$" && !display;
      if (!found || !inner.trim() || (dollar && (/^\s|\s$/.test(inner) || MONEY.test(inner)))) continue;
      return { type: "math", raw: found[0], text: inner.trim(), display };
    }
    return undefined;
  },
};

/** The few tags without attributes that models write for want of markdown; each is a token, never HTML. */
const TAG = /^<(br) ?\/?>|^<(sub|sup|kbd)>([^<>]{1,200})<\/\2>/i;

const tags = {
  name: "tag",
  level: /** @type {const} */ ("inline"),
  /** @param {string} source */
  start(source) {
    return soon(source, /<(?:br|sub|sup|kbd)\b|!\[/i);
  },
  /** @param {string} source */
  tokenizer(source) {
    if (source.startsWith("![")) return picture(source);
    const found = TAG.exec(source);
    if (!found) return undefined;
    if (found[1]) return { type: "br", raw: found[0] };
    return { type: (found[2] ?? "").toLowerCase(), raw: found[0], text: found[3] };
  },
};

const PICTURE = /^!\[([^\]\n]{0,1000})\]\((data:image\/[\w+.-]{1,20};base64,[A-Za-z0-9+/=]*)(?:(\))|$)/;
const PICTURES = /!\[[^\]\n]{0,1000}\]\(data:image\/[\w+.-]{1,20};base64,[A-Za-z0-9+/=]*\)?/g;

/** A picture within the text, however long; one that is not yet whole is its words. @param {string} source */
function picture(source) {
  const found = PICTURE.exec(source);
  if (!found) return undefined;
  const [raw, text, href, closed] = found;
  return closed ? { type: "image", raw, text, href, title: null } : { type: "text", raw, text };
}

/** Quotes and lists are read within each other so deep, and no deeper: what is below stays text. */
class Tokens extends Tokenizer {
  #depth = 0;

  /** @template T @param {() => T} read @returns {T | undefined} */
  #within(read) {
    if (this.#depth >= LIMITS.depth) return undefined;
    this.#depth += 1;
    try {
      return read();
    } finally {
      this.#depth -= 1;
    }
  }

  /** @override @param {string} source */
  blockquote(source) {
    return this.#within(() => super.blockquote(source));
  }

  /** @override @param {string} source */
  list(source) {
    return this.#within(() => super.list(source));
  }

  /** A heading that is underlined; looked for in what comes next only. @override @param {string} source */
  lheading(source) {
    const part = source.slice(0, LIMITS.word);
    const found = super.lheading(part.slice(0, mathBlock.start(part) ?? LIMITS.word));
    return found && found.raw.length < LIMITS.word ? found : undefined;
  }

  /** @override */
  html() {
    return undefined;
  }

  /** @override */
  tag() {
    return undefined;
  }
}

const OPTIONS = new Marked({
  gfm: true,
  extensions: /** @type {any} */ ([mathBlock, mathInline, tags]),
}).defaults;

class BoundedLexer extends Lexer {
  #depth = 0;

  constructor() {
    super({ ...OPTIONS, tokenizer: new Tokens(OPTIONS) });
  }

  /** @override @param {string} source @param {Token[]} [tokens] @returns {Token[]} */
  inlineTokens(source, tokens = []) {
    if (this.#depth >= LIMITS.depth || crowded(source)) {
      tokens.push({ type: "text", raw: source, text: source, escaped: false });
      return tokens;
    }
    this.#depth += 1;
    try {
      return super.inlineTokens(source, tokens);
    } finally {
      this.#depth -= 1;
    }
  }
}

/**
 * Whether there is more than a person writes: in length, in one word, in marks. Each of them could begin a
 * match over all that follows.
 *
 * @param {string} source
 */
function crowded(source) {
  if (source.length < LIMITS.word) return false;
  const words = source.includes("](data:image/") ? source.replace(PICTURES, "") : source;
  if (words.length > LIMITS.inline || new RegExp(`\\S{${LIMITS.word}}`).test(words)) return true;
  let marks = 0;
  for (const one of words) if ("[]*_~`<$\\!".includes(one) && ++marks > LIMITS.marks) return true;
  return false;
}

/** Counts the characters that were read, for tests of what is read again. */
export const work = { characters: 0, readings: 0 };

/**
 * The blocks of `text`; their `raw` together is the text. `links` are definitions known from elsewhere, and takes
 * those found here. Text that cannot be read is one plain block.
 *
 * @param {string} text
 * @param {Links} [links]
 * @returns {Token[]}
 */
export function blocks(text, links = Object.create(null)) {
  work.characters += text.length;
  work.readings += 1;
  const lexer = new BoundedLexer();
  lexer.tokens.links = links;
  try {
    return [...lexer.lex(text)];
  } catch {
    return [{ type: "plain", raw: text, text }];
  }
}

/** The inline tokens of a piece of text. @param {string} text @param {Links} [links] @returns {Token[]} */
export function inlines(text, links = Object.create(null)) {
  const lexer = new BoundedLexer();
  lexer.tokens.links = links;
  return lexer.inlineTokens(text);
}
