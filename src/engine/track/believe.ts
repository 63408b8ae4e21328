import type { Ruler } from '../../geo/ruler.js';
import type { Fix } from '../../model/fix.js';
import { OUTLIER_RUN } from '../../model/limits.js';
import type { CompiledPlan, PlanUnit } from '../../model/plan.js';
import type { FoldCounts, TrackPoint, UnitFold } from './fold.js';
import { pointOf, reachable, type Unusable } from './points.js';

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
  if (typeof point !== 'string') return trackPoint(fold, point, unit, ruler);
  fold.counts[COUNT_OF[point]] += 1;
  return [];
}

/** The same of a fix that says where the unit was. */
export function trackPoint(fold: UnitFold, point: TrackPoint, unit: PlanUnit, ruler: Ruler): readonly TrackPoint[] {
  if (fold.last === null || reachable(ruler, fold.last, point, unit)) {
    if (fold.candidates.length > 0) fold.candidates = [];
    return [believe(fold, point)];
  }
  fold.counts.outlier += 1;
  const previous = fold.candidates.at(-1);
  if (previous === undefined || !reachable(ruler, previous, point, unit)) fold.candidates = [point];
  else fold.candidates.push(point);
  if (fold.candidates.length < OUTLIER_RUN) return [];
  const run = fold.candidates;
  fold.candidates = [];
  fold.counts.outlier -= run.length;
  return run.map((candidate) => believe(fold, candidate));
}

const COUNT_OF = {
  'no-position': 'noPosition',
  'null-island': 'nullIsland',
  'not-located': 'notLocated',
  'too-vague': 'tooVague',
  'out-of-area': 'outOfArea',
} as const satisfies Readonly<Record<Unusable, keyof FoldCounts>>;

function believe(fold: UnitFold, point: TrackPoint): TrackPoint {
  fold.counts.admitted += 1;
  fold.last = point;
  return point;
}
