// Comparisons of before, newest first.

import { html } from "../lib/ui.js";
import { ago, t } from "../core/i18n.js";
import { Failed } from "../parts/failed.js";
import { useLoad } from "../parts/load.js";
import { past } from "./calls.js";

export function Past() {
  const { data, failure, reload } = useLoad(() => past(), "");
  return html`<section class="past" aria-labelledby="past-heading">
    <h2 id="past-heading">${t("compare.past")}</h2>
    <${Failed} failure=${failure} retry=${reload} />
    ${data && !data.length && html`<p class="soft">${t("compare.noPast")}</p>`}
    ${data && data.length > 0 && html`<ul>${data.map((one) => html`<li key=${one.id}>
      <a href=${`#/compare/${one.id}`}><span class="past-title" dir="auto">${one.title || t("compare.untitled")}</span>
        <span class="soft">${one.blind ? `${t("compare.blind")} · ` : ""}${ago(one.updated)}</span></a>
    </li>`)}</ul>`}
  </section>`;
}
