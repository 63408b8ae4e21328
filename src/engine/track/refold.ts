import type { TrackScope } from './slice.js';
import type { UnitState } from './unit.js';

/** Units with fixes from that event time on are folded again at the next settling instant: another plan judges them. */
export function refoldFrom({ units, dirtyUnits }: TrackScope, fromMs: number): void {
  for (const unit of units.values()) {
    if (unit.fixes.length === unit.fixes.behind || unit.fixes.lastMs < fromMs) continue;
    unit.head = null;
    unit.folded = unit.fixes.behind;
    unit.standing = null;
    changeFrom(unit, fromMs);
    dirtyUnits.add(unit.id);
  }
}

/** Checkpoints that have folded anything from this event time on no longer hold. */
export function changeFrom(unit: UnitState, atMs: number): void {
  if (unit.changedFromMs === null || atMs < unit.changedFromMs) unit.changedFromMs = atMs;
}
