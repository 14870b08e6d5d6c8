// What went wrong and what to do next, said once and aloud.

import { html } from "../lib/ui.js";
import { t } from "../core/i18n.js";

/**
 * @param {{failure: {message: string, next?: string} | null, retry?: () => void}} props
 */
export function Failed({ failure, retry }) {
  if (!failure) return null;
  return html`<div class="failed" role="alert">
    <p><strong dir="auto">${failure.message}</strong> ${failure.next}</p>
    ${retry && html`<button type="button" class="button quiet small" onClick=${retry}>${t("parts.retry")}</button>`}
  </div>`;
}
