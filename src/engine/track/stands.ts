import { distanceM, type Ruler } from '../../geo/ruler.js';
import { STATIONARY_RADIUS_M, STATIONARY_WINDOW_MS } from '../../model/limits.js';
import type { PlanUnit } from '../../model/plan.js';
import type { PositionE7 } from '../../model/position.js';
import { holeMs } from '../plan/plans.js';
import type { Stand, TrackPoint, UnitFold } from './fold.js';
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
  previous: TrackPoint | null,
  point: TrackPoint,
  unit: PlanUnit,
  ruler: Ruler,
): void {
  const stand = fold.stands.at(-1);
  if (stand === undefined || stand.endedAtMs !== null) {
    fold.stands.push(youngStand(fold, point, ruler));
    return;
  }
  if (previous !== null && point.eventTimeMs - previous.eventTimeMs >= holeMs(unit)) {
    restart(fold, stand, point, ruler);
    return;
  }
  if (point.eventTimeMs - stand.sinceMs < YOUNG_MS) {
    fold.stands.pop();
    const again = youngStand(fold, point, ruler);
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
    restart(fold, stand, point, ruler);
    return;
  }
  const next = youngStand(fold, point, ruler);
  const isElsewhere = distanceM(ruler, stand, next) - ELSEWHERE_SIGMAS * point.sigmaM > STATIONARY_RADIUS_M;
  if (isElsewhere && next.lastMs - next.sinceMs >= KEPT_STAND_MS) restart(fold, stand, point, ruler);
}

/**
 * The young stand that the latest position belongs to. It begins at the first position from which on the unit went nowhere and
 * most positions lie around their median, which errs much less than any one of them: so noise in the first fixes neither puts
 * the start off nor misplaces the disc, and it does not begin while the unit was still on its way.
 */
function youngStand(fold: UnitFold, point: TrackPoint, ruler: Ruler): Stand {
  const afterMs = Math.max(fold.stands.at(-1)?.lastMs ?? 0, point.eventTimeMs - LOOK_BACK_MS);
  const points = sampled(fold.recent, afterMs, point.eventTimeMs);
  points.push(point);
  for (let i = 0; i < points.length - 1; i += 1) {
    const first = points[i] as TrackPoint;
    if (distanceM(ruler, first, point) > 2 * YOUNG_M + point.sigmaM) continue;
    const middle = middleOf(points, i);
    const lastMs = lastNearMs(points, i, middle, ruler);
    if (lastMs !== null) return standAt(middle, first.eventTimeMs, lastMs);
  }
  return standAt(point, point.eventTimeMs, point.eventTimeMs);
}

/** Event time of the last of the positions from `from` on that lies near their middle. Null: that one does not, or too few do. */
function lastNearMs(points: readonly TrackPoint[], from: number, middle: PositionE7, ruler: Ruler): number | null {
  let near = 0;
  let lastMs = 0;
  for (let i = from; i < points.length; i += 1) {
    const one = points[i] as TrackPoint;
    const isNear = distanceM(ruler, middle, one) <= YOUNG_M + one.sigmaM;
    if (!isNear && i === from) return null;
    if (!isNear) continue;
    near += 1;
    lastMs = one.eventTimeMs;
  }
  return near < STAYED_SHARE * (points.length - from) ? null : lastMs;
}

/** Positions of `(afterMs, beforeMs)`, one each SAMPLE_MS: what a dense tracker adds says nothing more about standing, and each is tried as the first. */
function sampled(recent: readonly TrackPoint[], afterMs: number, beforeMs: number): TrackPoint[] {
  const points: TrackPoint[] = [];
  let from = recent.length;
  while (from > 0 && (recent[from - 1] as TrackPoint).eventTimeMs > afterMs) from -= 1;
  let sampleMs = Number.NEGATIVE_INFINITY;
  for (let i = from; i < recent.length; i += 1) {
    const one = recent[i] as TrackPoint;
    if (one.eventTimeMs >= beforeMs) break;
    const ownMs = Math.floor(one.eventTimeMs / SAMPLE_MS);
    if (ownMs === sampleMs) continue;
    sampleMs = ownMs;
    points.push(one);
  }
  return points;
}

function standAt({ lngE7, latE7 }: PositionE7, sinceMs: number, lastMs: number): Stand {
  return { lngE7, latE7, sinceMs, lastMs, outSinceMs: null, farSinceMs: null, endedAtMs: null };
}

function restart(fold: UnitFold, stand: Stand, point: TrackPoint, ruler: Ruler): void {
  if (stand.lastMs - stand.sinceMs < KEPT_STAND_MS) fold.stands.pop();
  else stand.endedAtMs = point.eventTimeMs;
  fold.stands.push(youngStand(fold, point, ruler));
}
