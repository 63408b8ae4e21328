import { nextBoundary } from '../../model/intervals.js';
import type { Intervals } from '../../model/plan.js';
import { SETTLE_MS } from '../../model/limits.js';

/** The first settling instant after `t`. */
export function nextSettleMs(t: number): number {
  return Math.floor(t / SETTLE_MS) * SETTLE_MS + SETTLE_MS;
}

/** The first settling instant at or after `t`. */
export function settleAtOrAfterMs(t: number): number {
  return Math.ceil(t / SETTLE_MS) * SETTLE_MS;
}

/** The earlier of two instants; null: never. */
export function earlier(a: number | null, b: number | null): number | null {
  if (a === null) return b;
  return b === null || a < b ? a : b;
}

/** When a stretch begins or ends next; what begins or ends right now shows a moment later. */
export function nextChangeMs(intervals: Intervals, nowMs: number): number | null {
  const atMs = nextBoundary(intervals, nowMs - 1);
  return atMs === nowMs ? nowMs + 1 : atMs;
}
