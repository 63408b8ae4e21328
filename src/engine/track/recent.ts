import { STATIONARY_WINDOW_MS } from '../../model/limits.js';
import type { PlanUnit } from '../../model/plan.js';
import { holeMs } from '../plan/plans.js';
import { firstAtOrAfter } from './fix-list.js';
import type { TrackPoint, UnitFold } from './fold.js';
import type { HeldFixes } from './held-fixes.js';
import type { PointColumns } from './point-columns.js';

/**
 * The believed positions of the last STATIONARY_WINDOW_MS, for telling whether a unit stands: those of its held fixes that are marked,
 * from `recentFromMs` of its fold to its last position. None from before a hole in the trace.
 */

/** Adds a position that has become believed; `before` is the last one until then. */
export function addRecent(
  fold: UnitFold,
  fixes: HeldFixes,
  point: TrackPoint,
  before: TrackPoint | null,
  unit: PlanUnit,
): void {
  const { eventTimeMs } = point;
  fixes.believe(eventTimeMs, point);
  if (before === null || eventTimeMs - before.eventTimeMs >= holeMs(unit)) {
    fold.recentFromMs = eventTimeMs;
    fold.recentCount = 1;
    return;
  }
  fold.recentCount += 1;
  forgetRecent(fold, fixes, eventTimeMs - STATIONARY_WINDOW_MS);
}

/** Forgets those from before an instant; the last one is not. */
export function forgetRecent(fold: UnitFold, fixes: HeldFixes, beforeMs: number): void {
  if (fold.recentFromMs >= beforeMs) return;
  let i = firstAtOrAfter(fixes, fold.recentFromMs);
  for (; fixes.timeMs(i) < beforeMs || !fixes.isBelieved(i); i += 1) if (fixes.isBelieved(i)) fold.recentCount -= 1;
  fold.recentFromMs = fixes.timeMs(i);
}

/** Which of them are asked for: of those of `(afterMs, beforeMs)` with a σ up to `mostSigmaM` the first of each `sampleMs`. */
interface Sampling {
  readonly afterMs: number;
  readonly beforeMs: number;
  readonly sampleMs: number;
  readonly mostSigmaM: number;
}

export const ALL_RECENT: Sampling = {
  afterMs: 0,
  beforeMs: Number.POSITIVE_INFINITY,
  sampleMs: 1,
  mostSigmaM: Number.POSITIVE_INFINITY,
};

/** Adds those that are asked for to columns, oldest first. */
export function sampleRecent(
  { recentFromMs, last }: UnitFold,
  fixes: HeldFixes,
  columns: PointColumns,
  { afterMs, beforeMs, sampleMs, mostSigmaM }: Sampling = ALL_RECENT,
): void {
  const endMs = Math.min(beforeMs, (last?.eventTimeMs ?? 0) + 1);
  let sample = Number.NEGATIVE_INFINITY;
  for (let i = firstAtOrAfter(fixes, Math.max(recentFromMs, afterMs + 1)); i < fixes.length; i += 1) {
    const atMs = fixes.timeMs(i);
    if (atMs >= endMs) return;
    const own = Math.floor(atMs / sampleMs);
    if (own === sample || !fixes.isBelieved(i)) continue;
    const point = fixes.pointAt(i);
    if (point.sigmaM > mostSigmaM) continue;
    sample = own;
    columns.add(point);
  }
}

/** All of them, oldest first. */
export function recentPoints({ recentFromMs, last }: UnitFold, fixes: HeldFixes): TrackPoint[] {
  const points: TrackPoint[] = [];
  if (last === null) return points;
  for (let i = firstAtOrAfter(fixes, recentFromMs); i < fixes.length && fixes.timeMs(i) <= last.eventTimeMs; i += 1)
    if (fixes.isBelieved(i)) points.push(fixes.pointAt(i));
  return points;
}
