import { MAX_FENCE_SIGMA_M } from '../../model/limits.js';
import type { PlanUnit } from '../../model/plan.js';
import { silentAfterMs } from '../plan/plans.js';
import type { PlaceTrack, TrackPoint, UnitFold } from './fold.js';
import type { TrackScope } from './slice.js';

/** `seen-once`: fences have had one position since it was out of sight, which may be one that the receiver had kept; or the latest
 * cannot be reached from the last believed. */
export type Sight = 'in-sight' | 'seen-once' | 'out-of-sight';

/** Whether fences can use a position: it is sure enough to enter or to exit a place. */
export function isUsable({ sigmaM }: TrackPoint): boolean {
  return sigmaM <= MAX_FENCE_SIGMA_M;
}

/** Event time of the last position that the unit's being in the place rests on. */
export function supportOf({ agreedMs }: PlaceTrack, lastFence: TrackPoint | null): number {
  return Math.max(lastFence?.eventTimeMs ?? 0, agreedMs ?? 0);
}

/** Whether the unit's latest position that fences can use is too old to say where it is. */
export function isOutOfSight(state: TrackScope, unit: PlanUnit): boolean {
  const last = state.units.get(unit.id)?.head?.lastFence ?? null;
  return last === null || state.nowMs - last.eventTimeMs >= silentAfterMs(unit);
}

/** How much the unit's latest position says of where it is at the engine's clock. */
export function sightOf(state: TrackScope, unit: PlanUnit): Sight {
  const fold = state.units.get(unit.id)?.head ?? null;
  if (fold === null || isOutOfSight(state, unit)) return 'out-of-sight';
  if (fold.candidates.length > 0) return 'seen-once';
  return isSeenOnce(fold) || (fold.holes.at(-1)?.to.eventTimeMs ?? 0) >= state.nowMs ? 'seen-once' : 'in-sight';
}

/** Whether fences have had one position only since the unit was last out of sight. */
export function isSeenOnce({ holes, lastFence }: UnitFold): boolean {
  const hole = holes.at(-1);
  return hole !== undefined && hole.to.eventTimeMs === hole.firstMs && hole.firstMs === lastFence?.eventTimeMs;
}
