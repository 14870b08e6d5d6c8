// How the page looks and speaks, and which key sends.

import { html } from "../lib/ui.js";
import { preferences, session } from "../core/state.js";
import { t } from "../core/i18n.js";
import { Choice } from "../parts/choice.js";
import { Failed } from "../parts/failed.js";
import { useSaving } from "./saving.js";

/** A language under its own name: "Português (Brasil)". @param {string} code */
export function ownName(code) {
  const name = new Intl.DisplayNames([code], { type: "language", languageDisplay: "standard" }).of(code) ?? code;
  return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
}

export function Appearance() {
  const { save, failure, saved } = useSaving();
  const { theme = "system", language = "", send_with: sendWith = "enter" } = preferences.value;
  const languages = session.value?.languages ?? ["en", "pt-BR"];
  return html`
    <${Choice} showLabel label=${t("settings.appearance.theme")} value=${theme}
      options=${["system", "light", "dark"].map((value) => ({ value, label: t(`settings.appearance.theme.${value}`) }))}
      onChange=${(/** @type {string} */ value) => save({ theme: value })} />
    <${Choice} showLabel label=${t("settings.appearance.language")} value=${language}
      options=${[{ value: "", label: t("settings.appearance.language.system") },
        ...languages.map((code) => ({ value: code, label: ownName(code) }))]}
      onChange=${(/** @type {string} */ value) => save({ language: value })} />
    <${Choice} showLabel label=${t("settings.appearance.send")} value=${sendWith}
      options=${["enter", "ctrl+enter"].map((value) => ({ value, label: t(`settings.appearance.send.${value}`) }))}
      onChange=${(/** @type {string} */ value) => save({ send_with: value })} />
    <p class="help">${t("settings.appearance.sendHelp")}</p>
    <p class="saved" role="status">${saved ? t("settings.saved") : ""}</p>
    <${Failed} failure=${failure} />
  `;
}
