// The page's frame: sidebar, the place for what the address names, banners, and what is spoken.

import { html, signal, useEffect } from "../lib/ui.js";
import { openConversation } from "../core/actions.js";
import { t } from "../core/i18n.js";
import { route } from "../core/router.js";
import { conversation, drawer, incognito, online, session, status } from "../core/state.js";
import { Icon } from "../icons.js";
import { reveal } from "../markdown/safe.js";
import { LedgerDialog } from "../ledger/dialog.js";
import { attach, Composer } from "./composer.js";
import { Asking, Menu } from "./dialogs.js";
import { picturesIn } from "./images.js";
import { exportIn, ImportReport, takeIn } from "./importing.js";
import { deeds, Rename } from "./row.js";
import { drawers, folded, foldSidebar, Shortcuts } from "./shortcuts.js";
import { Sidebar } from "./sidebar.js";
import { Thread } from "./thread.js";
import { toast, Toasts } from "./toasts.js";

/** Pages that come when they are first asked for. */
const PAGES = {
  compare: () => import("../compare/page.js").then((module) => module.ComparePage),
  replay: () => import("../run/page.js").then((module) => module.ReplayPage),
  ledger: () => import("../ledger/page.js").then((module) => module.LedgerPage),
  settings: () => import("../settings/page.js").then((module) => module.SettingsPage),
};
/** @type {import("../lib/ui.js").Signal<Record<string, any>>} */
const loaded = signal({});

/** @param {{name: keyof typeof PAGES}} props */
function Other({ name }) {
  const found = loaded.value[name];
  useEffect(() => {
    if (found) return;
    PAGES[name]().then(
      (page) => { loaded.value = { ...loaded.value, [name]: page }; },
      () => { loaded.value = { ...loaded.value, [name]: () => html`<p class="soft page">${t("shell.unloaded")}</p>` }; },
    );
  }, [name]);
  const { rest } = route.value;
  return html`<div class="other" tabindex="-1" key=${name}>
    ${found ? html`<${found} route=${route.value} id=${rest[0] ?? ""} section=${rest[0] ?? ""} />`
    : html`<p class="soft page">${t("chat.loading")}</p>`}
  </div>`;
}

const renaming = signal(false);

function Top() {
  const open = conversation.value;
  const { name } = route.value;
  const chat = !(name in PAGES);
  const secret = chat && (open ? open.incognito : incognito.value);
  const title = chat ? reveal(open?.title ?? "") || (open ? t("list.untitled") : "") : t(`nav.${name}`);
  return html`<header class="top">
    <button type="button" class="icon-button opener" aria-label=${t("shell.open")} title=${t("shell.open")} aria-controls="sidebar"
      onClick=${() => {
    if (drawers.matches) drawer.value = true;
    else foldSidebar(false);
  }}><${Icon} name="menu" /></button>
    <div class="top-title">
      ${secret && html`<span class="badge-secret"><${Icon} name="incognito" />${t("list.incognito")}</span>`}
      ${open && renaming.value ? html`<${Rename} one=${open} done=${() => { renaming.value = false; }} />`
    : html`<h1 dir="auto" class=${title ? "" : "visually-hidden"}>${title || "Helicon"}</h1>`}
      ${chat && open?.folder && html`<span class="chip still"><${Icon} name="folder" /><span dir="auto">${reveal(open.folder)}</span></span>`}
    </div>
    ${chat && open && html`<${Menu} label=${t("list.actions", { title: title })} title=${t("list.more.actions")}
      items=${() => deeds(open, () => { renaming.value = true; })} />`}
  </header>`;
}

function Banners() {
  const storage = session.value?.storage;
  return html`
    <div role="status" class="banner-place">${online.value === "offline" && html`<p class="banner"><${Icon} name="refresh" />
      ${t("shell.offline")}</p>`}</div>
    <div role="alert" class="banner-place">${storage && !storage.ok && html`<p class="banner bad"><${Icon} name="alert" />
      <span><strong>${t("shell.storage")}</strong> <span dir="auto">${storage.message}</span> ${t("shell.storage.then")}</span></p>`}</div>`;
}

function Chat() {
  return html`<${Thread} /><div class="foot"><${Composer} /><p class="soft small-print">${t("chat.print")}</p></div>`;
}

export function Shell() {
  const { name, rest } = route.value;
  const other = name in PAGES;
  const id = name === "c" ? rest[0] ?? "" : "";
  useEffect(() => {
    if (id && conversation.value?.id !== id) openConversation(id);
    renaming.value = false;
  }, [id]);

  const dropped = (/** @type {DragEvent} */ event) => {
    const file = exportIn(event.dataTransfer);
    const pictures = other ? [] : picturesIn(event.dataTransfer);
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault(); // or the browser would leave this page for the file
    if (file) takeIn(file);
    else if (pictures.length) attach(pictures);
    else toast({ text: t("shell.dropped"), kind: "bad" });
  };
  const hover = (/** @type {DragEvent} */ event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  };
  return html`<div class="shell ${drawer.value ? "drawer-open" : ""} ${folded.value ? "folded" : ""}"
      onDragOver=${hover} onDrop=${dropped}>
    <a class="skip" href="#question" onClick=${(/** @type {Event} */ event) => {
    event.preventDefault();
    document.getElementById("question")?.focus();
  }}>${t("shell.skip")}</a>
    <${Sidebar} />
    <button type="button" class="scrim" tabindex="-1" aria-label=${t("shell.close")} onClick=${() => { drawer.value = false; }}></button>
    <main class="main">
      <${Top} />
      <${Banners} />
      ${other ? html`<${Other} name=${name} />` : html`<${Chat} />`}
    </main>
    <p class="visually-hidden" role="status" id="status">${status.value}</p>
    <${Toasts} /><${Asking} /><${ImportReport} /><${Shortcuts} /><${LedgerDialog} />
  </div>`;
}
