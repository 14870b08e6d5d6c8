// What is let through of foreign text: addresses to follow, pictures to show, characters that mislead.

const SCHEMES = new Set(["http:", "https:", "mailto:"]);

/**
 * The address that a link of foreign text may lead to, null where there is none. Only whole addresses of the
 * web and of mail: nothing relative (it would be one of this server), no script, data or file, no name and
 * password before the host (it would look like the host).
 *
 * @param {string} address
 */
export function safeUrl(address) {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !SCHEMES.has(url.protocol) || url.username || url.password) return null;
  return url.protocol === "mailto:" || url.hostname ? url.href : null;
}

/** Where an address of `safeUrl` leads, as people compare it: the host, or the mailbox. @param {string} address */
export function placeOf(address) {
  const url = new URL(address);
  return url.protocol === "mailto:" ? decode(url.pathname) : url.host;
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const NAMES_A_PLACE = /[\p{L}\p{N}_-]+(?:[.。．｡@][\p{L}\p{N}_-]+)+|:\/\//u;

/**
 * The place to write beside a link whose words name another one than it leads to; "" where they do not.
 * A host is compared as it is spelt in the address (`xn--...`), so letters of another script that look alike
 * are another name.
 *
 * @param {string} words
 * @param {string} address one of `safeUrl`
 */
export function pretended(words, address) {
  const place = placeOf(address);
  const named = NAMES_A_PLACE.exec(words);
  if (!named) return "";
  const said = words.trim().toLowerCase().replace(/^(?:https?:\/\/|mailto:)/, "");
  const bare = (/** @type {string} */ host) => host.toLowerCase().replace(/^www\./, "");
  const wanted = bare(place);
  const found = bare(said.split(/[/?#\s]/, 1)[0] ?? "");
  return found === wanted ? "" : place;
}

const RASTER = /^data:image\/(?:png|jpeg|gif|webp|avif|bmp);base64,[A-Za-z0-9+/\s]+={0,2}$/i;
const MAX_PICTURE = 8 * 2 ** 20;

/** Whether an address is a picture that travels in the text itself; drawings (SVG) are not. @param {string} address */
export const isPicture = (address) => address.length <= MAX_PICTURE && RASTER.test(address);

// Characters that are not seen but change what is: overrides and isolates of the writing direction, tags and
// variations that spell hidden words, other controls. Joiners and the marks U+200E, U+200F, U+061C stay:
// scripts need them.
const UNSEEN = new RegExp([
  "\\u{1f3f4}[\\u{e0000}-\\u{e007f}]+",
  "[\\u{e0000}-\\u{e007f}]+",
  "[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]{2,}",
  "[\\u202a-\\u202e\\u2066-\\u2069]",
  "\\r\\n?|[\\u2028\\u2029]",
  "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u200b\\u2060-\\u2065\\u206a-\\u206f\\ufeff\\ufff9-\\ufffb]",
].join("|"), "gu");
const MAYBE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]|\udb40/;
const FLAGS = new Set(["gbeng", "gbsct", "gbwls"]);

/** The letters that tags stand for. @param {string} tags */
const spelt = (tags) => [...tags]
  .map((one) => String.fromCodePoint(Math.max(0, (one.codePointAt(0) ?? 0) - 0xe0000) % 0x80))
  .join("")
  .replace(/[^ -~]/g, "");

/** Whether a text may hold something for `reveal`; quick, and never wrongly no. @param {string} text */
export const mayMislead = (text) => MAYBE.test(text);

/**
 * Foreign text with the characters that mislead made visible: `⟦U+202E⟧`, and hidden words spelt out.
 * Those without any effect (zero-width spaces, controls) are left out. For titles, file names and answers alike.
 *
 * @param {string} text
 */
export function reveal(text) {
  return mayMislead(text) ? text.replace(UNSEEN, shown) : text;
}

/** @param {string} found @returns {string} */
function shown(found) {
  const code = found.codePointAt(0) ?? 0;
  if (/^[\r\u2028\u2029]/.test(found)) return "\n";
  if (code === 0x1f3f4) {
    const tags = found.slice(2);
    return FLAGS.has(spelt(tags)) ? found : `\u{1f3f4}${shown(tags)}`;
  }
  if (code >= 0xe0100 || (code >= 0xfe00 && code <= 0xfe0f)) return "⟦U+E0100⟧";
  if (code >= 0xe0000) return `⟦U+E0000 ${spelt(found)}⟧`;
  const turns = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  return turns ? `⟦U+${code.toString(16).toUpperCase()}⟧` : "";
}
