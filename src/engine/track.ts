import { distanceM, type Ruler } from '../geo/ruler.js';
import type { Fix } from '../model/fix.js';
import { OUTLIER_RUN, STATIONARY_WINDOW_MS, TOP_SPEED_CMPS } from '../model/limits.js';
import type { AreaE7, CompiledPlan, PlanUnit } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import { holeMs } from './lib/plans.js';
import { sigmaM } from './lib/sigma.js';
import type { FoldCounts, TrackPoint, UnitFold } from './state.js';

/** Positions within this of 0° N 0° E are a receiver's zero, not a place (domain 2.0), 1e-7 degree. */
const NULL_ISLAND_E7 = 1_000;

/**
 * Which positions to believe. A position that the unit cannot have reached is an outlier until OUTLIER_RUN in a row agree
 * with each other; then all of them are believed. Answers the points that became believed, oldest first.
 */
export function trackFix(
  fold: UnitFold,
  fix: Fix,
  unit: PlanUnit,
  { ruler, area }: Pick<CompiledPlan, 'ruler' | 'area'>,
): readonly TrackPoint[] {
  const point = pointOf(fix, area);
  if (typeof point === 'string') {
    fold.counts[COUNT_OF[point]] += 1;
    return [];
  }
  if (fold.last === null || reachable(ruler, fold.last, point, unit)) {
    fold.candidates = [];
    return [believe(fold, point, unit)];
  }
  fold.counts.outlier += 1;
  const previous = fold.candidates.at(-1);
  if (previous === undefined || !reachable(ruler, previous, point, unit)) fold.candidates = [point];
  else fold.candidates.push(point);
  if (fold.candidates.length < OUTLIER_RUN) return [];
  const run = fold.candidates;
  fold.candidates = [];
  fold.counts.outlier -= run.length;
  return run.map((candidate) => believe(fold, candidate, unit));
}

/** Why a fix says nothing of where the unit was. */
export type Unusable = 'no-position' | 'null-island' | 'not-located' | 'out-of-area';
const COUNT_OF = {
  'no-position': 'noPosition',
  'null-island': 'nullIsland',
  'not-located': 'notLocated',
  'out-of-area': 'outOfArea',
} as const satisfies Readonly<Record<Unusable, keyof FoldCounts>>;

/** @param area of the plan in force at its event time; none: anywhere */
export function pointOf(fix: Fix, area: AreaE7 | undefined): TrackPoint | Unusable {
  if (fix.position === null) return 'no-position';
  const { lngE7, latE7 } = fix.position;
  if (Math.abs(lngE7) <= NULL_ISLAND_E7 && Math.abs(latE7) <= NULL_ISLAND_E7) return 'null-island';
  const sigma = sigmaM(fix);
  if (sigma === null) return 'not-located';
  if (area !== undefined && !isInArea(area, fix.position)) return 'out-of-area';
  return { fix, eventTimeMs: fix.eventTimeMs, lngE7, latE7, sigmaM: sigma };
}

function isInArea({ westE7, southE7, eastE7, northE7 }: AreaE7, { lngE7, latE7 }: PositionE7): boolean {
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

function believe(fold: UnitFold, point: TrackPoint, unit: PlanUnit): TrackPoint {
  const { last } = fold;
  if (last !== null && point.eventTimeMs - last.eventTimeMs >= holeMs(unit)) {
    fold.holes.push({ from: last, to: point });
    fold.recent = [];
  }
  fold.counts.admitted += 1;
  fold.last = point;
  fold.recent.push(point);
  const oldest = point.eventTimeMs - STATIONARY_WINDOW_MS;
  let drop = 0;
  while ((fold.recent[drop] as TrackPoint).eventTimeMs < oldest) drop += 1;
  if (drop > 0) fold.recent.splice(0, drop);
  return point;
}
