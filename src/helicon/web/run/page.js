// The page that plays a shared trace: `#/replay`. The file stays in this tab.

import { html } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { offered } from "./offered.js";
import { TraceDrop } from "./replay.js";

export function ReplayPage() {
  return html`<div class="page replay-page"><h1>${t("run.trace")}</h1><${TraceDrop} file=${offered.value} /></div>`;
}

export default ReplayPage;
