// The sidebar: new conversations, search, the list (pinned first, then by time), and the other pages.

import { html, useEffect, useRef } from "../lib/ui.js";
import { newConversation } from "../core/actions.js";
import { language, t } from "../core/i18n.js";
import { loadList, narrow } from "../core/library.js";
import { route } from "../core/router.js";
import { conversations, drawer, filter, session } from "../core/state.js";
import { Icon } from "../icons.js";
import { reveal } from "../markdown/safe.js";
import { Importer } from "./importing.js";
import { Row } from "./row.js";
import { drawers, focusBox, foldSidebar, listed } from "./shortcuts.js";
import { signOut } from "./login.js";

/** @typedef {import("../core/types.js").Conversation} Conversation */

/** Conversations under the headings of their time. @param {Conversation[]} items */
export function grouped(items) {
  const midnight = new Date().setHours(0, 0, 0, 0) / 1000;
  const month = new Intl.DateTimeFormat(language.value, { month: "long", year: "numeric" });
  /** @type {{name: string, items: Conversation[]}[]} */
  const groups = [];
  for (const one of items) {
    const age = midnight - one.updated;
    const name = one.incognito ? t("list.incognito") : one.pinned ? t("list.pinned") : age <= 0 ? t("list.today") : age <= 86400 ? t("list.yesterday")
      : age <= 6 * 86400 ? t("list.week") : month.format(one.updated * 1000);
    if (groups.at(-1)?.name === name) groups.at(-1)?.items.push(one);
    else groups.push({ name, items: [one] });
  }
  return groups;
}

function Narrowed() {
  const { folders, tags } = conversations.value;
  const { folder, tag } = filter.value;
  const chip = (/** @type {"folder"|"tag"} */ kind, /** @type {{name: string, count: number}} */ one) => {
    const on = filter.value[kind] === one.name;
    return html`<button key=${`${kind} ${one.name}`} type="button" class="chip" aria-pressed=${String(on)}
        onClick=${() => narrow({ [kind]: on ? "" : one.name })}>
      <${Icon} name=${kind === "tag" ? "tag" : "folder"} /><span dir="auto">${reveal(one.name)}</span>
    </button>`;
  };
  const missing = (/** @type {string} */ name, /** @type {{name: string}[]} */ all) =>
    (name && !all.some((one) => one.name === name) ? [{ name, count: 0 }] : []);
  const shown = [
    ...[...folders, ...missing(folder, folders)].map((one) => chip("folder", one)),
    ...[...tags, ...missing(tag, tags)].map((one) => chip("tag", one)),
  ];
  if (!shown.length) return null;
  return html`<div class="chips" role="group" aria-label=${t("list.narrow")}>${shown}</div>`;
}

/** Asks for more when it comes into sight. */
function More() {
  const node = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => {
    const watcher = new IntersectionObserver((seen) => {
      if (seen.some((one) => one.isIntersecting)) loadList({ more: true });
    }, { rootMargin: "400px" });
    if (node.current) watcher.observe(node.current);
    return () => watcher.disconnect();
  });
  return html`<li ref=${node} class="more"><button type="button" class="button quiet small"
    onClick=${() => loadList({ more: true })}>${t("list.more")}</button></li>`;
}

function List() {
  const { items, next, loading, loaded, error } = conversations.value;
  const { query, folder, tag } = filter.value;
  const rows = (/** @type {Conversation[]} */ some) => some.map((one) => html`<${Row} key=${one.id} one=${one} query=${query} />`);
  const found = query.trim() ? [{ name: t("list.found"), items }] : grouped(items);
  return html`<div class="list" aria-busy=${String(loading)}>
    ${error && html`<p class="list-note" role="alert">${error}
      <button type="button" class="button quiet small" onClick=${() => loadList()}>${t("list.retry")}</button></p>`}
    ${found.map((group) => group.items.length > 0 && html`<section key=${group.name}>
      <h2>${group.name}</h2><ul>${rows(group.items)}</ul></section>`)}
    ${next && html`<ul><${More} key=${items.length} /></ul>`}
    ${loaded && !loading && !items.length && !error && html`<p class="list-note">
      ${query || folder || tag ? t("list.nothing") : t("list.empty")}</p>`}
  </div>`;
}

function Links() {
  const at = route.value.name;
  const link = (/** @type {string} */ name, /** @type {import("../icons.js").IconName} */ icon) => html`<a key=${name}
    href=${`#/${name}`} aria-current=${at === name ? "page" : undefined} onClick=${() => { drawer.value = false; }}>
    <${Icon} name=${icon} /><span>${t(`nav.${name}`)}</span></a>`;
  return html`<nav class="links" aria-label=${t("nav.label")}>
    ${link("compare", "columns")}${link("ledger", "chart")}${link("settings", "settings")}
    <div class="links-row">
      <button type="button" class="icon-button" aria-label=${t("shortcuts.title")} title=${`${t("shortcuts.title")} (?)`}
        onClick=${() => { listed.value = true; }}><${Icon} name="keyboard" /></button>
      <${Importer} />
      ${session.value?.login && session.value.user && html`<button type="button" class="icon-button"
        aria-label=${t("login.out")} title=${`${t("login.out")} · ${session.value.user.name}`}
        onClick=${signOut}><${Icon} name="logout" /></button>`}
    </div>
  </nav>`;
}

export function Sidebar() {
  const begin = (secret = false) => () => {
    newConversation(secret);
    drawer.value = false;
    focusBox();
  };
  const searched = (/** @type {any} */ event) => narrow({ query: event.target.value });
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape" && filter.value.query) {
      event.preventDefault();
      event.stopPropagation();
      narrow({ query: "" });
    }
  };
  const fold = () => {
    drawer.value = false;
    if (!drawers.matches) foldSidebar(true);
  };
  return html`<aside class="sidebar" id="sidebar" aria-label=${t("list.label")}>
    <header>
      <a class="brand" href="#/" onClick=${begin()}><svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <path d="M2 27 12 7l5 9 3-4 10 15z" /></svg>Helicon</a>
      <button type="button" class="icon-button" aria-label=${t("shell.fold")} title=${t("shell.fold")} onClick=${fold}>
        <${Icon} name="sidebar" /></button>
    </header>
    <div class="begin">
      <button type="button" class="button" onClick=${begin()}><${Icon} name="plus" />${t("list.new")}</button>
      <button type="button" class="button" aria-label=${t("list.newIncognito")} title=${t("list.newIncognito")}
        onClick=${begin(true)}><${Icon} name="incognito" /></button>
    </div>
    <div class="search">
      <label class="visually-hidden" for="search">${t("list.search")}</label>
      <${Icon} name="search" />
      <input id="search" type="search" dir="auto" autocomplete="off" spellcheck="false" placeholder=${t("list.search")}
        value=${filter.value.query} onInput=${searched} onKeyDown=${keys} />
    </div>
    <${Narrowed} />
    <${List} />
    <${Links} />
  </aside>`;
}
