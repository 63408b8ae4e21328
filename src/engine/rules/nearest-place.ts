import { signedDistanceM } from '../../geo/shape.js';
import type { AlertEvidence } from '../../model/alert.js';
import { NEAR_PLACE_M } from '../../model/limits.js';
import type { CompiledPlan, PlanPlace } from '../../model/plan.js';
import type { PositionE7 } from '../../model/position.js';

/**
 * The place of the plan that a position is in, or the nearest one within NEAR_PLACE_M, with the distance in whole metres; nothing where
 * none is so near. A checkpoint or a route says more than the zone around it.
 */
export function nearestPlace({ places, ruler }: CompiledPlan, position: PositionE7): AlertEvidence {
  let nearest: PlanPlace | null = null;
  let least = [2, 0];
  for (const place of places) {
    const distanceM = Math.max(0, signedDistanceM(ruler, place.shape, position));
    const rank = [place.kind === 'zone' ? 1 : 0, distanceM];
    if (distanceM > NEAR_PLACE_M || !isBefore(rank, least)) continue;
    nearest = place;
    least = rank;
  }
  return nearest === null ? {} : { nearPlace: nearest.id, nearPlaceM: metresOff(least[1] ?? 0) };
}

/** Zero says that the position is in the place. */
function metresOff(distanceM: number): number {
  return distanceM === 0 ? 0 : Math.max(1, Math.round(distanceM));
}

function isBefore([a = 0, b = 0]: readonly number[], [c = 0, d = 0]: readonly number[]): boolean {
  return a < c || (a === c && b < d);
}
