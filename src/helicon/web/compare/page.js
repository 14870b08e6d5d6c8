// Compare: `#/compare` asks one question of several models or modes and shows what the votes say; `#/compare/ID`
// is one comparison, live or finished.

import { html } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { Failed } from "../parts/failed.js";
import { useLoad } from "../parts/load.js";
import { Ask } from "./ask.js";
import { summary } from "./calls.js";
import { Comparison } from "./comparison.js";
import { Past } from "./past.js";
import { Votes } from "./summary.js";

/** @param {{id?: string}} props */
export function ComparePage({ id = "" }) {
  return id ? html`<${Comparison} id=${id} key=${id} />` : html`<${Start} />`;
}

function Start() {
  const { data, failure, reload } = useLoad(summary, "");
  return html`<div class="page compare">
    <p class="lead">${t("compare.lead")}</p>
    <${Ask} />
    <section class="votes-section" aria-labelledby="votes-heading">
      <h2 id="votes-heading">${t("compare.votes")}</h2>
      <${Failed} failure=${failure} retry=${reload} />
      ${data && html`<${Votes} summary=${data} />`}
    </section>
    <${Past} />
  </div>`;
}
