// What this is, under which licences, and that nothing leaves the machine.

import { html } from "../lib/ui.js";
import { session } from "../core/state.js";
import { t } from "../core/i18n.js";
import { Failed } from "../parts/failed.js";
import { useLoad } from "../parts/load.js";
import { vendored } from "./calls.js";

export function About() {
  const { data, failure, reload } = useLoad(vendored, "");
  return html`
    <p class="lead">Helicon ${session.value?.version}</p>
    <p>${t("settings.about.private")}</p>
    <p><a href="/api/openapi.json" target="_blank" rel="noopener">${t("settings.about.api")}</a></p>
    <h3>${t("settings.about.licences")}</h3>
    <p class="soft">${t("settings.about.vendored")}</p>
    <${Failed} failure=${failure} retry=${reload} />
    ${data && html`<div class="table-scroll" tabindex="0" role="region" aria-label=${t("settings.about.licences")}>
      <table class="plain"><thead><tr>
        <th scope="col">${t("settings.about.piece")}</th><th scope="col">${t("settings.about.version")}</th>
        <th scope="col">${t("settings.models.licence")}</th>
      </tr></thead><tbody>
        ${data.map((piece) => html`<tr key=${piece.name}>
          <th scope="row">${piece.name}</th><td>${piece.version}</td>
          <td>${piece.licence}</td>
        </tr>`)}
      </tbody></table>
    </div>`}
  `;
}
