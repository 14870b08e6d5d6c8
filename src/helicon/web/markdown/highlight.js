// Colours of code. highlight.js and each language come when they are first needed; its tokens become nodes.

import { h } from "../lib/ui.js";

/** Characters that are coloured; longer code stays plain. */
const MAX = 30_000;

/** File, label and the names that models write. */
const LANGUAGES = [
  ["bash", "Shell", "sh shell zsh console shellsession"],
  ["c", "C", "h"],
  ["cpp", "C++", "c++ cc cxx hpp"],
  ["csharp", "C#", "cs c#"],
  ["css", "CSS", ""],
  ["diff", "Diff", "patch"],
  ["go", "Go", "golang"],
  ["java", "Java", ""],
  ["javascript", "JavaScript", "js jsx mjs cjs node"],
  ["json", "JSON", "jsonc json5 ndjson jsonl"],
  ["python", "Python", "py python3 py3 ipython"],
  ["rust", "Rust", "rs"],
  ["sql", "SQL", "postgresql sqlite mysql"],
  ["typescript", "TypeScript", "ts tsx mts"],
  ["xml", "HTML/XML", "html xhtml svg rss"],
  ["yaml", "YAML", "yml"],
];

/** @type {Map<string, { file: string, label: string }>} */
const KNOWN = new Map(LANGUAGES.flatMap(([file = "", label = "", names = ""]) =>
  [file, ...names.split(" ").filter(Boolean)].map((name) => [name, { file, label }])));

/** @param {string} name as it stands behind the fence */
export const languageOf = (name) => KNOWN.get(name.toLowerCase()) ?? null;

/** @type {Map<string, Promise<import("../lib/highlight/core.js").Highlighter>>} */
const loading = new Map();

/** @param {string} file one of `LANGUAGES` */
function load(file) {
  const found = loading.get(file) ?? (async () => {
    const [{ default: core }, { default: grammar }] = await Promise.all([
      import("../lib/highlight/core.js"), import(`../lib/highlight/${file}.js`),
    ]);
    core.configure({ __emitter: Emitter });
    core.registerLanguage(file, grammar);
    return core;
  })();
  loading.set(file, found);
  return found;
}

/**
 * Code as nodes; null where it is too long or its colours cannot be had, so that it stays as it is.
 *
 * @param {string} text
 * @param {string} file
 */
export async function coloured(text, file) {
  if (text.length > MAX) return null;
  try {
    const core = await load(file);
    return /** @type {Emitter} */ (core.highlight(text, { language: file, ignoreIllegals: true })._emitter).nodes;
  } catch {
    loading.delete(file);
    return null;
  }
}

/** What highlight.js writes its tokens into: nodes instead of a string of HTML. */
class Emitter {
  /** @type {any[]} */
  nodes = [];
  /** @type {{ scope: string, nodes: any[] }[]} */
  #open = [];

  /** @param {any} node */
  #put(node) {
    (this.#open.at(-1)?.nodes ?? this.nodes).push(node);
  }

  /** @param {string} text */
  addText(text) {
    if (text) this.#put(text);
  }

  /** @param {string} scope */
  openNode(scope) {
    this.#open.push({ scope, nodes: [] });
  }

  closeNode() {
    const closed = this.#open.pop();
    if (closed) this.#put(h("span", { class: `hl-${closed.scope.split(".")[0]}` }, closed.nodes));
  }

  /** @param {string} scope */
  startScope(scope) {
    this.openNode(scope);
  }

  endScope() {
    this.closeNode();
  }

  /** @param {Emitter} emitter */
  __addSublanguage(emitter) {
    emitter.finalize();
    this.#put(emitter.nodes);
  }

  finalize() {
    while (this.#open.length) this.closeNode();
    return true;
  }

  toHTML() {
    return "";
  }
}
