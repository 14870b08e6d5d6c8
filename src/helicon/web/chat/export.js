// Exports of one conversation. Markdown and JSON come from the server; the HTML file is made here, of the same
// components that draw the page, as one file without scripts that loads nothing.

import { html, render } from "../lib/ui.js";
import { failed } from "../core/actions.js";
import { api, Failure } from "../core/api.js";
import { date, language, t } from "../core/i18n.js";
import { pathTo } from "../core/tree.js";
import { Markdown } from "../markdown/markdown.js";
import { costWords } from "./cost.js";
import { serialized } from "./serialize.js";

/** @typedef {import("../core/types.js").Conversation} Conversation */
/** @typedef {import("../core/types.js").Message} Message */

/** @param {string} title @param {string} ending */
const fileName = (title, ending) =>
  `${title.replace(/[\p{C}\\/:*?"<>|]+/gu, " ").trim().slice(0, 80) || "helicon"}.${ending}`;

/** Give a file to the person. @param {Blob} blob @param {string} name */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** @param {Conversation} one @param {"markdown"|"json"|"html"} format */
export async function exportConversation(one, format) {
  const title = one.title || t("list.untitled");
  try {
    if (format === "html") {
      download(await htmlFile(one.id), fileName(title, "html"));
      return;
    }
    const reply = await fetch(`/api/conversations/${encodeURIComponent(one.id)}/export?format=${format}`);
    if (!reply.ok) throw new Failure(t("export.failed"), { status: reply.status });
    download(await reply.blob(), fileName(title, format === "json" ? "json" : "md"));
  } catch (error) {
    failed(error instanceof TypeError ? new Failure(t("failure.unreachable")) : error);
  }
}

/** The thinking of a run, agent by agent. @param {Message} message */
async function thoughts(message) {
  if (message.thinking) return [{ name: t("chat.thinking.imported"), text: message.thinking }];
  if (!message.run || !message.summary) return [];
  const found = await api.get(`/api/runs/${encodeURIComponent(message.run)}`).catch(() => null);
  /** @type {Map<number, string>} */
  const said = new Map();
  for (const event of found?.events ?? []) {
    if (event.type === "thinking_delta") said.set(event.agent, (said.get(event.agent) ?? "") + event.text);
  }
  return [...said].sort(([a], [b]) => a - b).map(([agent, text]) => (
    { name: said.size > 1 ? t("export.agent", { number: agent + 1 }) : t("export.thought"), text }));
}

/** @param {string} file */
async function dataAddress(file) {
  const reply = await fetch(`/api/files/${encodeURIComponent(file)}`).catch(() => null);
  if (!reply?.ok) return "";
  const blob = await reply.blob();
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.readAsDataURL(blob);
  });
}

/** The page's own rules, as far as the file needs them. */
function styles() {
  const wanted = /\/(base|chat|markdown)\.css$/;
  return [...document.styleSheets].filter((sheet) => wanted.test(sheet.href ?? ""))
    .flatMap((sheet) => [...sheet.cssRules]).map((rule) => rule.cssText)
    .filter((rule) => !rule.startsWith("@font-face"))
    .concat("body{display:block;overflow:auto;block-size:auto;max-inline-size:46rem;margin:2rem auto;padding:0 1.25rem}",
      "main>header{margin-block-end:1.5rem}", ".message .bubble{margin-inline-start:auto}", "details pre,details p{white-space:pre-wrap}")
    .join("\n").replaceAll("</", "<\\/");
}

/** @param {string} text */
async function policyFor(text) {
  const others = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'";
  if (!globalThis.crypto?.subtle) return `${others}; style-src 'unsafe-inline'`;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return `${others}; style-src 'sha256-${btoa(String.fromCharCode(...hash))}'`;
}

/** @param {string} id */
async function htmlFile(id) {
  /** @type {{conversation: Conversation, messages: Message[]}} */
  const { conversation, messages } = await api.get(`/api/conversations/${encodeURIComponent(id)}`);
  const all = new Map(messages.map((one) => [one.id, one]));
  const shown = pathTo(all, conversation.current ?? messages.at(-1)?.id ?? null);
  const title = conversation.title || t("list.untitled");
  const parts = await Promise.all(shown.map(async (message) => ({
    message, thoughts: message.role === "assistant" ? await thoughts(message) : [],
    images: await Promise.all(message.images.map(async (one) => ({ name: one.name, url: await dataAddress(one.file) }))),
  })));
  const place = document.createElement("div");
  render(html`<main>
    <header><h1 dir="auto">${title}</h1><p class="soft">${t("export.from", { date: date(conversation.updated) })}</p></header>
    ${parts.map(({ message, thoughts: thought, images }) => html`<article key=${message.id}
        class="message ${message.role === "user" ? "question" : "reply"}">
      <h2 class="visually-hidden">${t(message.role === "user" ? "chat.you" : "chat.helicon")}</h2>
      ${images.length > 0 && html`<div class="pictures">${images.map((one) => html`<img key=${one.url} src=${one.url} alt=${one.name} />`)}</div>`}
      ${thought.map((one, at) => html`<details key=${at}><summary>${one.name}</summary><p dir="auto">${one.text}</p></details>`)}
      ${message.role === "user" ? message.text && html`<p class="bubble" dir="auto">${message.text}</p>`
    : html`<div class="answer" dir="auto"><${Markdown} text=${message.text} streaming=${false} /></div>
      ${message.error && html`<p class="bad" dir="auto">${message.error}</p>`}
      <p class="soft cost">${costWords(message, message.model).join(" · ")}</p>`}
    </article>`)}
  </main>`, place);
  await new Promise((done) => { setTimeout(done, 300); }); // mathematics and highlighting come a moment later
  const css = styles();
  const body = serialized(place);
  render(null, place);
  const policy = await policyFor(css);
  const head = `<meta charset="utf-8"><meta http-equiv="content-security-policy" content="${policy}">`
    + `<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">`
    + `<meta name="referrer" content="no-referrer"><title>${escaped(title)}</title><style>${css}</style>`;
  return new Blob([`<!doctype html>\n<html lang="${language.value}"><head>${head}</head><body>${body}</body></html>\n`],
    { type: "text/html" });
}

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`);
