import type { FenceHits } from '../geo/fence-index.js';
import { segmentMeets, signedDistanceM } from '../geo/shape.js';
import {
  CROSS_GAP_MS,
  EXIT_BUFFER_M,
  EXIT_FIXES,
  EXIT_SPAN_MS,
  MAX_FENCE_SIGMA_M,
  STATIONARY_WINDOW_MS,
  VISIT_MERGE_MS,
} from '../model/limits.js';
import type { PlanUnit } from '../model/plan.js';
import { boxMeets } from './lib/boxes.js';
import { holeMs } from './lib/plans.js';
import { isStationary } from './lib/stationary.js';
import type { Crossing, PlaceTrack, PlanInForce, TrackPoint, UnitFold, Visit } from './state.js';

const FAR_M = 1e9;

/**
 * Which places the unit is in, with hysteresis, and the visits that come of it (design section 8). Takes the unit's
 * believed positions in event-time order. `hits` is scratch, sized for the plan's places.
 */
export function fencePoint(
  fold: UnitFold,
  point: TrackPoint,
  unit: PlanUnit,
  plan: PlanInForce,
  hits: FenceHits,
): void {
  if (point.sigmaM > MAX_FENCE_SIGMA_M) return;
  const before = fold.lastFence;
  const broken = before !== null && point.eventTimeMs - before.eventTimeMs >= holeMs(unit);
  if (broken) for (const track of fold.places.values()) breakTrack(track, point.eventTimeMs);
  if (fold.planVersion !== plan.plan.version) {
    for (const [id, track] of fold.places) if (!plan.placeById.has(id)) breakTrack(track, point.eventTimeMs);
    fold.planVersion = plan.plan.version;
  }
  plan.index.query(point.lngE7, point.latE7, hits);
  const distances = new Map<string, number>();
  for (let i = 0; i < hits.count; i += 1) {
    const place = plan.plan.places[hits.placeIndex[i] as number];
    if (place === undefined) continue;
    const distance = hits.distanceM[i] as number;
    distances.set(place.id, distance);
    if (distance <= 0 && !fold.places.has(place.id)) fold.places.set(place.id, createTrack());
  }
  let stationary: boolean | null = null;
  const usable = fold.recent.reduce((n, recent) => (recent.sigmaM > MAX_FENCE_SIGMA_M ? n : n + 1), 0);
  const passed: Crossing[] = [];
  for (const [id, track] of fold.places) {
    const distance = distances.get(id) ?? FAR_M;
    const seen = stepTrack(track, distance, point, { beforeMs: before?.eventTimeMs ?? null, broken });
    if (seen !== null) passed.push({ place: id, ...seen });
    if (track.phase === 'in' || track.phase === 'leaving') {
      stationary ??= isStationary(plan.plan.ruler, fold.recent);
      const weak = stationary && !isMedianInside(fold, track, plan, id, usable);
      weigh(track, weak, point.eventTimeMs);
    }
    if (isForgotten(track)) fold.places.delete(id);
  }
  // The order of the map is not that of a restored one (D2).
  fold.crossings.push(...passed.sort((a, b) => (a.place < b.place ? -1 : 1)));
  if (before !== null && !broken) crossPlaces(fold, before, point, plan, distances);
  fold.lastFence = point;
}

/** Nothing in it can matter to a later fix: when it is dropped must not depend on when old visits were pruned. */
function isForgotten(track: PlaceTrack): boolean {
  return track.phase === 'out' && track.visits.length === 0 && track.insideTimes.length === 0;
}

function createTrack(): PlaceTrack {
  return {
    phase: 'out',
    enterMs: 0,
    enterOuterMs: null,
    enterAfterHole: false,
    leaveCount: 0,
    leaveSinceMs: 0,
    insideTimes: [],
    weakSinceMs: null,
    visits: [],
    changed: false,
  };
}

/** Places between two fixes outside of them: passed through, if the line meets them and the gap is not too long to tell. */
function crossPlaces(
  fold: UnitFold,
  from: TrackPoint,
  to: TrackPoint,
  plan: PlanInForce,
  distances: ReadonlyMap<string, number>,
): void {
  if (to.eventTimeMs - from.eventTimeMs > CROSS_GAP_MS) return;
  for (const [i, place] of plan.plan.places.entries()) {
    if (!boxMeets(plan.boxes, i, from, to)) continue;
    const phase = fold.places.get(place.id)?.phase ?? 'out';
    const outside = (distances.get(place.id) ?? FAR_M) > 0;
    if ((phase !== 'out' && phase !== 'left') || !outside) continue;
    if (signedDistanceM(plan.plan.ruler, place.shape, from) <= 0) continue;
    if (!segmentMeets(plan.plan.ruler, place.shape, from, to)) continue;
    fold.crossings.push({ place: place.id, fromMs: from.eventTimeMs, toMs: to.eventTimeMs, insideMs: null });
  }
}

/**
 * One position against one place. `from`: event time of the position before it, and whether a hole is between them. Answers a crossing when a single fix
 * inside turns out to be one.
 */
function stepTrack(
  track: PlaceTrack,
  distance: number,
  point: TrackPoint,
  from: { readonly beforeMs: number | null; readonly broken: boolean },
): Omit<Crossing, 'place'> | null {
  const now = point.eventTimeMs;
  const inside = distance <= 0;
  let crossing: Omit<Crossing, 'place'> | null = null;
  if (inside) track.insideTimes.push(now);
  dropBefore(track.insideTimes, now - STATIONARY_WINDOW_MS);
  switch (track.phase) {
    case 'out':
    case 'left':
      if (inside) startEntering(track, now, from);
      break;
    case 'entering':
      if (inside) enter(track, now);
      else {
        crossing = { fromMs: track.enterOuterMs ?? track.enterMs, toMs: now, insideMs: track.enterMs };
        track.phase = lastVisit(track)?.closedAtMs === null ? 'left' : 'out';
      }
      break;
    case 'in':
    case 'leaving':
      if (inside) stay(track, now);
      else leave(track, distance - point.sigmaM, now);
      break;
  }
  settleLeft(track, now);
  return crossing;
}

function startEntering(
  track: PlaceTrack,
  now: number,
  { beforeMs, broken }: { readonly beforeMs: number | null; readonly broken: boolean },
): void {
  track.phase = 'entering';
  track.enterMs = now;
  track.enterOuterMs = beforeMs;
  track.enterAfterHole = broken;
}

/** Second fix inside: a visit begins at the first of the two, or the one just left goes on. */
function enter(track: PlaceTrack, now: number): void {
  const visit = lastVisit(track);
  track.phase = 'in';
  track.changed = true;
  if (visit !== undefined && visit.closedAtMs === null && track.enterMs - visit.innerToMs < VISIT_MERGE_MS) {
    visit.open = true;
    visit.innerToMs = now;
    visit.outerToMs = null;
    return;
  }
  if (visit !== undefined) visit.closedAtMs ??= now;
  track.visits.push({
    innerFromMs: track.enterMs,
    outerFromMs: track.enterOuterMs,
    innerToMs: now,
    outerToMs: null,
    open: true,
    closedAtMs: null,
    cut: track.enterAfterHole,
    weak: [],
  });
}

function stay(track: PlaceTrack, now: number): void {
  track.phase = 'in';
  const visit = lastVisit(track) as Visit;
  visit.innerToMs = now;
  visit.outerToMs = null;
}

/** Outside: between the boundary and beyond doubt the unit is held inside. */
function leave(track: PlaceTrack, surelyOutsideM: number, now: number): void {
  const visit = lastVisit(track) as Visit;
  visit.outerToMs ??= now;
  if (surelyOutsideM <= EXIT_BUFFER_M) {
    track.phase = 'in';
    return;
  }
  if (track.phase === 'in') {
    track.phase = 'leaving';
    track.leaveCount = 0;
    track.leaveSinceMs = now;
  }
  track.leaveCount += 1;
  if (track.leaveCount < EXIT_FIXES || now - track.leaveSinceMs < EXIT_SPAN_MS) return;
  track.phase = 'left';
  track.changed = true;
  endWeak(track, now);
  visit.open = false;
}

/** A visit that was left is closed for good once no later run can be less than VISIT_MERGE_MS behind it. */
function settleLeft(track: PlaceTrack, now: number): void {
  const visit = lastVisit(track);
  if (visit === undefined || visit.open || visit.closedAtMs !== null) return;
  const earliestReturn = track.phase === 'entering' ? track.enterMs : now;
  if (earliestReturn - visit.innerToMs < VISIT_MERGE_MS) return;
  visit.closedAtMs = now;
  track.changed = true;
  if (track.phase === 'left') track.phase = 'out';
}

/** A hole in the trace, or a plan without the place: what was before says nothing about what comes. */
function breakTrack(track: PlaceTrack, now: number): void {
  const visit = lastVisit(track);
  if (visit !== undefined && visit.closedAtMs === null) {
    if (visit.open) visit.cut = true;
    visit.open = false;
    visit.outerToMs ??= now;
    visit.closedAtMs = now;
  }
  if (track.weakSinceMs !== null && visit !== undefined) endWeak(track, visit.innerToMs);
  track.phase = 'out';
  track.changed = true;
  track.insideTimes.length = 0;
  track.weakSinceMs = null;
}

/**
 * A stationary unit proves its presence only while at least half of its positions of the last window were inside: the
 * stretch from a fix that fails this to the next fix is weak.
 */
function weigh(track: PlaceTrack, weak: boolean, now: number): void {
  const wasWeak = track.weakSinceMs !== null;
  endWeak(track, now);
  if (weak) track.weakSinceMs = now;
  if (wasWeak !== (track.weakSinceMs !== null)) track.changed = true;
}

/** Of the window's positions that fences look at; of an even number, half of them inside, the middle two decide by their mean. */
function isMedianInside(
  fold: UnitFold,
  track: PlaceTrack,
  plan: PlanInForce,
  placeId: string,
  positions: number,
): boolean {
  const inside = track.insideTimes.length;
  if (2 * inside !== positions) return 2 * inside > positions;
  const place = plan.placeById.get(placeId);
  if (place === undefined) return false;
  const usable = fold.recent.filter(({ sigmaM }) => sigmaM <= MAX_FENCE_SIGMA_M);
  const distances = usable.map((recent) => signedDistanceM(plan.plan.ruler, place.shape, recent)).sort((a, b) => a - b);
  return (distances[inside - 1] as number) + (distances[inside] as number) <= 0;
}

function endWeak(track: PlaceTrack, now: number): void {
  const since = track.weakSinceMs;
  if (since === null) return;
  track.weakSinceMs = null;
  const weak = lastVisit(track)?.weak;
  if (weak === undefined || since >= now) return;
  if (weak.at(-1) === since) weak[weak.length - 1] = now;
  else weak.push(since, now);
}

function lastVisit(track: PlaceTrack): Visit | undefined {
  return track.visits.at(-1);
}

function dropBefore(times: number[], oldestMs: number): void {
  let drop = 0;
  while (drop < times.length && (times[drop] as number) < oldestMs) drop += 1;
  if (drop > 0) times.splice(0, drop);
}
