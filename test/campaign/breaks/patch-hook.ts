import { appendFileSync } from 'node:fs';
import type { LoadFnOutput, LoadHookContext } from 'node:module';
import { messageOf } from '../../../src/model/errors.js';
import { type Patch, patched } from './patch.js';

/** A module loader hook: compiled modules of `src/` are loaded with their patches applied. */

export interface HookData {
  readonly patches: readonly Patch[];
  /** A file that gets a line of JSON for each module with patches, null: none. */
  readonly marks: string | null;
}

/** What became of the patches of a module in a process that loaded it. */
export interface Mark {
  readonly module: string;
  /** Why they could not be applied. */
  readonly fault: string | null;
}

let data: HookData = { patches: [], marks: null };

export function initialize(given: HookData): void {
  data = given;
}

export async function load(
  url: string,
  context: LoadHookContext,
  nextLoad: (url: string, context: LoadHookContext) => Promise<LoadFnOutput>,
): Promise<LoadFnOutput> {
  const loaded = await nextLoad(url, context);
  const mine = data.patches.filter(({ module }) => url.endsWith(`/src/${module}`));
  const [first] = mine;
  if (first === undefined) return loaded;
  try {
    const source = mine.reduce(patched, textOf(loaded.source));
    mark({ module: first.module, fault: null });
    return { ...loaded, source };
  } catch (error) {
    mark({ module: first.module, fault: messageOf(error) });
    throw error;
  }
}

function mark(one: Mark): void {
  if (data.marks !== null) appendFileSync(data.marks, `${JSON.stringify(one)}\n`);
}

function textOf(source: LoadFnOutput['source']): string {
  if (typeof source === 'string') return source;
  return source === undefined || source === null ? '' : new TextDecoder().decode(source);
}
