import { register } from 'node:module';
import { ARCHIVE_BREAKS, isArchiveBreak } from './archive-breaks.js';
import { isModelBreak, MODEL_BREAKS, type ModelBreak } from './model-breaks.js';
import type { SourceBreak } from './patch.js';
import type { HookData } from './patch-hook.js';
import { isSourceBreak, SOURCE_BREAKS } from './source-patches.js';
import { TESTED_BREAKS } from './tested-breaks.js';

/** Every mechanism whose lack a seed of the campaign shows, and what is then true instead. */
export const SEED_BREAKS: ReadonlyMap<string, string> = new Map([
  ...Object.entries(MODEL_BREAKS),
  ...Object.entries({ ...SOURCE_BREAKS, ...ARCHIVE_BREAKS }).map(([name, { what }]): [string, string] => [name, what]),
]);

/** Every mechanism that `--break` can take away. */
export const BREAKS: ReadonlyMap<string, string> = new Map([
  ...SEED_BREAKS,
  ...Object.entries(TESTED_BREAKS).map(([name, { what }]): [string, string] => [name, what]),
]);

/**
 * Takes a mechanism away in this process, before what it belongs to is imported. Answers what the model is to leave out;
 * throws on an unknown name. `marks`: the file that learns which modules were patched.
 */
export function takeAway(name: string | null, marks: string | null = null): ModelBreak | null {
  if (name === null) return null;
  if (isModelBreak(name)) return name;
  const found: SourceBreak | undefined = isArchiveBreak(name)
    ? ARCHIVE_BREAKS[name]
    : isSourceBreak(name)
      ? SOURCE_BREAKS[name]
      : TESTED_BREAKS[name];
  if (found === undefined) throw new Error(`got ${name}, expected one of ${[...BREAKS.keys()].join(', ')}`);
  const data: HookData = { patches: found.patches, marks };
  register('./patch-hook.js', { parentURL: import.meta.url, data });
  return null;
}
