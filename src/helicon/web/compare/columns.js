// Columns side by side; on a narrow screen one at a time, swiped or chosen by tabs.

import { html, useEffect, useId, useRef, useState } from "../lib/ui.js";
import { t } from "../core/i18n.js";

/** @param {{names: string[], children: any[]}} props */
export function Columns({ names, children }) {
  const id = useId();
  const row = useRef(/** @type {HTMLElement | null} */ (null));
  const [shown, setShown] = useState(0);
  useEffect(() => {
    const box = row.current;
    if (!box) return undefined;
    const look = () => {
      if (box.scrollWidth <= box.clientWidth + 4) return;
      setShown(Math.round(Math.abs(box.scrollLeft) / Math.max(1, box.scrollWidth / names.length)));
    };
    box.addEventListener("scroll", look, { passive: true });
    return () => box.removeEventListener("scroll", look);
  }, [names.length]);
  const show = (/** @type {number} */ place) => {
    const column = row.current?.children[place];
    setShown(place);
    column?.scrollIntoView({ inline: "start", block: "nearest",
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (shown + step + names.length) % names.length;
    show(next);
    /** @type {HTMLElement | null | undefined} */ (document.getElementById(`${id}-tab-${next}`))?.focus({ preventScroll: true });
  };
  return html`<div class="columns-box">
    <div class="column-tabs" role="tablist" aria-label=${t("compare.answers")} onKeyDown=${keys}>
      ${names.map((name, place) => html`<button type="button" role="tab" key=${place} id=${`${id}-tab-${place}`}
        aria-selected=${place === shown ? "true" : "false"} aria-controls=${`${id}-column-${place}`}
        tabindex=${place === shown ? 0 : -1} onClick=${() => show(place)}>${name}</button>`)}
    </div>
    <div class=${`columns columns-${names.length}`} ref=${row}>
      ${children.map((child, place) => html`<div class="column-box" key=${place} id=${`${id}-column-${place}`}>${child}</div>`)}
    </div>
  </div>`;
}
