import { reconcile, type Span } from './reconcile.js';

/** What two folds found of one topic. */
export interface Pairing<Theirs, Mine> {
  /** Both have it, whatever they say of it. */
  readonly both: readonly (readonly [Theirs, Mine])[];
  readonly onlyMine: readonly Mine[];
  /** With the one of mine that swallowed it. */
  readonly onlyTheirs: readonly (readonly [Theirs, Mine | null])[];
}

interface Known extends Span {
  readonly id: string;
}

/** Each list is sorted by age. By id where both know it, else by overlap (E5). */
export function pairUp<Theirs, Mine>(
  theirs: readonly Theirs[],
  mine: readonly Mine[],
  knownTheirs: (one: Theirs) => Known,
  knownMine: (one: Mine) => Known,
): Pairing<Theirs, Mine> {
  const both: [Theirs, Mine][] = [];
  const mineById = new Map(mine.map((one) => [knownMine(one).id, one]));
  const left: Theirs[] = [];
  for (const one of theirs) {
    const { id } = knownTheirs(one);
    const same = mineById.get(id);
    if (same === undefined) left.push(one);
    else both.push([one, same]);
    mineById.delete(id);
  }
  const right = mine.filter((one) => mineById.has(knownMine(one).id));
  const { kept, dropped, fresh } = reconcile(left.map(knownTheirs), right.map(knownMine));
  const mineAt = (r: number): Mine => right[r] as Mine;
  for (const [l, r] of kept) both.push([left[l] as Theirs, mineAt(r)]);
  return {
    both,
    onlyMine: fresh.map(mineAt),
    onlyTheirs: dropped.map(([l, into]) => [left[l] as Theirs, into === null ? null : mineAt(into)] as const),
  };
}

/** Last versions by id, oldest first, by the key of the book that they belong to. */
export function booksOf<Version extends { readonly transition: number }>(
  versions: readonly Version[],
  idOf: (version: Version) => string,
  keyOf: (version: Version) => string,
): ReadonlyMap<string, readonly Version[]> {
  const last = new Map<string, Version>();
  for (const version of [...versions].sort((a, b) => a.transition - b.transition)) last.set(idOf(version), version);
  const books = new Map<string, Version[]>();
  for (const version of last.values()) {
    const key = keyOf(version);
    const book = books.get(key);
    if (book === undefined) books.set(key, [version]);
    else book.push(version);
  }
  return books;
}
