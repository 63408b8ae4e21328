import { distanceM, type Ruler } from '../../geo/ruler.js';
import { STATIONARY_RADIUS_M, STATIONARY_WINDOW_MS } from '../../model/limits.js';
import type { PlanUnit } from '../../model/plan.js';
import type { PositionE7 } from '../../model/position.js';
import { holeMs } from '../plan/plans.js';
import type { Stand, TrackPoint, UnitFold } from './fold.js';
import type { HeldFixes } from './held-fixes.js';
import { PointColumns } from './point-columns.js';
import { ALL_RECENT, sampleRecent } from './recent.js';
import { middleOf } from './stationary.js';

/** A stand ends when the unit is beyond doubt further than this from where it stood, for MOVED_MS. */
const MOVED_M = 100;
/** A unit that is further than MOVED_M for this long has moved; so has one that is outside the disc at all for STATIONARY_WINDOW_MS. */
const MOVED_MS = 60_000;
/** Later positions say where a stand is, and whether the unit had come to it, until it is this old; they look back so far. */
const YOUNG_MS = 60_000;
const LOOK_BACK_MS = 120_000;
/** What a position may lie off the middle of a young stand beyond its σ, and twice that the latest off the first, metres. */
const YOUNG_M = 5;
/** The share of positions that must lie so near: one multipath burst must not put off the start. */
const STAYED_SHARE = 0.75;
/** A next stand ends the one before when it lies beyond the disc by this many σ: a parked car's receiver wanders for minutes. */
const ELSEWHERE_SIGMAS = 3;
/** Positions closer together than this are one for the start of a stand: no unit is asked to report more often. */
const SAMPLE_MS = 4_000;
/**
 * Shorter stands are not kept, and one that lasts as long ends the one before: a minute less a report, for no position tells when
 * the unit came to rest or went on. No plan may ask for less than a minute.
 */
const KEPT_STAND_MS = 50_000;

/**
 * Where the unit stood still and how long, by believed positions in event-time order. The inner length counts: from the
 * first to the last position in the disc; a hole in the trace ends a stand, since nobody saw it go on. So does the next stand, once it
 * has lasted: a van's next stop may lie in the next street.
 */
export function standPoint(
  fold: UnitFold,
  fixes: HeldFixes,
  previous: TrackPoint | null,
  point: TrackPoint,
  unit: PlanUnit,
  ruler: Ruler,
): void {
  const stand = fold.stands.at(-1);
  if (stand === undefined || stand.endedAtMs !== null) {
    fold.stands.push(youngStand(fold, fixes, point, ruler));
    return;
  }
  if (previous !== null && point.eventTimeMs - previous.eventTimeMs >= holeMs(unit)) {
    restart(fold, fixes, stand, point, ruler);
    return;
  }
  if (point.eventTimeMs - stand.sinceMs < YOUNG_MS) {
    fold.stands.pop();
    const again = youngStand(fold, fixes, point, ruler);
    // A unit that has gone on already stood there all the same.
    const isOver = stand.lastMs - stand.sinceMs >= KEPT_STAND_MS && again.sinceMs > stand.lastMs;
    fold.stands.push(isOver ? stand : again);
    if (!isOver) return;
  }
  const awayM = distanceM(ruler, stand, point);
  if (awayM <= STATIONARY_RADIUS_M + point.sigmaM) {
    stand.lastMs = point.eventTimeMs;
    stand.outSinceMs = null;
    stand.farSinceMs = null;
    return;
  }
  stand.outSinceMs ??= point.eventTimeMs;
  if (awayM - point.sigmaM > MOVED_M) stand.farSinceMs ??= point.eventTimeMs;
  else stand.farSinceMs = null;
  const far = stand.farSinceMs !== null && point.eventTimeMs - stand.farSinceMs >= MOVED_MS;
  if (far || point.eventTimeMs - stand.outSinceMs >= STATIONARY_WINDOW_MS) {
    restart(fold, fixes, stand, point, ruler);
    return;
  }
  const next = youngStand(fold, fixes, point, ruler);
  const isElsewhere = distanceM(ruler, stand, next) - ELSEWHERE_SIGMAS * point.sigmaM > STATIONARY_RADIUS_M;
  if (isElsewhere && next.lastMs - next.sinceMs >= KEPT_STAND_MS) restart(fold, fixes, stand, point, ruler);
}

/**
 * The young stand that the latest position belongs to. It begins at the first position from which on the unit went nowhere and
 * most positions lie around their median, which errs much less than any one of them: so noise in the first fixes neither puts
 * the start off nor misplaces the disc, and it does not begin while the unit was still on its way.
 */
function youngStand(fold: UnitFold, fixes: HeldFixes, point: TrackPoint, ruler: Ruler): Stand {
  const afterMs = Math.max(fold.stands.at(-1)?.lastMs ?? 0, point.eventTimeMs - LOOK_BACK_MS);
  young.clear();
  // What a dense tracker adds says nothing more about standing, and each position is tried as the first.
  sampleRecent(fold, fixes, young, { ...ALL_RECENT, afterMs, beforeMs: point.eventTimeMs, sampleMs: SAMPLE_MS });
  young.add(point);
  for (let i = 0; i < young.length - 1; i += 1) {
    if (distanceM(ruler, young.positionAt(i), point) > 2 * YOUNG_M + point.sigmaM) continue;
    const middle = middleOf(young, i);
    const lastMs = lastNearMs(young, i, middle, ruler);
    if (lastMs !== null) return standAt(middle, young.timesMs[i] as number, lastMs);
  }
  return standAt(point, point.eventTimeMs, point.eventTimeMs);
}

/** The positions that a young stand is found from. */
const young = new PointColumns();

/** Event time of the last of the positions from `from` on that lies near their middle. Null: that one does not, or too few do. */
function lastNearMs(points: PointColumns, from: number, middle: PositionE7, ruler: Ruler): number | null {
  let near = 0;
  let lastMs = 0;
  for (let i = from; i < points.length; i += 1) {
    const isNear = distanceM(ruler, middle, points.positionAt(i)) <= YOUNG_M + (points.sigmaM[i] as number);
    if (!isNear && i === from) return null;
    if (!isNear) continue;
    near += 1;
    lastMs = points.timesMs[i] as number;
  }
  return near < STAYED_SHARE * (points.length - from) ? null : lastMs;
}

function standAt({ lngE7, latE7 }: PositionE7, sinceMs: number, lastMs: number): Stand {
  return { lngE7, latE7, sinceMs, lastMs, outSinceMs: null, farSinceMs: null, endedAtMs: null };
}

function restart(fold: UnitFold, fixes: HeldFixes, stand: Stand, point: TrackPoint, ruler: Ruler): void {
  if (stand.lastMs - stand.sinceMs < KEPT_STAND_MS) fold.stands.pop();
  else stand.endedAtMs = point.eventTimeMs;
  fold.stands.push(youngStand(fold, fixes, point, ruler));
}
