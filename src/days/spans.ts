import type { Intervals } from '../model/plan.js';

/** Flat intervals as pairs. */
export function pairsOf(intervals: Intervals): [fromMs: number, toMs: number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < intervals.length; i += 2) pairs.push([intervals[i] as number, intervals[i + 1] as number]);
  return pairs;
}
