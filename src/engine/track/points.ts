import { distanceM, type Ruler } from '../../geo/ruler.js';
import type { Fix } from '../../model/fix.js';
import { MAX_TRACK_SIGMA_M, TOP_SPEED_CMPS } from '../../model/limits.js';
import type { AreaE7, PlanUnit } from '../../model/plan.js';
import type { PositionE7 } from '../../model/position.js';
import type { TrackPoint } from './fold.js';
import { sigmaM } from './sigma.js';

/** Positions within this of 0° N 0° E are a receiver's zero, not a place, 1e-7 degree. */
const NULL_ISLAND_E7 = 1_000;

/** Why a fix says nothing of where the unit was. */
export type Unusable = 'no-position' | 'null-island' | 'not-located' | 'too-vague' | 'out-of-area';

/** @param area of the plan in force at its event time; none: anywhere */
export function pointOf(fix: Fix, area: AreaE7 | undefined): TrackPoint | Unusable {
  if (fix.position === null) return 'no-position';
  const { lngE7, latE7 } = fix.position;
  if (Math.abs(lngE7) <= NULL_ISLAND_E7 && Math.abs(latE7) <= NULL_ISLAND_E7) return 'null-island';
  const sigma = sigmaM(fix);
  if (sigma === null) return 'not-located';
  if (sigma > MAX_TRACK_SIGMA_M) return 'too-vague';
  if (area !== undefined && !isInArea(area, fix.position)) return 'out-of-area';
  return { eventTimeMs: fix.eventTimeMs, lngE7, latE7, sigmaM: sigma, speedCmps: fix.speedCmps };
}

export function isInArea({ westE7, southE7, eastE7, northE7 }: AreaE7, { lngE7, latE7 }: PositionE7): boolean {
  return lngE7 >= westE7 && lngE7 <= eastE7 && latE7 >= southE7 && latE7 <= northE7;
}

export function reachable(ruler: Ruler, from: TrackPoint, to: TrackPoint, unit: PlanUnit): boolean {
  return leastDistanceM(ruler, from, to) <= (topSpeedMps(unit) * (to.eventTimeMs - from.eventTimeMs)) / 1_000;
}

/** Accuracy-aware: both errors are granted before a speed is called impossible. Negative: they may be one place. */
export function leastDistanceM(ruler: Ruler, from: TrackPoint, to: TrackPoint): number {
  return distanceM(ruler, from, to) - from.sigmaM - to.sigmaM;
}

export function topSpeedMps({ kind }: PlanUnit): number {
  return TOP_SPEED_CMPS[kind] / 100;
}
