// Where the page begins: who is there, what is known, then the shell; and what the stream says goes into the state.

import { effect, html, render, signal } from "./lib/ui.js";
import { Login } from "./chat/login.js";
import { Shell } from "./chat/shell.js";
import { folded, startShortcuts } from "./chat/shortcuts.js";
import { toast } from "./chat/toasts.js";
import { caughtUp, changed, newConversation, put } from "./core/actions.js";
import { api, Failure } from "./core/api.js";
import { setLanguage, t } from "./core/i18n.js";
import { loadList, refreshList } from "./core/library.js";
import { reloadPreferences } from "./core/preferences.js";
import { go, route } from "./core/router.js";
import {
  conversation, conversations, incognito, messages, models, opened, preferences, running, runs, session, status, stopping,
} from "./core/state.js";
import { listen, startStream, stopStream } from "./core/stream.js";
import { phase } from "./run/fold.js";

const begun = signal(/** @type {"loading"|"login"|"ready"|"failed"} */ ("loading"));
const trouble = signal("");

async function begin() {
  try {
    session.value = await api.get("/api/session");
    const offered = session.value?.languages ?? ["en"];
    if (!session.value?.user && session.value?.login) {
      await setLanguage("", offered);
      begun.value = "login";
      return;
    }
    [preferences.value, models.value] = await Promise.all([api.get("/api/preferences"), api.get("/api/models")]);
    await setLanguage(preferences.value.language ?? "", offered);
    folded.value = preferences.value.sidebar === false;
    begun.value = "ready";
    loadList();
    startStream();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    trouble.value = `${error.message} ${error.next}`;
    begun.value = "failed";
  }
}

const reloadModels = async () => {
  const found = await api.get("/api/models").catch(() => null);
  if (found) models.value = found;
};

let greeted = false;
listen({
  hello: () => {
    if (greeted) {
      caughtUp();
      refreshList();
      reloadModels();
      reloadPreferences();
    }
    greeted = true;
  },
  change: (news) => {
    if (news.kind === "models") reloadModels();
    else if (news.kind === "preferences") reloadPreferences();
    else {
      changed(news);
      refreshList();
    }
  },
  end: ({ run, message }) => {
    stopping.value = new Set([...stopping.value].filter((one) => one !== run));
    if (!message) return;
    put(message);
    refreshList();
    const elsewhere = message.conversation !== conversation.value?.id || route.value.name !== "c";
    const known = conversations.value.items.find((one) => one.id === message.conversation);
    if (!elsewhere || !known || known.kind === "comparison" || message.state === "stopped") return;
    toast({
      text: t("chat.ready.elsewhere", { title: known.title }),
      action: { label: t("chat.open"), run: () => go(`/c/${message.conversation}`) },
    });
  },
  denied: () => {
    stopStream();
    begin();
  },
});

// The one line that is spoken: states, not words of the answer, and not too many of them.
const PAUSE = 4000;
let spoken = 0;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let later;
/** @param {string} words @param {boolean} [now] */
function say(words, now = false) {
  clearTimeout(later);
  const wait = now ? 0 : Math.max(0, spoken + PAUSE - performance.now());
  later = setTimeout(() => {
    if (status.value === words) return;
    status.value = words;
    spoken = performance.now();
  }, wait);
}
let before = "";
effect(() => {
  const run = running.value;
  messages.value; // a run's signal is there once its message is
  const value = run ? runs.get(run)?.value : null;
  if (run) {
    const { key, params } = value ? phase(value.fold) : { key: "chat.waiting", params: {} };
    if (value?.state === "running" || !value) say(t(key, params), run !== before);
  } else if (before) {
    const ended = [...messages.peek().values()].find((one) => one.run === before);
    if (ended) say(t(ended.state === "done" ? "chat.ready" : `chat.${ended.state}`), true);
  }
  before = run ?? "";
});

effect(() => {
  const { theme = "system" } = preferences.value;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
});

effect(() => {
  const { language = "" } = preferences.value;
  const offered = session.value?.languages;
  if (offered && begun.peek() === "ready") setLanguage(language, offered);
});

effect(() => {
  const title = route.value.name === "c" ? conversation.value?.title : "";
  document.title = `${running.value ? "● " : ""}${title ? `${title} · ` : ""}Helicon`;
});

// The address says what is open.
let shown = "";
effect(() => {
  const { name } = route.value;
  if (name !== shown && ["", "incognito"].includes(name) && conversation.peek()) newConversation(name === "incognito");
  if (name === "incognito") incognito.value = true;
  if (name === "" && !conversation.peek()) incognito.value = false;
  if (name !== "c" && opened.peek() !== "ready" && name !== "compare") opened.value = "ready";
  shown = name;
});

// WebKit does not make the page smaller when the keyboard comes: the shell takes what is seen as its height.
const fit = () => {
  const { visualViewport: seen } = window;
  if (!seen) return;
  const keyboard = seen.scale === 1 && innerHeight - seen.height > 60;
  document.documentElement.style.setProperty("--seen", keyboard ? `${seen.height}px` : "100dvh");
  if (keyboard) scrollTo(0, 0);
};
visualViewport?.addEventListener("resize", fit);

function Page() {
  if (begun.value === "ready") return html`<${Shell} />`;
  if (begun.value === "login") return html`<${Login} onDone=${begin} />`;
  if (begun.value === "failed") {
    return html`<main class="login"><h1>Helicon</h1><p role="alert">${trouble}</p>
      <button type="button" class="button primary" onClick=${begin}>${t("list.retry")}</button></main>`;
  }
  return null;
}

startShortcuts();
const place = document.getElementById("page");
if (place) {
  place.replaceChildren(); // the word that stands there while the modules load
  render(html`<${Page} />`, place);
}
begin();
