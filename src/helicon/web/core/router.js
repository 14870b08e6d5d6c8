// Fragment routes: `#/c/ID`, `#/compare`, `#/settings/models`. A URL opens things; it never sends any.

import { signal } from "../lib/ui.js";

/** @typedef {{name: string, rest: string[], params: URLSearchParams}} Route */

/** @returns {Route} */
function read() {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name = "", ...rest] = path.split("/").map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { name, rest, params: new URLSearchParams(query) };
}

export const route = signal(read());
addEventListener("hashchange", () => { route.value = read(); });

/**
 * Show another route.
 *
 * @param {string} path such as "/c/123"
 * @param {{replace?: boolean}} [how] `replace`: the back button skips what was shown
 */
export function go(path, { replace = false } = {}) {
  const hash = `#${path}`;
  if (location.hash === hash || (path === "/" && !location.hash)) {
    route.value = read();
    return;
  }
  if (!replace) {
    location.hash = hash;
    return;
  }
  history.replaceState(null, "", hash);
  route.value = read();
}
