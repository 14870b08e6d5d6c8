// What a component is made of, in one place: Preact, its hooks, signals, and `html` for templates.
//
//   import { html, signal } from "../lib/ui.js";
//   const count = signal(0);
//   const Counter = () => html`<button onClick=${() => count.value++}>${count}</button>`;
//
// A component that reads a signal's `value` is drawn anew when it changes; a signal put into a template
// as it is changes its own text node only. `lib/preact.js` has no way left to turn a string into HTML.

import { Component, Fragment, cloneElement, createContext, createRef, h, render, toChildArray } from "./preact.js";
import htm from "./htm.js";

export { Component, Fragment, cloneElement, createContext, createRef, h, render, toChildArray };
export {
  useCallback, useContext, useEffect, useErrorBoundary, useId, useImperativeHandle, useLayoutEffect, useMemo,
  useReducer, useRef, useState,
} from "./hooks.js";
export {
  Signal, batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect,
} from "./signals.js";

/** A template of nodes: `html\`<p class=${name}>${children}</p>\``. Values are text or nodes, never HTML. */
export const html = htm.bind(h);

/**
 * A component that is drawn anew only when a property has changed (or, with `same`, when it says so).
 *
 * @template {object} P
 * @param {(properties: P) => import("./preact.js").ComponentChildren} draw
 * @param {(before: P, after: P) => boolean} [same]
 */
export function memo(draw, same = alike) {
  return class Memo extends /** @type {new (properties: P) => Component<P>} */ (Component) {
    /** @param {any} next */
    shouldComponentUpdate(next) {
      return !same(this.props, next);
    }

    render() {
      return h(/** @type {any} */ (draw), this.props);
    }
  };
}

/**
 * @param {object} one
 * @param {object} other
 */
function alike(one, other) {
  const left = Object.entries(one);
  const right = /** @type {Record<string, unknown>} */ (other);
  return left.length === Object.keys(other).length && left.every(([name, value]) => Object.is(value, right[name]));
}
