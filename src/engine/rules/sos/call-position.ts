import type { CompiledPlan, PlanUnit } from '../../../model/plan.js';
import { trackFix, trackPoint } from '../../track/believe.js';
import { countingCopy } from '../../track/copies.js';
import { endOfInstant, fixesWithin } from '../../track/fix-list.js';
import { cloneFold, createFold, type TrackPoint } from '../../track/fold.js';
import type { UnitState } from '../../track/unit.js';

/** Where help is to go. */
export interface CallPosition {
  /** The call's own position if it can be believed, else the last believed one before; null: none is known. */
  readonly point: TrackPoint | null;
  /** What the call's own fix says, where that cannot be believed; null: it can, or it says nothing. */
  readonly doubted: TrackPoint | null;
}

/**
 * @param own what the fix that called says, whether inside the district's area or not: a pursuit may leave it, a fault lies thousands of
 * kilometres off, and what can be reached tells them apart
 * @param atMs of the call
 */
export function whereCalled(
  own: TrackPoint | null,
  o: {
    readonly unit: UnitState;
    readonly planned: PlanUnit;
    readonly plan: CompiledPlan;
    readonly atMs: number;
  },
): CallPosition {
  const { unit, planned, plan, atMs } = o;
  const fold = createFold();
  const { last, candidates } = unit.base;
  // A base that is later than the call knows nothing of the time before.
  if (last !== null && last.eventTimeMs <= atMs) Object.assign(fold, { last, candidates: [...candidates] });
  const { fixes } = unit;
  let start = fixes.behind;
  const foldUpTo = (untilMs: number): void => {
    while (start < fixes.length && fixes.timeMs(start) <= untilMs) {
      const end = endOfInstant(fixes, start);
      trackFix(fold, countingCopy(fixesWithin(fixes, start, end), fold.last, planned, plan), planned, plan);
      start = end;
    }
  };
  foldUpTo(atMs - 1);
  if (own !== null) {
    const believed = trackPoint(cloneFold(fold), { ...own, eventTimeMs: atMs }, planned, plan.ruler);
    if (believed.length > 0) return { point: own, doubted: null };
  }
  foldUpTo(atMs);
  return { point: fold.last, doubted: own };
}
