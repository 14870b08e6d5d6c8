// A component's data from the server: the newest request wins, a failure is kept in words.

import { useCallback, useEffect, useRef, useState } from "../lib/ui.js";

/** @typedef {{message: string, next?: string, status?: number}} Failing */

/**
 * Loads when `key` changes, and again by `reload`; what was loaded stays while more is on its way.
 * @template T
 * @param {() => Promise<T>} read
 * @param {string} key
 * @returns {{data: T | null, failure: Failing | null, loading: boolean, reload: () => void}}
 */
export function useLoad(read, key) {
  const [state, setState] = useState(/** @type {{data: T | null, failure: Failing | null, loading: boolean}} */ (
    { data: null, failure: null, loading: true }));
  const newest = useRef(0);
  const reload = useCallback(() => {
    const mine = ++newest.current;
    setState((old) => ({ ...old, loading: true }));
    read().then(
      (data) => { if (mine === newest.current) setState({ data, failure: null, loading: false }); },
      (failure) => { if (mine === newest.current) setState((old) => ({ ...old, failure, loading: false })); },
    );
  }, [key]);
  useEffect(() => {
    reload();
    return () => { newest.current += 1; };
  }, [reload]);
  return { ...state, reload };
}
