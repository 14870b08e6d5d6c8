// Signing in with a key, where the server asks for one. The key becomes a cookie that scripts cannot read.

import { html, useState } from "../lib/ui.js";
import { api, Failure } from "../core/api.js";
import { forgetAll } from "../core/drafts.js";
import { t } from "../core/i18n.js";

export async function signOut() {
  await api.del("/api/session").catch(() => {});
  forgetAll();
  location.hash = "";
  location.reload();
}

/** @param {{onDone: () => void}} props */
export function Login({ onDone }) {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const field = event.target.elements.key;
    setBusy(true);
    setError("");
    try {
      await api.post("/api/session", { key: field.value.trim() });
      onDone();
    } catch (problem) {
      if (!(problem instanceof Failure)) throw problem;
      setError(problem.status === 401 || problem.status === 403 ? t("login.wrong") : `${problem.message} ${problem.next}`);
      setBusy(false);
      field.select();
    }
  };
  return html`<main class="login">
    <form onSubmit=${submit}>
      <svg viewBox="0 0 32 32" width="44" height="44" aria-hidden="true"><path d="M2 27 12 7l5 9 3-4 10 15z" /></svg>
      <h1>Helicon</h1>
      <p class="soft">${t("login.text")}</p>
      <label class="field">${t("login.key")}
        <input name="key" type="password" autocomplete="current-password" spellcheck="false" required autofocus
          aria-invalid=${error ? "true" : undefined} aria-describedby="login-error" /></label>
      <p id="login-error" class="bad" role="alert">${error}</p>
      <button type="submit" class="button primary" disabled=${busy}>${t("login.in")}</button>
    </form>
  </main>`;
}
