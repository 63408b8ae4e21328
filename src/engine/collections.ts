/** The entries of a map by key, so that equal maps give equal lists, however they were filled. */
export function sortedEntries<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Ids in order. Most lists of ids are short, or in order already. */
export function sortedIds(ids: Iterable<string>): string[] {
  const list = [...ids];
  for (let i = 1; i < list.length; i += 1)
    if ((list[i - 1] as string) > (list[i] as string)) return list.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return list;
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
