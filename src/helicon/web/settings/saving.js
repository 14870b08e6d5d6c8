// Keep a preference at once, and say that it is kept.

import { useEffect, useRef, useState } from "../lib/ui.js";
import { savePreferences } from "../core/preferences.js";

/**
 * @returns {{save: (changes: Record<string, unknown>) => Promise<void>, saved: boolean,
 *   failure: import("../parts/load.js").Failing | null}}
 */
export function useSaving() {
  const [saved, setSaved] = useState(false);
  const [failure, setFailure] = useState(/** @type {import("../parts/load.js").Failing | null} */ (null));
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const save = async (/** @type {Record<string, unknown>} */ changes) => {
    setFailure(null);
    try {
      await savePreferences(changes);
      setSaved(true);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => setSaved(false), 2500);
    } catch (error) {
      setFailure(/** @type {import("../parts/load.js").Failing} */ (error));
    }
  };
  return { save, saved, failure };
}
