import { register } from 'node:module';
import { isModelBreak, MODEL_BREAKS, type ModelBreak } from './model-breaks.js';
import { isSourceBreak, SOURCE_BREAKS } from './source-patches.js';

/** Every mechanism that `--break` can take away, and what is then true instead. */
export const BREAKS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(MODEL_BREAKS),
  ...Object.entries(SOURCE_BREAKS).map(([name, { what }]): [string, string] => [name, what]),
]);

/**
 * Takes a mechanism away in this process, before the engine is imported. Answers what the model is to leave out; throws on an
 * unknown name.
 */
export function takeAway(name: string | null): ModelBreak | null {
  if (name === null) return null;
  if (isModelBreak(name)) return name;
  if (!isSourceBreak(name)) throw new Error(`got ${name}, expected one of ${[...BREAKS.keys()].join(', ')}`);
  const data = SOURCE_BREAKS[name].patches;
  register('./patch-hook.js', { parentURL: import.meta.url, data });
  return null;
}
