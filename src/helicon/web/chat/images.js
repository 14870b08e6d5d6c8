// Pictures for a question: read, made smaller where they are too large, kept as base64 until they are sent.

import { Failure } from "../core/api.js";
import { newId } from "../core/actions.js";
import { t } from "../core/i18n.js";
import { session } from "../core/state.js";

/** @typedef {import("../core/types.js").Picture} Picture */

const KINDS = ["image/png", "image/jpeg", "image/webp", "image/gif"];
/** Longest side; more than any model reads. */
const LONGEST = 2048;
export const MOST = 8;

/** @param {Blob} blob @returns {Promise<string>} */
const base64 = (blob) => new Promise((done, fail) => {
  const reader = new FileReader();
  reader.onload = () => done(String(reader.result).split(",", 2)[1] ?? "");
  reader.onerror = () => fail(reader.error);
  reader.readAsDataURL(blob);
});

/** @param {Blob} blob @param {ImageBitmap} bitmap @returns {Promise<Blob>} */
async function smaller(blob, bitmap) {
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const made = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.9); });
  return made instanceof Blob ? made : blob;
}

/** @param {File} file @returns {Promise<Picture>} */
export async function readPicture(file) {
  const name = file.name || t("chat.image");
  const bitmap = await createImageBitmap(file).catch(() => null);
  if (!bitmap) throw new Failure(t("image.unreadable", { name }), { next: t("image.kinds") });
  const limit = session.value?.limits.max_image ?? 10 * 2 ** 20;
  const large = Math.max(bitmap.width, bitmap.height) > LONGEST || file.size > limit;
  const blob = large || !KINDS.includes(file.type) ? await smaller(file, bitmap) : file;
  bitmap.close();
  if (blob.size > limit) throw new Failure(t("image.large", { name }), { next: t("image.large.next") });
  return { id: newId(), name, media_type: blob.type, data: await base64(blob), url: URL.createObjectURL(blob) };
}

/** The picture files of a paste or a drop. @param {DataTransfer|null} carried */
export const picturesIn = (carried) => [...(carried?.files ?? [])].filter((file) => file.type.startsWith("image/"));
