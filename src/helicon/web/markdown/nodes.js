// Tokens to nodes of the page, by an allow-list: a token of a kind that is not named here is shown as its text.
// No string becomes HTML on the way.

import { h } from "../lib/ui.js";
import { Code } from "./code.js";
import { decoded } from "./entities.js";
import { Link, Picture } from "./links.js";
import { Formula } from "./math.js";
import { reveal } from "./safe.js";
import { Items, Table } from "./tables.js";

/** @typedef {import("./lexer.js").Token} Token */
/** @typedef {import("../lib/preact.js").ComponentChildren} Nodes */

/**
 * @param {any} token a block
 * @param {boolean} [open] it is still being written
 * @returns {Nodes}
 */
export function blockNode(token, open = false) {
  switch (token.type) {
    case "paragraph":
      return h("p", { dir: "auto" }, inlineNodes(token.tokens));
    case "heading":
      // The page has headings of its own above those of an answer.
      return h(`h${Math.min(6, token.depth + 2)}`, { dir: "auto", class: `level-${token.depth}` }, inlineNodes(token.tokens));
    case "code":
      return codeNode(token, open);
    case "math":
      return h(Formula, { text: token.text, display: true });
    case "list":
      return h(Items, { token, open });
    case "table":
      return h(Table, { token });
    case "blockquote":
      return h("blockquote", { dir: "auto" }, blockNodes(token.tokens, open));
    case "hr":
      return h("hr", null);
    case "space":
    case "def":
    case "checkbox":
      return null;
    case "text":
      return token.tokens ? inlineNodes(token.tokens) : breakable(words(token));
    case "plain":
      return h("pre", { class: "md-plain", dir: "auto" }, breakable(token.text));
    default:
      return h("p", { dir: "auto" }, inlineNode(token));
  }
}

/** @param {any[]} tokens @param {boolean} [open] @returns {Nodes[]} */
export const blockNodes = (tokens, open = false) =>
  tokens.map((token, at) => blockNode(token, open && at === tokens.length - 1));

/** @param {any} token @param {boolean} open */
function codeNode(token, open) {
  const named = /^[^\s{,:]{0,40}/.exec(token.lang ?? "")?.[0] ?? "";
  const fenced = token.codeBlockStyle !== "indented";
  const closed = !fenced || !open || /\n[ \t>]*(?:`{3,}|~{3,})[ \t]*$/.test(token.raw.trimEnd());
  if (named === "math" && closed && fenced) return h(Formula, { text: token.text, display: true });
  return h(Code, { text: token.text, language: named, whole: closed });
}

/** @param {any} token */
const words = (token) => reveal(decoded(token.text ?? token.raw ?? ""));

/** Characters of a word after which a line may be broken at once: finding a place in a longer one takes browsers long. */
const BREAK = 400;

/** Text with places to break in words that are no words. @param {string} text @returns {Nodes} */
function breakable(text) {
  if (text.length < BREAK || !new RegExp(`\\S{${BREAK}}`).test(text)) return text;
  return text.split(new RegExp(`(\\S{${BREAK}})`)).filter(Boolean).flatMap((part) => (part.length < BREAK ? [part] : [part, h("wbr", null)]));
}

/** @param {any[] | undefined} tokens @returns {Nodes[]} */
export const inlineNodes = (tokens) => (tokens ?? []).map(inlineNode);

/** @param {any} token @returns {Nodes} */
function inlineNode(token) {
  switch (token.type) {
    case "strong":
    case "em":
    case "del":
      return h(token.type, null, inlineNodes(token.tokens));
    case "sub":
    case "sup":
    case "kbd":
      return h(token.type, null, words(token));
    case "codespan":
      return h("code", { dir: "ltr" }, breakable(token.text));
    case "br":
      return h("br", null);
    case "escape":
      return token.text;
    case "math":
      return h(Formula, { text: token.text, display: token.display });
    case "link":
      return h(Link, { address: decoded(token.href), words: textOf(token.tokens) }, inlineNodes(token.tokens));
    case "image":
      return h(Picture, { address: decoded(token.href), words: decoded(token.text) });
    case "text":
      return token.tokens ? inlineNodes(token.tokens) : breakable(words(token));
    default:
      return breakable(token.raw ?? "");
  }
}

/** What tokens say, without their form. @param {any[] | undefined} tokens @returns {string} */
export function textOf(tokens) {
  return (tokens ?? []).map((token) => {
    if (token.type === "image") return decoded(token.text ?? "");
    if (token.type === "br") return " ";
    if (token.type === "escape" || token.type === "codespan" || token.type === "math") return token.text;
    return token.tokens ? textOf(token.tokens) : words(token);
  }).join("");
}
