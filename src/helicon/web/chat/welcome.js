// An empty conversation: what the modes are, questions that this model really can answer, and how to connect another.

import { html } from "../lib/ui.js";
import { has, t } from "../core/i18n.js";
import { chosen, incognito, mode, model, models } from "../core/state.js";
import { Icon } from "../icons.js";
import { fill } from "./composer.js";

/**
 * Questions from the families that nano was trained on, in English because nano reads nothing else. Each shows what
 * its mode is for: a copy of what stands there, a worked solution, a search where several thoughts beat one.
 */
const NANO = {
  auto: ["The price is 180. There is 20% off. How much do I pay?", "What is 128 - 20 × 3?"],
  instant: ["Which is cheaper per lemon: 4 for 1.70 or 3 for 1.10?", "Count the es in cheese."],
  thinking: ["Emma is poorer than Vera. Sam is poorer than Emma. Who is the poorest?", "For which y is 6y - 9 = 345?"],
  contemplating: ["Place the digits 2, 5, 3 into __ * _ = 160, each once.", "Fill the gaps with + and - so that 9 _ 14 _ 10 _ 12 = 25."],
};
const MODES = /** @type {const} */ (["auto", "instant", "thinking", "contemplating"]);

/** @param {import("../core/types.js").Model} one */
const tiny = (one) => one.family === "Nano";

/** @param {string} name */
function examples(name) {
  const own = model.value;
  if (!own || tiny(own)) return NANO[/** @type {keyof typeof NANO} */ (name)] ?? NANO.auto;
  return [1, 2].map((at) => `welcome.example.${name}.${at}`).filter(has).map((key) => t(key));
}

export function Welcome() {
  const now = mode.value;
  const able = model.value?.modes ?? MODES;
  const only = models.value.models.every(tiny);
  if (incognito.value) {
    return html`<section class="welcome"><span class="welcome-mark"><${Icon} name="incognito" size="2.5rem" /></span>
      <h2>${t("welcome.secret")}</h2><p class="soft">${t("welcome.secret.text")}</p></section>`;
  }
  return html`<section class="welcome">
    <h2>${t("welcome.title")}</h2>
    <div class="welcome-modes">
      ${MODES.map((name) => html`<article key=${name} class="welcome-mode ${name === now ? "now" : ""}">
        <h3>${t(`mode.${name}`)}</h3>
        <p>${t(`mode.${name}.long`)}</p>
        ${able.includes(name) && examples(name).map((question) => html`<button key=${question} type="button"
          class="example" onClick=${() => {
    chosen.value = { ...chosen.value, mode: name };
    fill(question);
  }}>${question}</button>`)}
      </article>`)}
    </div>
    ${only && model.value && html`<p class="soft connect">${t("welcome.nano")}${" "}
      <a href="#/settings/models">${t("welcome.connect")}</a></p>`}
  </section>`;
}
