// Settings: one section at a time, each with an address of its own (#/settings/models ...).

import { html, useEffect, useRef } from "../lib/ui.js";
import { session } from "../core/state.js";
import { t } from "../core/i18n.js";
import { About } from "./about.js";
import { Appearance } from "./appearance.js";
import { Data } from "./data.js";
import { Defaults } from "./defaults.js";
import { Models } from "./models.js";
import { Session } from "./session.js";
import { Shortcuts } from "./shortcuts.js";

const SECTIONS = {
  models: Models, defaults: Defaults, appearance: Appearance, shortcuts: Shortcuts, data: Data, about: About,
  session: Session,
};

/** @typedef {keyof typeof SECTIONS} SectionName */

/** The sections there are here: without keys there is nobody to log out. */
const sections = () => /** @type {SectionName[]} */ (Object.keys(SECTIONS)).filter(
  (name) => name !== "session" || session.value?.login);

/** @param {{section?: string}} props */
export function SettingsPage({ section = "" }) {
  const offered = sections();
  const current = offered.find((name) => name === section) ?? "models";
  const Section = SECTIONS[current];
  const tabs = useRef(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    const row = tabs.current;
    const chosen = /** @type {HTMLElement | null} */ (row?.querySelector("[aria-current]"));
    if (row && chosen) row.scrollLeft = chosen.offsetLeft - row.offsetLeft - 16;
  }, [current]);
  return html`<div class="page settings">
    <nav class="settings-nav" aria-label=${t("settings.sections")} ref=${tabs}>
      ${offered.map((name) => html`<a key=${name} href=${`#/settings/${name}`}
        aria-current=${name === current ? "page" : undefined}>${t(`settings.${name}.title`)}</a>`)}
    </nav>
    <section class="settings-section" aria-labelledby="settings-heading" key=${current}>
      <h2 id="settings-heading">${t(`settings.${current}.title`)}</h2>
      <${Section} />
    </section>
  </div>`;
}
