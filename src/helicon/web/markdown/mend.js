// What is still being written, made calm: markdown that is not yet whole is shown as what it will most likely be,
// or as plain text, so that nothing flickers from one form into another. Pure: text in, text out; only the end
// of the text is changed.

/** A line that may yet become a mark of a block (a rule, a list, a heading, a fence): not shown before more of it. */
const UNDECIDED = /(^|\n)[ \t]*(?:>[ \t]?)*(?:[-+*=_~#`|]+|[-+*][ \t]+\[?[ xX]?\]?|(?<=\n[ \t]*)\d{1,9}[.)]?|\$\$?|\\|!)[ \t]*$/;

/** Lines that begin something of their own: inline marks do not reach across. */
const BEGINS = /\n(?=[ \t]*(?:\n|[-+*] |\d{1,9}[.)] |#{1,6} |>|\|))/g;

/** @param {string} text the last blocks of what has come so far */
export function mend(text) {
  const fence = lastFence(text);
  if (fence.open) return text.replace(/\n[ \t>]*[`~]+$/, "\n");
  const held = text.replace(/(^|\n)(\|[^\n]*)$|(^|\n)(\|[^\n]*\n[ \t]*\|?[-:| \t]*)$/, (whole, ...groups) => {
    const at = /** @type {number} */ (groups.at(-2));
    return startsTable(text, at + (whole.startsWith("\n") ? 1 : 0)) ? whole.slice(0, whole.startsWith("\n") ? 1 : 0) : whole;
  });
  const decided = held.replace(UNDECIDED, "$1");
  if (decided !== text) return decided;
  const math = openFormula(text);
  if (math >= 0) return text.slice(0, math) + plain(text.slice(math));
  let start = fence.end;
  for (const found of text.slice(fence.end).matchAll(BEGINS)) start = fence.end + found.index + 1;
  return text.length - start > 4000 ? text : text.slice(0, start) + mendInline(text.slice(start));
}

/** Whether the line at `at` would be the first of a table: no row stands before it. @param {string} text @param {number} at */
function startsTable(text, at) {
  const before = text.slice(0, at).split("\n").at(-2) ?? "";
  return !before.includes("|");
}

/** Whether the text ends within a block of code, and where the last whole one ends. @param {string} text */
function lastFence(text) {
  let open = "";
  let end = 0;
  for (const found of text.matchAll(/^[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})([^\n]*)/gm)) {
    const [line, marks = "", rest = ""] = found;
    if (!open) {
      if (marks[0] === "~" || !rest.includes("`")) open = marks;
    } else if (marks.startsWith(open) && !rest.trim()) {
      open = "";
      end = found.index + line.length;
    }
  }
  return { open: open !== "", end };
}

/** Where a formula on lines of its own begins that does not end; -1 where there is none. @param {string} text */
function openFormula(text) {
  const begins = /^ {0,3}(\$\$|\\\[|\\begin\{(\w+\*?)\})/gm;
  for (let found = begins.exec(text); found; found = begins.exec(text)) {
    const [whole, begin, name] = found;
    const close = begin === "$$" ? "$$" : begin === "\\[" ? "\\]" : `\\end{${name}}`;
    const from = found.index + whole.length;
    const end = text.indexOf(close, from);
    const paragraph = text.slice(from).search(/\n[ \t]*\n/);
    if (paragraph >= 0 && (end < 0 || end > from + paragraph)) continue;
    if (end < 0) return found.index;
    begins.lastIndex = end + close.length;
  }
  return -1;
}

/** Text in which no character is a mark. @param {string} text */
const plain = (text) => text.replace(/[!-/:-@[-`{-~]/g, (one) => `&#${one.charCodeAt(0)};`);

/** @param {string} text one paragraph's words so far */
function mendInline(text) {
  /** @type {{mark: string, at: number}[]} */
  const open = [];
  let at = 0;
  while (at < text.length) {
    const one = text[at] ?? "";
    const rest = text.slice(at);
    if (one === "\\") {
      const close = text[at + 1] === "(" ? "\\)" : text[at + 1] === "[" ? "\\]" : "";
      if (!close) {
        at += 2;
        continue;
      }
      const end = text.indexOf(close, at + 2);
      if (end < 0) return shut(text.slice(0, at), open, plain(rest));
      at = end + 2;
    } else if (one === "`") {
      const marks = /^`+/.exec(rest)?.[0] ?? "`";
      const end = new RegExp(`(?<!\`)${marks}(?!\`)`).exec(rest.slice(marks.length))?.index;
      if (end === undefined) {
        if (rest === marks) return shut(text.slice(0, at), open);
        return shut(text.replace(/`+$/, "") + marks, open);
      }
      at += 2 * marks.length + end;
    } else if (one === "$") {
      const marks = rest.startsWith("$$") ? "$$" : "$";
      if (/[\w$]/.test(text[at - 1] ?? "") || /^\$\$?(?:\s|\d|$)/.test(rest)) {
        at += marks.length;
        continue;
      }
      const end = text.indexOf(marks, at + marks.length);
      if (end < 0 && rest.length < 400) return shut(text.slice(0, at), open, plain(rest));
      at = end < 0 ? at + marks.length : end + marks.length;
    } else if (one === "*" || one === "_" || rest.startsWith("~~")) {
      const marks = /^(?:\*+|_+|~+)/.exec(rest)?.[0] ?? one;
      mark(text, at, marks, open);
      at += marks.length;
    } else if (one === "[" || rest.startsWith("![")) {
      const picture = one === "!";
      const end = closing(text, picture ? at + 1 : at, "[", "]");
      if (picture && end < 0) return shut(text.slice(0, at), open);
      if (end < 0) break;
      if (text[end + 1] === "(") {
        const whole = closing(text, end + 1, "(", ")");
        if (whole < 0) return shut(text.slice(0, at) + (picture ? "" : text.slice(at + 1, end)), open);
        at = whole + 1;
      } else at = picture && end + 1 < text.length ? end + 1 : at + 1;
    } else at += 1;
  }
  const address = /(?:https?:\/\/|www\.)[^\s<]*$/.exec(text);
  if (address && !/[(<]$/.test(text.slice(0, address.index))) {
    return shut(text.slice(0, address.index), open, plain(address[0]));
  }
  return shut(text, open);
}

/** Open or close what stars, underscores or tildes mark. @param {string} text @param {number} at @param {string} marks @param {{mark: string, at: number}[]} open */
function mark(text, at, marks, open) {
  const before = text[at - 1] ?? " ";
  const after = text[at + marks.length] ?? "";
  const same = open.findLastIndex((other) => other.mark === marks);
  if (same >= 0 && !/\s/.test(before)) {
    open.length = same;
    return;
  }
  const within = /\w/.test(before) && (marks.length === 1 || marks[0] === "_");
  if (!within && marks.length <= 3 && !/^\s/.test(after)) open.push({ mark: marks, at });
}

/** Where the bracket at `from` is closed, -1 where it is not. @param {string} text @param {number} from @param {string} begin @param {string} end */
function closing(text, from, begin, end) {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === begin) depth += 1;
    else if (text[at] === end && --depth === 0) return at;
    else if (begin === "(" && /\s/.test(text[at] ?? "") && !/["'(]/.test(text[at + 1] ?? "\"")) return text.length;
  }
  return -1;
}

/**
 * The text with what is open in it closed; a mark that nothing follows yet is left out.
 *
 * @param {string} text
 * @param {{mark: string, at: number}[]} open
 * @param {string} [more] text after it in which no mark is read
 */
function shut(text, open, more = "") {
  let shown = text;
  const left = [...open];
  if (!more) {
    while (left.length && (left.at(-1)?.at ?? 0) + (left.at(-1)?.mark.length ?? 0) >= shown.length) {
      shown = shown.slice(0, left.pop()?.at);
    }
    const last = left.at(-1)?.mark ?? "";
    if (last.length > 1 && shown.endsWith(last.slice(1)) && !shown.endsWith(`\\${last.slice(1)}`)) {
      shown = shown.slice(0, 1 - last.length);
    }
  }
  const space = /\s*$/.exec(shown + more)?.[0] ?? "";
  const whole = (shown + more).slice(0, (shown + more).length - space.length);
  return left.length ? whole + left.reverse().map((one) => one.mark).join("") + space : shown + more;
}
