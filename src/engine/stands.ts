import { distanceM, type Ruler } from '../geo/ruler.js';
import { STATIONARY_RADIUS_M, STATIONARY_WINDOW_MS } from '../model/limits.js';
import type { PlanUnit } from '../model/plan.js';
import { holeMs } from './lib/plans.js';
import type { Stand, TrackPoint, UnitFold } from './state.js';

/** A stand ends when the unit is beyond doubt further than this from where it stood … */
const MOVED_M = 100;
/** … for this long (domain 2.6), or outside the disc at all for STATIONARY_WINDOW_MS: it then stands, if it does, elsewhere. */
const MOVED_MS = 60_000;
/** While a stand is younger than MOVED_MS, a position this far from it beyond doubt shows that the unit still came to a stop. */
const SETTLING_M = 15;
/** Shorter stands are not kept: no plan may ask for less. */
const KEPT_STAND_MS = 60_000;

/**
 * Where the unit stood still and how long, by believed positions in event-time order. The inner length counts: from the
 * first to the last position in the disc; a hole in the trace ends a stand, since nobody saw it go on.
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
    begin(fold, point);
    return;
  }
  if (previous !== null && point.eventTimeMs - previous.eventTimeMs >= holeMs(unit)) {
    restart(fold, stand, point);
    return;
  }
  const awayM = distanceM(ruler, stand, point);
  if (point.eventTimeMs - stand.sinceMs < MOVED_MS && awayM - point.sigmaM > SETTLING_M) {
    restart(fold, stand, point);
    return;
  }
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
  if (far || point.eventTimeMs - stand.outSinceMs >= STATIONARY_WINDOW_MS) restart(fold, stand, point);
}

function begin(fold: UnitFold, point: TrackPoint): void {
  const { lngE7, latE7, eventTimeMs } = point;
  fold.stands.push({
    lngE7,
    latE7,
    sinceMs: eventTimeMs,
    lastMs: eventTimeMs,
    outSinceMs: null,
    farSinceMs: null,
    endedAtMs: null,
  });
}

function restart(fold: UnitFold, stand: Stand, point: TrackPoint): void {
  if (stand.lastMs - stand.sinceMs < KEPT_STAND_MS) fold.stands.pop();
  else stand.endedAtMs = point.eventTimeMs;
  begin(fold, point);
}
