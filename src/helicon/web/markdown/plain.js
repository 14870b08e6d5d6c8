// The words of markdown without its form, on one line: for titles and previews.

import { blocks } from "./lexer.js";
import { textOf } from "./nodes.js";
import { reveal } from "./safe.js";

/**
 * @param {string} markdown
 * @param {number} [limit] characters
 */
export function plainText(markdown, limit = 200) {
  const source = reveal(markdown.slice(0, limit * 4 + 400));
  const text = blocks(source).map(words).join(" ").replace(/\s+/g, " ").trim();
  const letters = [...text];
  return letters.length > limit ? `${letters.slice(0, limit - 1).join("").trimEnd()}…` : text;
}

/** @param {any} token @returns {string} */
function words(token) {
  switch (token.type) {
    case "space":
    case "def":
    case "hr":
    case "checkbox":
      return "";
    case "list":
      return token.items.map(words).join(" ");
    case "list_item":
    case "blockquote":
      return token.tokens.map(words).join(" ");
    case "table":
      return [token.header, ...token.rows]
        .map((row) => row.map((/** @type {any} */ cell) => textOf(cell.tokens)).join(" "))
        .join(" ");
    case "code":
    case "math":
    case "plain":
      return token.text;
    default:
      return token.tokens ? textOf(token.tokens) : token.text ?? token.raw;
  }
}
