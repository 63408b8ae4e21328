/** The entries of a map by key, so that equal maps give equal lists, however they were filled. */
export function sortedEntries<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Drops what is not wanted, in place. */
export function keep<T>(list: T[], wanted: (item: T) => boolean): void {
  let kept = 0;
  for (const item of list) {
    if (!wanted(item)) continue;
    list[kept] = item;
    kept += 1;
  }
  list.length = kept;
}
