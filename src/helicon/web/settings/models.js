// Models and engines: what is there, what each can do, and how to get more.

import { html, useState } from "../lib/ui.js";
import { models, session } from "../core/state.js";
import { t } from "../core/i18n.js";
import { AddModel } from "./add_model.js";
import { HowTo } from "./howto.js";
import { ModelCard } from "./model_card.js";

export function Models() {
  const [spec, setSpec] = useState("");
  const may = session.value?.may_change_models ?? false;
  return html`
    <p class="lead">${t("settings.models.lead")}</p>
    <ul class="model-list">
      ${models.value.models.map((model) => html`<li key=${model.name}><${ModelCard} model=${model} may=${may} /></li>`)}
    </ul>
    <h3>${t("settings.models.add.title")}</h3>
    ${may ? html`<${AddModel} spec=${spec} onSpec=${setSpec} />`
      : html`<p class="note">${t("settings.models.mayNot")}</p>`}
    <h3>${t("settings.models.howto.title")}</h3>
    <p class="soft">${t("settings.models.howto.lead")}</p>
    <${HowTo} onUse=${may ? setSpec : null} />
  `;
}
