/** A place in a compiled module, and what stands there instead while it is loaded. */
export interface Patch {
  /** Below the compiled `src/`. */
  readonly module: string;
  /** Found exactly once, whatever its white space. */
  readonly find: string;
  readonly replace: string;
}

/** A protection that is taken away by loading its modules otherwise than they are written. */
export interface SourceBreak {
  /** What is true without it. */
  readonly what: string;
  readonly patches: readonly Patch[];
}

/** The source with the place replaced; throws when it is not there exactly once. */
export function patched(source: string, { module, find, replace }: Patch): string {
  const words = find.trim().split(/\s+/);
  const pattern = new RegExp(words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('\\s+'), 'g');
  const found = source.match(pattern)?.length ?? 0;
  if (found !== 1) throw new Error(`${module}: got ${found} places with ${JSON.stringify(find)}, expected one`);
  return source.replace(pattern, () => replace);
}
