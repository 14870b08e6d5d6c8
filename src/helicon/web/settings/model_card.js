// One model: where it is, whether it answers, what it can do and why not more.

import { html, useState } from "../lib/ui.js";
import { probeModel, removeModel } from "./calls.js";
import { confirm } from "../chat/dialogs.js";
import { date, number, t } from "../core/i18n.js";
import { Failed } from "../parts/failed.js";
import { abilities } from "./abilities.js";

/** @param {{model: import("./abilities.js").Model, may: boolean}} props */
export function ModelCard({ model, may }) {
  const [busy, setBusy] = useState("");
  const [failure, setFailure] = useState(/** @type {import("../parts/load.js").Failing | null} */ (null));
  /** @param {string} name @param {(name: string) => Promise<void>} work */
  const act = async (name, work) => {
    setBusy(name);
    setFailure(null);
    try {
      await work(model.name);
    } catch (error) {
      setFailure(/** @type {import("../parts/load.js").Failing} */ (error));
    }
    setBusy("");
  };
  const leave = async () => {
    const sure = await confirm({ title: t("settings.models.removeTitle", { name: model.name }),
      text: t("settings.models.removeText"), action: t("settings.models.remove"), danger: true });
    if (sure) await act("remove", removeModel);
  };
  const able = abilities(model);
  const off = able.filter((one) => !one.on);
  const ok = model.health?.ok ?? true;
  return html`<article class="model-card" aria-label=${model.name} aria-busy=${busy ? "true" : "false"}>
    <header>
      <h3 dir="auto">${model.name}</h3>
      <span class=${ok ? "health ok" : "health bad"}>${ok ? t("settings.models.ready") : t("settings.models.notReady")}</span>
    </header>
    ${!ok && html`<p class="health-message" dir="auto">${model.health.message}</p>`}
    <dl class="facts">${facts(model).map(([label, value, kind]) => html`<div key=${label}>
      <dt>${label}</dt><dd dir="auto">${kind === "code" ? html`<code>${value}</code>` : value}</dd>
    </div>`)}</dl>
    ${model.engine && html`<ul class="chips" aria-label=${t("settings.models.abilities")}>
      ${able.map((one) => html`<li key=${one.name} class=${one.on ? "chip on" : "chip off"} title=${one.on ? "" : why(one)}>
        ${t(`settings.models.ability.${one.name}`)}<span class="visually-hidden">${one.on ? t("settings.models.can") : t("settings.models.cannot")}</span>
      </li>`)}
    </ul>`}
    ${model.engine && off.length > 0 && html`<details class="why">
      <summary>${t("settings.models.whyNot")}</summary>
      <dl>${off.map((one) => html`<div key=${one.name}>
        <dt>${t(`settings.models.ability.${one.name}`)}</dt><dd dir="auto">${why(one)}</dd></div>`)}</dl>
    </details>`}
    <footer>
      <button type="button" class="button quiet small" disabled=${busy !== ""} onClick=${() => act("probe", probeModel)}>
        ${busy === "probe" ? t("settings.models.probing") : t("settings.models.probe")}
      </button>
      ${may && model.origin === "added" && html`<button type="button" class="button quiet small" disabled=${busy !== ""}
        onClick=${leave}>${t("settings.models.remove")}</button>`}
      ${model.health?.checked && html`<span class="soft checked">${t("settings.models.checked", { when: date(model.health.checked) })}</span>`}
    </footer>
    <${Failed} failure=${failure} />
  </article>`;
}

/** The engine's own reason; else what the probe of that ability asks for. @param {{name: string, why: string}} ability */
const why = (ability) => ability.why || t(`settings.models.why.${ability.name}`);

/**
 * @param {import("./abilities.js").Model} model
 * @returns {[string, string, string][]}
 */
function facts(model) {
  /** @type {[string, string, string][]} */
  const found = [
    [t("settings.models.engine"), model.engine, ""],
    [t("settings.models.family"), model.family, ""],
    [t("settings.models.licence"), model.licence || t("settings.models.noLicence"), ""],
    [t("settings.models.context"), model.context ? t("settings.models.tokens", { count: number(model.context) }) : "", ""],
    [t("settings.models.slots"), model.slots ? number(model.slots) : "", ""],
    [t("settings.models.prices"), model.prices ? t("settings.models.perMillion", {
      prompt: number(model.prices.prompt), generated: number(model.prices.generated) }) : "", ""],
    [t("settings.models.originLabel"), model.origin ? t(`settings.models.origin.${model.origin.replaceAll(" ", "_")}`) : "", ""],
    [t("settings.models.place"), model.origin === "ships with helicon" ? "" : model.place, "code"],
  ];
  return found.filter(([, value]) => value);
}
