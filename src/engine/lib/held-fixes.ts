import type { Fix } from '../../model/fix.js';
import type { UnitState } from '../state.js';

/** Index of the first fix from that event time on, of fixes by event time. */
export function firstAtOrAfter(fixes: readonly Fix[], eventTimeMs: number): number {
  let low = 0;
  let high = fixes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((fixes[middle] as Fix).eventTimeMs < eventTimeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Checkpoints that have folded anything from this event time on no longer hold. */
export function changeFrom(unit: UnitState, atMs: number): void {
  if (unit.changedFromMs === null || atMs < unit.changedFromMs) unit.changedFromMs = atMs;
}
