import { boxAround, boxBetween } from '../../geo/box-grid.js';
import type { FenceHits } from '../../geo/fence-index.js';
import { isInside, segmentPasses, signedDistanceM } from '../../geo/shape.js';
import {
  CROSS_GAP_MS,
  EXIT_BUFFER_M,
  EXIT_FIXES,
  EXIT_SPAN_MS,
  MAX_FENCE_SIGMA_M,
  POSSIBLE_SIGMAS,
  STATIONARY_WINDOW_MS,
  VAGUE_SIGMAS,
  VISIT_MERGE_MS,
} from '../../model/limits.js';
import type { PlanPlace, PlanUnit } from '../../model/plan.js';
import { holeMs } from '../plan/plans.js';
import type { PlanInForce } from '../plan/slice.js';
import { type Crossing, clonePlaceTrack, type PlaceTrack, type TrackPoint, type UnitFold, type Visit } from './fold.js';
import { isForgotten, isIdle } from './forget.js';
import type { HeldFixes } from './held-fixes.js';
import { addMark, moveMark } from './marks.js';
import { PointColumns } from './point-columns.js';
import { ALL_RECENT, forgetRecent, sampleRecent } from './recent.js';
import { isSeenOnce, isUsable, supportOf } from './sight.js';
import { isStationary } from './stationary.js';

const FAR_M = 1e9;

/**
 * Which places the unit is in, with hysteresis, and the visits that come of it. Takes the unit's
 * believed positions in event-time order.
 */
export function fencePoint(
  fold: UnitFold,
  fixes: HeldFixes,
  point: TrackPoint,
  unit: PlanUnit,
  plan: PlanInForce,
): void {
  if (isUsable(point)) usablePoint(fold, fixes, point, unit, plan);
  else vaguePoint(fold, point, unit, plan);
}

/** Whether a position proves that the unit was outside a place: beyond the exit buffer, its error granted. */
function isSurelyOutside(distanceM: number, sigmaM: number): boolean {
  return distanceM - sigmaM > EXIT_BUFFER_M;
}

function usablePoint(fold: UnitFold, fixes: HeldFixes, point: TrackPoint, unit: PlanUnit, plan: PlanInForce): void {
  const { hits } = plan;
  const now = point.eventTimeMs;
  const before = fold.lastFence;
  const broken = before !== null && now - before.eventTimeMs >= holeMs(unit);
  endVagueness(fold, point, holeMs(unit));
  comeIntoSight(fold, fixes, before, point, broken);
  if (broken) for (const track of fold.near.values()) breakTrack(track, before, now, holeMs(unit));
  if (fold.planVersion !== plan.plan.version) {
    for (const [id, track] of fold.near) if (!plan.placeById.has(id)) endTrack(track, now);
    fold.planVersion = plan.plan.version;
  }
  findHits(point, plan, hits);
  for (let i = 0; i < hits.count; i += 1) {
    const distance = hits.distanceM[i] as number;
    if (isSurelyOutside(distance, point.sigmaM) && !isMaybeInside(distance, point.sigmaM)) continue;
    comeNear(fold, idOfHit(plan, hits, i), before?.eventTimeMs ?? null, broken);
  }
  const beforeMs = broken ? null : (before?.eventTimeMs ?? null);
  const passedFrom = fold.crossings.length;
  let isStanding: boolean | null = null;
  for (const [id, track] of fold.near) {
    const seen = stepTrack(track, distanceTo(plan, hits, id), point, beforeMs);
    if (seen !== null) fold.crossings.push({ place: id, ...seen });
    if (track.phase === 'in' || track.phase === 'leaving') {
      const isMostlyIn = isMostlyInside(fold, track);
      if (!isMostlyIn) isStanding ??= isStationary(plan.plan.ruler, fold, fixes);
      const isOutside = !isMostlyIn && isStanding === true && !isMedianInside(findUsable(fold, fixes), track, plan, id);
      weigh(track, isOutside || isOnlyHeld(track, now), now);
    }
    endStep(fold, id, track);
  }
  // The order of the map is not that of a restored one (D2).
  if (fold.crossings.length > passedFrom + 1) sortByPlace(fold.crossings, passedFrom);
  if (before !== null && !broken) crossPlaces(fold, before, point, plan, hits);
  fold.lastFence = point;
  fold.lastVague = null;
}

/** Puts the crossings from `start` on in the order of their places. */
function sortByPlace(crossings: Crossing[], start: number): void {
  crossings.push(...crossings.splice(start).sort((a, b) => (a.place < b.place ? -1 : 1)));
}

/** A place that the position is at, or may be: its track begins, or goes on after it was idle. */
function comeNear(fold: UnitFold, placeId: string, outsideMs: number | null, afterHole: boolean): void {
  if (fold.near.has(placeId)) return;
  const known = fold.places.get(placeId);
  const track = known === undefined ? createTrack() : clonePlaceTrack(known);
  // All fixes up to the last one were surely outside.
  track.outsideMs = outsideMs;
  track.outsideBeforeHole = afterHole;
  fold.places.set(placeId, track);
  fold.near.set(placeId, track);
}

/** Notes what changed; a track that is idle by now rests. */
function endStep(fold: UnitFold, placeId: string, track: PlaceTrack): void {
  if (track.changed) fold.changed.add(placeId);
  track.changed = false;
  if (!isIdle(track)) return;
  fold.near.delete(placeId);
  if (isForgotten(track)) fold.places.delete(placeId);
}

/** The recent positions that fences can use. */
function findUsable(fold: UnitFold, fixes: HeldFixes): PointColumns {
  usable.clear();
  sampleRecent(fold, fixes, usable, { ...ALL_RECENT, mostSigmaM: MAX_FENCE_SIGMA_M });
  return usable;
}
const usable = new PointColumns();

/**
 * Where the unit was out of sight: from the last position that fences could use to the second one after, for the first after a
 * silence may be one that the receiver had kept from before it. Without a second one in time, to the first.
 */
function comeIntoSight(
  fold: UnitFold,
  fixes: HeldFixes,
  before: TrackPoint | null,
  point: TrackPoint,
  broken: boolean,
): void {
  if (before === null || broken) {
    fold.holes.push({ from: before, to: point, firstMs: point.eventTimeMs });
    if (before !== null) forgetRecent(fold, fixes, before.eventTimeMs + 1);
    return;
  }
  const last = fold.holes.at(-1);
  if (last !== undefined && isSeenOnce(fold)) fold.holes[fold.holes.length - 1] = { ...last, to: point };
}

/** Finds the places that the position is in or may be in, with signed distances; it is surely outside all others. */
function findHits(point: TrackPoint, plan: PlanInForce, hits: FenceHits): void {
  const reachM = POSSIBLE_SIGMAS * point.sigmaM;
  if (reachM <= plan.reachM) {
    plan.index.query(point.lngE7, point.latE7, hits);
    return;
  }
  hits.count = 0;
  for (const i of plan.boxes.meeting(boxAround(point, reachM, plan.plan.ruler))) {
    hits.placeIndex[hits.count] = i;
    hits.distanceM[hits.count] = signedDistanceM(plan.plan.ruler, placeAt(plan, i).shape, point);
    hits.count += 1;
  }
}

function placeAt({ plan }: PlanInForce, i: number): PlanPlace {
  return plan.places[i] as PlanPlace;
}

function idOfHit(plan: PlanInForce, { placeIndex }: FenceHits, i: number): string {
  return placeAt(plan, placeIndex[i] as number).id;
}

/** There are a few at most, of however many places. */
function distanceTo(plan: PlanInForce, hits: FenceHits, placeId: string): number {
  for (let i = 0; i < hits.count; i += 1) if (idOfHit(plan, hits, i) === placeId) return hits.distanceM[i] as number;
  return FAR_M;
}

function isMaybeInside(distanceM: number, sigmaM: number): boolean {
  return distanceM <= POSSIBLE_SIGMAS * sigmaM;
}

/**
 * A position that is too vague to enter or exit speaks all the same: its unit may be where it says, a presence that it agrees
 * with goes on, and one that it rules out does not. It never takes a presence up again that a hole has ended.
 */
function vaguePoint(fold: UnitFold, point: TrackPoint, unit: PlanUnit, plan: PlanInForce): void {
  const now = point.eventTimeMs;
  const reachM = VAGUE_SIGMAS * point.sigmaM;
  endVagueness(fold, point, holeMs(unit));
  fold.lastVague = point;
  const { ruler } = plan.plan;
  const reached = plan.boxes.meeting(boxAround(point, reachM, ruler)).map((i) => placeAt(plan, i));
  const others = [...fold.near.keys()].flatMap((id) => plan.placeById.get(id) ?? []);
  for (const { id, shape } of new Set([...reached, ...others])) {
    const known = fold.near.get(id);
    const distance = signedDistanceM(ruler, shape, point);
    const maybe = distance <= reachM;
    if (known !== undefined) hearVague(known, fold.lastFence, distance, point, holeMs(unit));
    else if (maybe) comeNear(fold, id, fold.lastFence?.eventTimeMs ?? null, false);
    const track = known ?? fold.near.get(id);
    if (track === undefined) continue;
    if (moveMark(track.vague, maybe, now)) track.changed = true;
    endStep(fold, id, track);
  }
}

/** What a vague position said holds until the next one, but not over a silence: then its unit may be as far as it could have gone. */
function endVagueness(fold: UnitFold, point: TrackPoint, mostMs: number): void {
  const { lastVague } = fold;
  if (lastVague === null || point.eventTimeMs - lastVague.eventTimeMs < mostMs) return;
  fold.holes.push({ from: lastVague, to: point, firstMs: point.eventTimeMs });
  for (const [id, track] of fold.near) {
    if (moveMark(track.vague, false, lastVague.eventTimeMs)) track.changed = true;
    endStep(fold, id, track);
  }
}

function hearVague(
  track: PlaceTrack,
  lastFence: TrackPoint | null,
  distanceM: number,
  { eventTimeMs: now, sigmaM }: TrackPoint,
  mostMs: number,
): void {
  if (track.phase !== 'in' && track.phase !== 'leaving') return;
  const supportMs = supportOf(track, lastFence);
  if (distanceM <= sigmaM) {
    if (now - supportMs < mostMs) track.agreedMs = now;
    return;
  }
  if (distanceM <= VAGUE_SIGMAS * sigmaM + EXIT_BUFFER_M || track.lostMs !== null) return;
  track.lostMs = now;
  track.changed = true;
}

function createTrack(): PlaceTrack {
  return {
    phase: 'out',
    enterMs: 0,
    enterOuterMs: null,
    enterAfterHole: false,
    outsideMs: null,
    outsideBeforeHole: false,
    isOutside: true,
    leaveCount: 0,
    leaveSinceMs: 0,
    insideTimes: [],
    weakSinceMs: null,
    agreedMs: null,
    lostMs: null,
    possible: { intervals: [], sinceMs: null },
    vague: { intervals: [], sinceMs: null },
    visits: [],
    changed: false,
  };
}

/** Places between two fixes outside of them: passed through, if the line meets them and the gap is not too long to tell. */
function crossPlaces(fold: UnitFold, from: TrackPoint, to: TrackPoint, plan: PlanInForce, hits: FenceHits): void {
  if (to.eventTimeMs - from.eventTimeMs > CROSS_GAP_MS) return;
  for (const i of plan.boxes.meeting(boxBetween(from, to))) {
    const place = placeAt(plan, i);
    const phase = fold.near.get(place.id)?.phase ?? 'out';
    const outside = distanceTo(plan, hits, place.id) > 0;
    if ((phase !== 'out' && phase !== 'left') || !outside) continue;
    if (isInside(plan.plan.ruler, place.shape, from)) continue;
    if (!segmentPasses(plan.plan.ruler, place.shape, from, to)) continue;
    fold.crossings.push({ place: place.id, fromMs: from.eventTimeMs, toMs: to.eventTimeMs, insideMs: null });
  }
}

/**
 * One usable position against one place; the one before it was at `beforeMs`, null after a silence. Answers a crossing when a single
 * fix inside turns out to be one.
 */
function stepTrack(
  track: PlaceTrack,
  distance: number,
  point: TrackPoint,
  beforeMs: number | null,
): Omit<Crossing, 'place'> | null {
  const now = point.eventTimeMs;
  const inside = distance <= 0;
  let crossing: Omit<Crossing, 'place'> | null = null;
  if (inside) track.insideTimes.push(now);
  dropBefore(track.insideTimes, now - STATIONARY_WINDOW_MS);
  track.agreedMs = null;
  track.lostMs = null;
  switch (track.phase) {
    case 'out':
    case 'left':
      if (inside) startEntering(track, now);
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
      else leave(track, isSurelyOutside(distance, point.sigmaM), now);
      break;
  }
  const outside = isSurelyOutside(distance, point.sigmaM);
  if (outside) {
    track.outsideMs = now;
    track.outsideBeforeHole = false;
  }
  track.isOutside = outside;
  // One fix inside proves nothing, and neither does one that may be inside: until the next one the unit may be there.
  const maybe = inside ? track.phase === 'entering' : isMaybeInside(distance, point.sigmaM);
  // Between one inside and one that may be inside it may have been inside all the time.
  const wasInside = beforeMs !== null && lastVisit(track)?.innerToMs === beforeMs;
  if (moveMark(track.possible, maybe, maybe && wasInside ? beforeMs : now)) track.changed = true;
  if (moveMark(track.vague, false, now)) track.changed = true;
  closeLeft(track, now);
  return crossing;
}

function startEntering(track: PlaceTrack, now: number): void {
  track.phase = 'entering';
  track.enterMs = now;
  track.enterOuterMs = track.outsideMs;
  track.enterAfterHole = track.outsideBeforeHole;
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
    fromHole: track.enterAfterHole,
    toHole: false,
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
function leave(track: PlaceTrack, surelyOutside: boolean, now: number): void {
  const visit = lastVisit(track) as Visit;
  if (!surelyOutside) {
    track.phase = 'in';
    return;
  }
  visit.outerToMs ??= now;
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
function closeLeft(track: PlaceTrack, now: number): void {
  const visit = lastVisit(track);
  if (visit === undefined || visit.open || visit.closedAtMs !== null) return;
  const earliestReturn = track.phase === 'entering' ? track.enterMs : now;
  if (earliestReturn - visit.innerToMs < VISIT_MERGE_MS) return;
  visit.closedAtMs = now;
  track.changed = true;
  if (track.phase === 'left') track.phase = 'out';
}

/**
 * A hole in the trace that ends now: what was before says nothing about what comes, unless vague positions agreed all along. What
 * was possible at the last position is from then on a matter of the hole.
 */
function breakTrack(track: PlaceTrack, before: TrackPoint, now: number, mostMs: number): void {
  track.insideTimes.length = 0;
  if (track.possible.sinceMs !== null) moveMark(track.possible, false, before.eventTimeMs);
  const holds = (track.phase === 'in' || track.phase === 'leaving') && now - supportOf(track, before) < mostMs;
  if (holds) return;
  track.outsideMs = before.eventTimeMs;
  track.outsideBeforeHole = true;
  endVisit(track, before.eventTimeMs, now);
}

/** A plan without the place is in force. */
function endTrack(track: PlaceTrack, now: number): void {
  moveMark(track.possible, false, now);
  moveMark(track.vague, false, now);
  track.insideTimes.length = 0;
  endVisit(track, now, now);
}

/** `heardMs`: until when it may have gone on. */
function endVisit(track: PlaceTrack, heardMs: number, now: number): void {
  const visit = lastVisit(track);
  if (visit !== undefined && visit.closedAtMs === null) {
    if (visit.open) visit.cut = true;
    visit.open = false;
    visit.toHole = visit.outerToMs === null;
    visit.outerToMs ??= now;
    visit.closedAtMs = now;
  }
  endWeak(track, heardMs);
  track.phase = 'out';
  track.changed = true;
  track.weakSinceMs = null;
  track.agreedMs = null;
  track.lostMs = null;
}

/**
 * Whether the unit counts as inside only because it has not left beyond doubt, for as long as the window of a stationary unit: else a unit
 * that drives at the edge for hours would have been there, or not, by how it leaves in the end.
 */
function isOnlyHeld(track: PlaceTrack, now: number): boolean {
  return track.insideTimes.length === 0 && now - (lastVisit(track)?.innerToMs ?? now) >= STATIONARY_WINDOW_MS;
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

/** Whether more than half of the window's positions, vague ones too, were inside: then their median is, whether it stands or not. */
function isMostlyInside({ recentCount }: UnitFold, { insideTimes }: PlaceTrack): boolean {
  return 2 * insideTimes.length > recentCount;
}

/**
 * Whether the median of the window's precise positions lies inside. When exactly half of them do, the middle two decide by the mean of
 * their distances.
 */
function isMedianInside(positions: PointColumns, track: PlaceTrack, plan: PlanInForce, placeId: string): boolean {
  const inside = track.insideTimes.length;
  if (2 * inside !== positions.length) return 2 * inside > positions.length;
  const place = plan.placeById.get(placeId);
  if (place === undefined) return false;
  const distances = Array.from({ length: positions.length }, (_, i) =>
    signedDistanceM(plan.plan.ruler, place.shape, positions.positionAt(i)),
  ).sort((a, b) => a - b);
  return (distances[inside - 1] as number) + (distances[inside] as number) <= 0;
}

function endWeak(track: PlaceTrack, now: number): void {
  const since = track.weakSinceMs;
  if (since === null) return;
  track.weakSinceMs = null;
  const weak = lastVisit(track)?.weak;
  if (weak !== undefined) addMark(weak, since, now);
}

function lastVisit(track: PlaceTrack): Visit | undefined {
  return track.visits.at(-1);
}

function dropBefore(times: number[], oldestMs: number): void {
  while (times.length > 0 && (times[0] as number) < oldestMs) times.shift();
}
