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
