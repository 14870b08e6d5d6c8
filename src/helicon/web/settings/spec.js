// What a typed model spec is, judged while it is typed. Pure; the server has the last word
// (helicon.engines.spec), which also finds out whether the file or endpoint exists.

/**
 * `kind`: what it would be. `problem`: the key of a string under settings.models.add, empty when it can be sent.
 * @typedef {{kind: "" | "endpoint" | "file" | "hub" | "nano", problem: string, better?: string}} Judged
 */

const HOST = /^(localhost|\[[0-9a-f:.]+\]|[\w.-]+):(\d{1,5})(\/.*)?$/i;

/**
 * @param {string} text
 * @returns {Judged}
 */
export function judge(text) {
  const spec = text.trim();
  if (!spec) return { kind: "", problem: "empty" };
  if (/^https?:\/\//i.test(spec)) return endpoint(spec);
  if (/^[a-z][\w+.-]*:\/\//i.test(spec)) return { kind: "", problem: "scheme" };
  if (spec.startsWith("hf:")) {
    const named = /^hf:[\w.-]+\/[\w.-]+(:[^,]+)?(,.*)?$/.test(spec);
    return { kind: "hub", problem: named ? "" : "hub" };
  }
  if (/^nano(,.*)?$/.test(spec)) return { kind: "nano", problem: "" };
  if (HOST.test(spec)) return { kind: "endpoint", problem: "noScheme", better: `http://${spec}` };
  const place = spec.replace(/,\s*[A-Za-z_]+=.*$/, "");
  if (/\.(safetensors|pt|pth|bin|ckpt|onnx|ggml)$/i.test(place)) return { kind: "file", problem: "notGguf" };
  if (/\.gguf$/i.test(place)) return { kind: "file", problem: options(spec.slice(place.length)) };
  if (/^[\w.-]+\/[\w.-]+$/.test(spec)) return { kind: "hub", problem: "noPrefix", better: `hf:${spec}` };
  if (/^[./~]/.test(place)) return { kind: "file", problem: "notGguf" };
  return { kind: "", problem: "unknown" };
}

/** @param {string} spec @returns {Judged} */
function endpoint(spec) {
  const [place = "", name] = spec.split("#", 2);
  let url;
  try {
    url = new URL(place);
  } catch {
    return { kind: "endpoint", problem: "url" };
  }
  if (!url.hostname || url.port === "0") return { kind: "endpoint", problem: "url" };
  if (url.username || url.password) return { kind: "endpoint", problem: "password" };
  if (url.search) return { kind: "endpoint", problem: "query" };
  if (name === "") return { kind: "endpoint", problem: "noName" };
  return { kind: "endpoint", problem: "" };
}

/** Options behind a file's path: `,mmproj=FILE,ctx=TOKENS,slots=N`. @param {string} text */
function options(text) {
  for (const [, name = "", value = ""] of text.matchAll(/,\s*([A-Za-z_]+)=([^,]*)/g)) {
    const known = { mmproj: value !== "", ctx: whole(value, 256, 1 << 24), slots: whole(value, 1, 64) };
    if (!Object.hasOwn(known, name.toLowerCase())) return "option";
    if (!known[/** @type {keyof typeof known} */ (name.toLowerCase())]) return "optionValue";
  }
  return "";
}

/** @param {string} text @param {number} least @param {number} most */
const whole = (text, least, most) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most;
