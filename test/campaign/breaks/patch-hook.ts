import type { LoadFnOutput, LoadHookContext } from 'node:module';
import { type Patch, patched } from './source-patches.js';

/** A module loader hook: compiled modules of `src/` are loaded with their patches applied. */

let patches: readonly Patch[] = [];

export function initialize(data: readonly Patch[]): void {
  patches = data;
}

export async function load(
  url: string,
  context: LoadHookContext,
  nextLoad: (url: string, context: LoadHookContext) => Promise<LoadFnOutput>,
): Promise<LoadFnOutput> {
  const loaded = await nextLoad(url, context);
  const mine = patches.filter(({ module }) => url.endsWith(`/src/${module}`));
  if (mine.length === 0) return loaded;
  return { ...loaded, source: mine.reduce(patched, textOf(loaded.source)) };
}

function textOf(source: LoadFnOutput['source']): string {
  if (typeof source === 'string') return source;
  return source === undefined || source === null ? '' : new TextDecoder().decode(source);
}
