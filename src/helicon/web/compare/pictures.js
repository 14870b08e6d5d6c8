// Pictures of a comparison's question: pasted, dropped or chosen.

import { html, useRef, useState } from "../lib/ui.js";
import { MOST, picturesIn, readPicture } from "../chat/images.js";
import { t } from "../core/i18n.js";
import { Icon } from "../icons.js";

/** @typedef {import("../core/types.js").Picture} Picture */
/** @typedef {{list: Picture[], add: (files: File[]) => Promise<void>, carry: (event: Event, carried: DataTransfer | null) => void,
 *   leaveOut: (id: string) => void}} Shelf */

/** @param {(failure: import("../parts/load.js").Failing | null) => void} fail @returns {Shelf} */
export function usePictures(fail) {
  const [list, setList] = useState(/** @type {Picture[]} */ ([]));
  const add = async (/** @type {File[]} */ files) => {
    fail(null);
    for (const file of files) {
      try {
        const read = await readPicture(file);
        setList((old) => [...old, read].slice(0, MOST));
      } catch (error) {
        fail(/** @type {import("../parts/load.js").Failing} */ (error));
      }
    }
  };
  return {
    list,
    add,
    carry(event, carried) {
      const files = picturesIn(carried);
      if (!files.length) return;
      event.preventDefault();
      add(files);
    },
    leaveOut: (id) => setList((old) => old.filter((one) => one.id !== id)),
  };
}

/** @param {{pictures: Shelf}} props */
export function Pictures({ pictures }) {
  const picker = useRef(/** @type {HTMLInputElement | null} */ (null));
  const chosen = (/** @type {any} */ event) => {
    pictures.add([...event.currentTarget.files]);
    event.currentTarget.value = "";
  };
  return html`<div class="compare-pictures">
    ${pictures.list.map((one) => html`<span class="picture" key=${one.id}><img src=${one.url} alt=${one.name} />
      <button type="button" class="icon-button small" aria-label=${t("compare.leaveOutPicture", { name: one.name })}
        onClick=${() => pictures.leaveOut(one.id)}><${Icon} name="close" /></button></span>`)}
    <input class="visually-hidden" type="file" tabindex="-1" accept="image/*" multiple ref=${picker}
      aria-label=${t("compare.addPicture")} onChange=${chosen} />
    <button type="button" class="button quiet small" onClick=${() => picker.current?.click()}>
      <${Icon} name="image" />${t("compare.addPicture")}</button>
  </div>`;
}
