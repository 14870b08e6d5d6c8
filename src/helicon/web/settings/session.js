// Who is logged in here, and the way out.

import { html, useState } from "../lib/ui.js";
import { session } from "../core/state.js";
import { t } from "../core/i18n.js";
import { Failed } from "../parts/failed.js";
import { logOut } from "./calls.js";

export function Session() {
  const [failure, setFailure] = useState(/** @type {import("../parts/load.js").Failing | null} */ (null));
  const leave = () => logOut().catch((/** @type {any} */ error) => setFailure(error));
  return html`
    <p>${t("settings.session.who", { name: session.value?.user?.name ?? "" })}</p>
    <p class="soft">${t("settings.session.cookie")}</p>
    <button type="button" class="button quiet small" onClick=${leave}>${t("settings.session.leave")}</button>
    <${Failed} failure=${failure} />
  `;
}
