// The Markdown component alone on a page, driven by the tests.

import { html, render, signal } from "./lib/ui.js";
import { Markdown } from "./markdown/markdown.js";
import { blocks, work } from "./markdown/lexer.js";
import { mend } from "./markdown/mend.js";
import { plainText } from "./markdown/plain.js";
import { Reader } from "./markdown/reader.js";
import * as safe from "./markdown/safe.js";
import { setLanguage } from "./core/i18n.js";

const shown = signal({ text: "", streaming: false });
await setLanguage("en", ["en"]);
render(html`<${() => html`<${Markdown} text=${shown.value.text} streaming=${shown.value.streaming} />`} />`, document.getElementById("bench"));

Object.assign(window, {
  show: (text, streaming = false) => { shown.value = { text, streaming }; },
  tools: { blocks, work, mend, plainText, Reader, ...safe },
});
