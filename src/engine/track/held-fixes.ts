import type { Fix } from '../../model/fix.js';
import type { TrackScope } from './slice.js';
import type { UnitState } from './unit.js';

/** Index of the first fix from that event time on, of fixes by event time. */
export function firstAtOrAfter(fixes: readonly Fix[], eventTimeMs: number): number {
  let low = 0;
  let high = fixes.length;
  // Most questions are about what has just come.
  if (high === 0 || (fixes[high - 1] as Fix).eventTimeMs < eventTimeMs) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((fixes[middle] as Fix).eventTimeMs < eventTimeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Units with fixes from that event time on are folded again at the next settling instant: another plan judges them. */
export function refoldFrom({ units, dirtyUnits }: TrackScope, fromMs: number): void {
  for (const unit of units.values()) {
    if ((unit.fixes.at(-1)?.eventTimeMs ?? 0) < fromMs) continue;
    unit.head = null;
    unit.folded = 0;
    unit.standing = null;
    changeFrom(unit, fromMs);
    dirtyUnits.add(unit.id);
  }
}

/** Checkpoints that have folded anything from this event time on no longer hold. */
export function changeFrom(unit: UnitState, atMs: number): void {
  if (unit.changedFromMs === null || atMs < unit.changedFromMs) unit.changedFromMs = atMs;
}
