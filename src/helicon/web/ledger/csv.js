// CSV as spreadsheets read it safely (RFC 4180). Pure.

/** A cell that a spreadsheet would run as a formula gets an apostrophe before it. */
const FORMULA = /^[\s\u0000]*[=+\-@\t\r]/;
const NUMBER = /^-?\d+(\.\d+)?$/;

/**
 * One cell: numbers as they are, anything that could be a formula made plain text, quotes where needed.
 * @param {string | number} value
 */
export function cell(value) {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) || text !== value ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Rows as one CSV text, with the mark that tells spreadsheets it is UTF-8.
 * @param {(string | number)[][]} rows
 */
export const csv = (rows) => `\uFEFF${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
