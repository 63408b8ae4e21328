import { intersect, normalise } from '../model/intervals.js';
import type { Intervals } from '../model/plan.js';

/** One stretch of time `[fromMs, toMs)`. */
export type Span = readonly [fromMs: number, toMs: number];

/** The length of all of them together, ms. */
export function lengthMs(intervals: Intervals): number {
  let sum = 0;
  for (let i = 0; i < intervals.length; i += 2) sum += (intervals[i + 1] as number) - (intervals[i] as number);
  return sum;
}

export function spansOf(intervals: Intervals): Span[] {
  const spans: Span[] = [];
  for (let i = 0; i < intervals.length; i += 2) spans.push([intervals[i] as number, intervals[i + 1] as number]);
  return spans;
}

/** Every instant that lies in at least one of the lists. */
export function union(...lists: readonly Intervals[]): number[] {
  return normalise(lists.flatMap(spansOf));
}

/** How much of `a` lies in `b`, ms. */
export function overlapMs(a: Intervals, b: Intervals): number {
  return lengthMs(intersect(a, b));
}
