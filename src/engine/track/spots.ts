import { distanceM, type Ruler } from '../../geo/ruler.js';
import { SPOT_MS } from '../../model/limits.js';
import type { AreaE7, PlanUnit } from '../../model/plan.js';
import type { PositionE7 } from '../../model/position.js';
import type { PlanInForce } from '../plan/slice.js';
import type { TrackPoint, UnitFold } from './fold.js';

/** Where the positions of a unit lay in one slice of event time. */
export interface Spot {
  /** Event time divided by SPOT_MS. */
  readonly nth: number;
  /** Event times of its first position and its last. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Around its positions, their errors not granted. */
  readonly box: AreaE7;
  /** The largest error of them. */
  readonly sigmaM: number;
}

/** The spots of a unit, oldest first, of slices that are over and of the latest. Replaced, never changed in place. */
export interface Spots {
  readonly closed: readonly Spot[];
  /** Null: there was no position yet. */
  readonly last: Spot | null;
}

export const NO_SPOTS: Spots = { closed: [], last: null };

/** Takes a position into the spots of its unit, where a rule of the plan of its time asks who is near whom. */
export function spotPoint(fold: UnitFold, point: TrackPoint, unit: PlanUnit, { plan, bunching }: PlanInForce): void {
  const withinM = bunching.get(unit.id);
  if (withinM === undefined) return;
  const nth = Math.floor(point.eventTimeMs / SPOT_MS);
  const { closed, last } = fold.spots;
  if (last?.nth === nth) {
    fold.spots = { closed, last: withPoint(last, point) };
    return;
  }
  // One that is wider than anybody asks is near nobody.
  const isKept = last !== null && reachM(last, plan.ruler) + last.sigmaM <= withinM;
  const { eventTimeMs, lngE7, latE7, sigmaM } = point;
  const box = { westE7: lngE7, southE7: latE7, eastE7: lngE7, northE7: latE7 };
  fold.spots = {
    closed: isKept ? [...closed, last] : closed,
    last: { nth, fromMs: eventTimeMs, toMs: eventTimeMs, box, sigmaM },
  };
}

function withPoint(
  { nth, fromMs, box, sigmaM }: Spot,
  { eventTimeMs, lngE7, latE7, sigmaM: errorM }: TrackPoint,
): Spot {
  return {
    nth,
    fromMs,
    toMs: eventTimeMs,
    box: {
      westE7: Math.min(box.westE7, lngE7),
      southE7: Math.min(box.southE7, latE7),
      eastE7: Math.max(box.eastE7, lngE7),
      northE7: Math.max(box.northE7, latE7),
    },
    sigmaM: Math.max(sigmaM, errorM),
  };
}

/** Spots of slices that end after an instant, oldest first. */
export function spotsSince({ closed, last }: Spots, sinceMs: number): readonly Spot[] {
  const kept = closed.filter((spot) => endsAfter(spot, sinceMs));
  return last !== null && endsAfter(last, sinceMs) ? [...kept, last] : kept;
}

/** Without those of slices that ended before the cutoff; the latest stays, for the next position may belong to it. */
export function keptSpots({ closed, last }: Spots, cutoffMs: number): Spots {
  return { closed: closed.filter((spot) => endsAfter(spot, cutoffMs)), last };
}

function endsAfter({ nth }: Spot, atMs: number): boolean {
  return (nth + 1) * SPOT_MS > atMs;
}

/** The middle of the box around the positions. */
export function middleOfSpot({ box }: Spot): PositionE7 {
  return {
    lngE7: Math.round((box.westE7 + box.eastE7) / 2),
    latE7: Math.round((box.southE7 + box.northE7) / 2),
  };
}

/** How far a position may lie from the middle, metres. */
export function reachM({ box: { westE7, southE7, eastE7, northE7 } }: Spot, ruler: Ruler): number {
  return distanceM(ruler, { lngE7: westE7, latE7: southE7 }, { lngE7: eastE7, latE7: northE7 }) / 2;
}

/** The furthest that two units can have been apart, each position where its receiver says with its error beyond, metres. */
export function furthestM(a: Spot, b: Spot, ruler: Ruler): number {
  const apartM = distanceM(ruler, middleOfSpot(a), middleOfSpot(b));
  return apartM + reachM(a, ruler) + reachM(b, ruler) + a.sigmaM + b.sigmaM;
}
