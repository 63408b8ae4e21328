import type { Intervals } from '../model/plan.js';

/** Sorted, disjoint and merged (touching intervals become one); empty ones are dropped. */
export function mergeIntervals(pairs: readonly (readonly [from: number, to: number])[]): Intervals {
  const sorted = pairs.filter(([from, to]) => from < to).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const merged: number[] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last === undefined || from > last) merged.push(from, to);
    else if (to > last) merged[merged.length - 1] = to;
  }
  return merged;
}

export function unionIntervals(lists: readonly Intervals[]): Intervals {
  return mergeIntervals(lists.flatMap(pairsOf));
}

export function intersectIntervals(a: Intervals, b: Intervals): Intervals {
  const result: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [aTo, bTo] = [a[i + 1] ?? 0, b[j + 1] ?? 0];
    const from = Math.max(a[i] ?? 0, b[j] ?? 0);
    const to = Math.min(aTo, bTo);
    if (from < to) result.push(from, to);
    if (aTo <= bTo) i += 2;
    else j += 2;
  }
  return result;
}

/** What of `a` is not in `b`. */
export function subtractIntervals(a: Intervals, b: Intervals): Intervals {
  const result: [number, number][] = [];
  let j = 0;
  for (const [from, to] of pairsOf(a)) {
    let start = from;
    while (j < b.length && (b[j + 1] ?? 0) <= start) j += 2;
    for (let k = j; k < b.length && (b[k] ?? 0) < to; k += 2) {
      result.push([start, b[k] ?? 0]);
      start = Math.max(start, b[k + 1] ?? 0);
    }
    result.push([start, to]);
  }
  return mergeIntervals(result);
}

export function pairsOf(intervals: Intervals): [from: number, to: number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i + 1 < intervals.length; i += 2) pairs.push([intervals[i] ?? 0, intervals[i + 1] ?? 0]);
  return pairs;
}
