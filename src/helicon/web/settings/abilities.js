// What a model can do, as values: each ability with whether it is there and, where it is not, why. Pure.

/**
 * @typedef {{name: string, engine: string, place: string, family: string, licence: string, origin: string,
 *   modes: string[], context: number | null, images: boolean, thinking: string | boolean, tools: boolean,
 *   json_schema: boolean, logprobs: boolean, slots: number | null,
 *   prices: {prompt: number, generated: number} | null,
 *   health: {ok: boolean, message: string, checked: number}, why: Record<string, string>}} Model
 */

export const ABILITIES = /** @type {const} */ (["thinking", "images", "tools", "json_schema", "logprobs"]);

/**
 * @param {Model} model
 * @returns {{name: typeof ABILITIES[number], on: boolean, why: string}[]}
 */
export const abilities = (model) => ABILITIES.map((name) => {
  const value = model[name];
  const on = Boolean(value) && value !== "none";
  return { name, on, why: on ? "" : model.why?.[name] ?? "" };
});
