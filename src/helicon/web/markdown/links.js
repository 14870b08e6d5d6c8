// Links and pictures of foreign text. A link leads where it says, in a tab of its own that knows nothing of this
// page. A picture from elsewhere is never loaded: asking for it would tell its host that it was read, and its
// address could carry what was said here; it is offered as a link that names the host. The page's policy
// (`img-src 'self' data: blob:`) would refuse it in any case.

import { html } from "../lib/ui.js";
import { t } from "../core/i18n.js";
import { Icon } from "../icons.js";
import { isPicture, placeOf, pretended, safeUrl } from "./safe.js";

/** @param {{ address: string, words: string, children?: import("../lib/preact.js").ComponentChildren }} properties */
export function Link({ address, words, children }) {
  const safe = safeUrl(address);
  // Where it leads nowhere it may, the address stays to be read: nothing is hidden.
  if (!safe) {
    const told = address && words.trim() && words.trim() !== address;
    return html`<span class="md-nowhere" title=${t("markdown.nowhere")}>${children}</span>${
      told && html` <code dir="ltr">${short(address)}</code>`}`;
  }
  const place = pretended(words, safe);
  return html`<a href=${safe} target="_blank" rel="noopener noreferrer" referrerpolicy="no-referrer" title=${short(safe)}>${
    words.trim() ? children : placeOf(safe)}</a>${place && html`<span class="md-place" dir="ltr"> (${place})</span>`}`;
}

/** @param {{ address: string, words: string }} properties */
export function Picture({ address, words }) {
  if (isPicture(address)) return html`<img class="md-picture" src=${address} alt=${words} loading="lazy" decoding="async" />`;
  const safe = safeUrl(address);
  const web = safe && !safe.startsWith("mailto:") ? safe : null;
  const about = words.trim() ? html`<span class="md-words" dir="auto">${words}</span>` : null;
  if (!web) return html`<span class="md-elsewhere"><${Icon} name="image" /><span>${t("markdown.noPicture")}</span>${about}</span>`;
  return html`<a class="md-elsewhere" href=${web} target="_blank" rel="noopener noreferrer" referrerpolicy="no-referrer"
    title=${short(web)}><${Icon} name="image" /><span>${t("markdown.pictureFrom", { host: placeOf(web) })}</span>${about}<${Icon}
    name="open" size="1em" /></a>`;
}

/** @param {string} text */
const short = (text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
