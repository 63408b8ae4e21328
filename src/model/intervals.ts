import type { Intervals } from './plan.js';

/** Arithmetic on sorted, disjoint, half-open intervals in flat arrays `[from0, to0, from1, to1, …]`. */

export function intersect(a: Intervals, b: Intervals): number[] {
  const out: number[] = [];
  if (a.length === 0 || b.length === 0) return out;
  let i = firstEndingAfter(a, at(b, 0));
  let j = firstEndingAfter(b, at(a, 0));
  while (i < a.length && j < b.length) {
    const from = Math.max(at(a, i), at(b, j));
    const to = Math.min(at(a, i + 1), at(b, j + 1));
    if (from < to) out.push(from, to);
    if (at(a, i + 1) < at(b, j + 1)) i += 2;
    else j += 2;
  }
  return out;
}

export function subtract(a: Intervals, b: Intervals): number[] {
  const out: number[] = [];
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let from = at(a, i);
    const to = at(a, i + 1);
    while (j < b.length && at(b, j + 1) <= from) j += 2;
    for (let k = j; k < b.length && at(b, k) < to; k += 2) {
      if (at(b, k) > from) out.push(from, at(b, k));
      from = Math.max(from, at(b, k + 1));
    }
    if (from < to) out.push(from, to);
  }
  return out;
}

/** Sorts and merges any list of intervals; touching ones become one. */
export function normalise(pairs: readonly (readonly [from: number, to: number])[]): number[] {
  const [first] = pairs;
  if (first === undefined) return [];
  if (pairs.length === 1) return first[0] < first[1] ? [...first] : [];
  const sorted = pairs.filter(([from, to]) => from < to).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const out: number[] = [];
  for (const [from, to] of sorted) {
    const last = out.length - 1;
    if (last > 0 && from <= at(out, last)) out[last] = Math.max(at(out, last), to);
    else out.push(from, to);
  }
  return out;
}

/** What is in any of them. */
export function unite(lists: readonly Intervals[]): number[] {
  return normalise(lists.flatMap(pairsOf));
}

/** Flat intervals as pairs. */
export function pairsOf(intervals: Intervals): [from: number, to: number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < intervals.length; i += 2) pairs.push([at(intervals, i), at(intervals, i + 1)]);
  return pairs;
}

/** Index of the interval that holds `t`, or -1. */
export function indexOfInterval(intervals: Intervals, t: number): number {
  const i = firstEndingAfter(intervals, t);
  return i < intervals.length && at(intervals, i) <= t ? i : -1;
}

export function contains(intervals: Intervals, t: number): boolean {
  return indexOfInterval(intervals, t) >= 0;
}

/** The first boundary (start or end) after `t`, or null. */
export function nextBoundary(intervals: Intervals, t: number): number | null {
  const i = firstEndingAfter(intervals, t);
  if (i >= intervals.length) return null;
  return at(intervals, i) > t ? at(intervals, i) : at(intervals, i + 1);
}

/** Flat index of the first interval whose end is after `t` (length when none). */
export function firstEndingAfter(intervals: Intervals, t: number): number {
  let low = 0;
  let high = intervals.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(intervals, 2 * middle + 1) > t) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}

function at(list: readonly number[], index: number): number {
  return list[index] as number;
}
