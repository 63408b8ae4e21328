import type { Fix } from '../../model/fix.js';

/** Fixes by event time; copies of one instant stand side by side. */
export interface FixList {
  readonly length: number;
  /** So many of the first are folded for good: nothing joins them. */
  readonly behind: number;
  /** Event time of one. */
  timeMs(index: number): number;
  at(index: number): Fix;
}

/** An array of fixes by event time, of which none is folded for good. */
export function listOf(fixes: readonly Fix[]): FixList {
  const at = (index: number): Fix => fixes[index] as Fix;
  return { length: fixes.length, behind: 0, at, timeMs: (index) => at(index).eventTimeMs };
}

/** Index of the first fix from that event time on; the length if there is none. */
export function firstAtOrAfter(fixes: FixList, eventTimeMs: number): number {
  let low = 0;
  let high = fixes.length;
  // Most questions are about what has just come.
  if (high === 0 || fixes.timeMs(high - 1) < eventTimeMs) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fixes.timeMs(middle) < eventTimeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index behind the last copy of the instant of which `start` is a copy. */
export function endOfInstant(fixes: FixList, start: number): number {
  const atMs = fixes.timeMs(start);
  let end = start + 1;
  while (end < fixes.length && fixes.timeMs(end) === atMs) end += 1;
  return end;
}

/** The fixes `[start, end)`. */
export function fixesWithin(fixes: FixList, start: number, end: number): Fix[] {
  const found: Fix[] = [];
  for (let i = start; i < end; i += 1) found.push(fixes.at(i));
  return found;
}
