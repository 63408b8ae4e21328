import { boxAround } from '../../geo/box-grid.js';
import { signedDistanceM } from '../../geo/shape.js';
import { firstEndingAfter, intersect, normalise, pairsOf } from '../../model/intervals.js';
import { POSSIBLE_FOR_MS, POSSIBLE_SIGMAS, TOP_SPEED_CMPS, VAGUE_SIGMAS } from '../../model/limits.js';
import type { Intervals, PlanPlace, PlanUnit } from '../../model/plan.js';
import { earlier } from '../agenda/instants.js';
import { planAt, silentAfterMs } from '../plan/plans.js';
import type { PlanInForce } from '../plan/slice.js';
import { planWithPlace } from '../plan/so-far.js';
import { dutyIntervals } from '../plan/windows.js';
import type { PlaceTrack, TrackPoint, UnitFold } from '../track/fold.js';
import { marksUntil } from '../track/marks.js';
import type { Sight } from '../track/sight.js';
import { isOutOfSight, isSeenOnce, isUsable } from '../track/sight.js';
import type { PresenceScope } from './slice.js';

/** A stretch of event time in which fences saw nothing of a unit, between two positions that they could use. */
export interface Unseen {
  /** Null: there was none before, or one that the receiver had kept. */
  readonly from: TrackPoint | null;
  /** Null: there is none yet, or only one, which may be one that the receiver had kept. */
  readonly to: TrackPoint | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** When a doubt about it lasts, whatever the place: flat intervals, cut to the unit's duty. */
  readonly lasting: Intervals;
}

/** When a unit was out of sight. */
export interface UnitUnseen {
  /** Those that are over, one for each hole of its trace but one that goes on. */
  readonly over: readonly Unseen[];
  /** Those that go on: up to the engine's clock, or as far ahead as was asked. */
  readonly open: readonly Unseen[];
}

export type Pair = readonly [fromMs: number, toMs: number];

/**
 * @param untilMs end of a stretch that goes on; half-open, and now is in it while it does
 * @param sight of the unit; by the engine's clock where it is not given
 */
export function unseenOf(
  state: PresenceScope,
  unit: PlanUnit,
  untilMs = state.nowMs + 1,
  sight: Sight | null = null,
): UnitUnseen {
  const fold = state.units.get(unit.id)?.head ?? null;
  const stretch = (ends: Readonly<Record<'from' | 'to' | 'seen', TrackPoint | null>>): Unseen =>
    unseen(state, fold, unit, ends, untilMs);
  if (fold === null) return { over: [], open: [stretch({ from: null, to: null, seen: null })] };
  const hidden = sight === null ? isOutOfSight(state, unit) : sight === 'out-of-sight';
  const open: Unseen[] = [];
  const last = fold.holes.at(-1);
  const isPast = sight !== null || (last?.to.eventTimeMs ?? 0) < state.nowMs;
  const lastGoesOn = last !== undefined && !hidden && isSeenOnce(fold) && isPast;
  if (lastGoesOn) open.push(stretch({ from: last.from, to: null, seen: last.to }));
  if (hidden) open.push(stretch({ from: fold.lastFence, to: null, seen: null }));
  if (hidden && fold.lastVague !== null && isQuiet(state, fold.lastVague, unit))
    open.push(stretch({ from: fold.lastVague, to: null, seen: null }));
  const holes = lastGoesOn ? fold.holes.slice(0, -1) : fold.holes;
  return { over: holes.map(({ from, to }) => stretch({ from, to, seen: to })), open };
}

/** All of them. */
export function allUnseen({ over, open }: UnitUnseen): readonly Unseen[] {
  return [...over, ...open];
}

/**
 * Whether a position is one that the receiver had kept: the first after a silence, to the digit the last before it, and silence again
 * after it. The unit was heard of then, but where it was nobody knows.
 */
function isKept({ holes, lastFence }: UnitFold, point: TrackPoint): boolean {
  const goesOn = holes.some(({ from }) => from?.eventTimeMs === point.eventTimeMs);
  if (!goesOn && lastFence?.eventTimeMs !== point.eventTimeMs) return false;
  return holes.some(({ from, to, firstMs }) => {
    const isFirst = firstMs === point.eventTimeMs && to.eventTimeMs === firstMs;
    return isFirst && from?.lngE7 === point.lngE7 && from.latE7 === point.latE7;
  });
}

/** `seen`: the first position after it, whether it counts as its end or not. */
function unseen(
  state: PresenceScope,
  fold: UnitFold | null,
  { id }: PlanUnit,
  { from, to, seen }: Readonly<Record<'from' | 'to' | 'seen', TrackPoint | null>>,
  untilMs: number,
): Unseen {
  const fromMs = from?.eventTimeMs ?? 0;
  const toMs = to?.eventTimeMs ?? untilMs;
  const duty = dutyIntervals(state, id);
  const pairs: [number, number][] = [];
  for (let i = firstEndingAfter(duty, Math.max(fromMs, state.finalToMs)); i < duty.length; i += 2) {
    const startMs = Math.max(fromMs, duty[i] as number);
    if (startMs >= toMs) break;
    const dutyEndMs = duty[i + 1] as number;
    pairs.push([startMs, Math.min(dutyEndMs, toMs, doubtEndMs(state, startMs))]);
    if (seen === null) continue;
    const backMs = seen.eventTimeMs - possibleForMs(state, seen.eventTimeMs);
    pairs.push([Math.max(startMs, backMs), Math.min(dutyEndMs, toMs)]);
  }
  const where = (end: TrackPoint | null): TrackPoint | null =>
    fold === null || end === null || isKept(fold, end) ? null : end;
  return { from: where(from), to: where(to), fromMs, toMs, lasting: normalise(pairs) };
}

/**
 * When the unit may have been in the place while it was out of sight: as far as it could have gone at its top speed and come
 * from, for `possibleForMs` from the start of each silence (or of the duty in it) and before its end, and as its vague positions
 * say. Each version of the plan is asked about its own time.
 */
export function doubtsOf(state: PresenceScope, seen: UnitUnseen, placeId: string, unit: PlanUnit): Pair[] {
  const pairs: Pair[] = [];
  for (const one of allUnseen(seen)) {
    for (const version of state.plans) {
      const place = version.placeById.get(placeId);
      if (place !== undefined) addReach(pairs, state, version, place, unit, one);
    }
  }
  pairs.push(...vagueDoubtsOf(state, seen, placeId, unit));
  const fold = state.units.get(unit.id)?.head ?? null;
  const track = fold?.places.get(placeId);
  if (fold !== null && track !== undefined && track.lostMs !== null && !isOutOfSight(state, unit))
    pairs.push([fold.lastFence?.eventTimeMs ?? track.lostMs, state.nowMs]);
  return pairs;
}

/** When its vague positions say that the unit may have been in the place while it was out of sight. */
export function vagueDoubtsOf(state: PresenceScope, seen: UnitUnseen, placeId: string, unit: PlanUnit): Pair[] {
  const fold = state.units.get(unit.id)?.head ?? null;
  const track = fold?.places.get(placeId);
  const vague = fold === null || track === undefined ? [] : vagueMarks(state, fold, track, unit);
  if (vague.length === 0) return [];
  return allUnseen(seen).flatMap(({ fromMs, toMs }) => pairsOf(intersect(vague, [fromMs, toMs])));
}

/**
 * Where the unit may have been while it was out of sight, and when, by place: flat intervals, within its duty. Only places near enough
 * to have been reached are asked.
 */
export function placesInDoubt(state: PresenceScope, seen: UnitUnseen, unit: PlanUnit): ReadonlyMap<string, Intervals> {
  const doubts = new Map<string, Pair[]>();
  for (const one of allUnseen(seen)) for (const version of state.plans) addReachable(state, version, unit, one, doubts);
  return new Map([...doubts].map(([placeId, pairs]) => [placeId, normalise(pairs)]));
}

/**
 * When a unit of which nothing was ever seen may have been at any place of the plan, the same at all of them: flat intervals, within its
 * duty. Null: it was seen, or there are several plans, and it depends on the place.
 */
export function doubtsAnywhere({ plans }: PresenceScope, { over, open }: UnitUnseen): Intervals | null {
  const [version, ...more] = plans;
  const [one, ...others] = open;
  if (version === undefined || one === undefined || more.length + others.length + over.length > 0) return null;
  return one.from === null && one.to === null ? intersect(one.lasting, [0, version.toMs]) : null;
}

function addReachable(
  state: PresenceScope,
  version: PlanInForce,
  unit: PlanUnit,
  one: Unseen,
  doubts: Map<string, Pair[]>,
): void {
  const { from, to, lasting } = one;
  const firstMs = lasting[0];
  const lastMs = lasting.at(-1);
  if (firstMs === undefined || lastMs === undefined) return;
  const { ruler } = version.plan;
  const then = version.unitById.get(unit.id) ?? unit;
  const boxes = [
    ...(from === null ? [] : [boxAround(from, reachM(then, from, lastMs - one.fromMs), ruler)]),
    ...(to === null ? [] : [boxAround(to, reachM(then, to, one.toMs - firstMs), ruler)]),
  ];
  const [reached = version.plan.places.keys(), ...more] = boxes.map((box) => version.boxes.meeting(box));
  for (const i of reached) {
    const place = version.plan.places[i];
    if (place === undefined || more.some((others) => !others.includes(i))) continue;
    const pairs = doubts.get(place.id) ?? [];
    addReach(pairs, state, version, place, unit, one);
    if (pairs.length > 0) doubts.set(place.id, pairs);
  }
}

/** How far from a position the unit can have been within so many milliseconds, with room for rounding. */
function reachM(unit: PlanUnit, from: TrackPoint, withinMs: number): number {
  return (TOP_SPEED_CMPS[unit.kind] * (withinMs + 1)) / 100_000 + sigmasOf(from) * from.sigmaM + 1;
}

/** Adds when, while a version of the plan was in force, the unit may have been in the place in one stretch. */
function addReach(
  pairs: Pair[],
  state: PresenceScope,
  version: PlanInForce,
  place: PlanPlace,
  unit: PlanUnit,
  { from, to, fromMs, toMs, lasting }: Unseen,
): void {
  const isFirst = version === state.plans[0];
  if (lasting.length === 0 || (!isFirst && version.fromMs >= toMs) || version.toMs <= fromMs) return;
  const then = version.unitById.get(unit.id) ?? unit;
  const reachedMs = from === null ? 0 : fromMs + reachMs(version, place, then, from);
  const leftMs = to === null ? toMs : toMs - reachMs(version, place, then, to);
  const within = [Math.max(reachedMs, isFirst ? 0 : version.fromMs), Math.min(leftMs, version.toMs)] as const;
  if (within[0] < within[1]) pairs.push(...pairsOf(intersect(lasting, within)));
}

/** When a doubt about where the unit is begins, or ends, though nothing is heard of it; null: not any more. */
export function nextDoubtMs(state: PresenceScope, plan: PlanInForce, place: PlanPlace, unit: PlanUnit): number | null {
  const fold = state.units.get(unit.id)?.head ?? null;
  const last = fold?.lastFence ?? null;
  const startMs = silenceOnDutyMs(state, unit.id, last);
  if (startMs === null) return null;
  const isAnywhere = fold === null || last === null || isKept(fold, last);
  const reachedMs = isAnywhere ? 0 : last.eventTimeMs + reachMs(plan, place, unit, last);
  let nextMs: number | null = null;
  // At its end itself the doubt still holds for a reader of the record.
  for (const atMs of [reachedMs, doubtEndMs(state, startMs) + 1]) {
    if (atMs > state.nowMs) nextMs = earlier(nextMs, atMs);
  }
  return nextMs;
}

/**
 * Since when the unit, on duty now, has been out of sight for longer than a doubt lasts: it counts as not there. Its last
 * position that fences could use, or the start of its duty. Null: it is seen, may be anywhere in reach, or is off duty.
 */
export function notReportingSinceMs(state: PresenceScope, unit: PlanUnit): number | null {
  if (!isOutOfSight(state, unit)) return null;
  const startMs = silenceOnDutyMs(state, unit.id, state.units.get(unit.id)?.head?.lastFence ?? null);
  return startMs !== null && state.nowMs >= doubtEndMs(state, startMs) ? startMs : null;
}

/** Start of the silence that goes on: the last position, or the start of the duty when that is later. Null: off duty. */
function silenceOnDutyMs(state: PresenceScope, unitId: string, last: TrackPoint | null): number | null {
  const duty = dutyIntervals(state, unitId);
  const i = firstEndingAfter(duty, state.nowMs);
  const fromMs = duty[i];
  return fromMs === undefined || fromMs > state.nowMs ? null : Math.max(fromMs, last?.eventTimeMs ?? 0);
}

/** When the doubt of a silence, or of a statement that ran out, that began then ends: while the server was away nobody could be heard (T3). */
export function doubtEndMs(state: PresenceScope, startMs: number): number {
  let endMs = startMs + possibleForMs(state, startMs);
  for (const outage of state.outages) {
    if (outage.toMs > startMs && outage.fromMs < endMs) endMs += outage.toMs - Math.max(startMs, outage.fromMs);
  }
  return endMs;
}

/** How long the doubt of a silence that began then lasts. */
function possibleForMs(state: PresenceScope, atMs: number): number {
  return planAt(state, atMs)?.plan.possibleForMs ?? POSSIBLE_FOR_MS;
}

function vagueMarks(state: PresenceScope, fold: UnitFold, track: PlaceTrack, unit: PlanUnit): readonly number[] {
  const { lastVague } = fold;
  const untilMs = lastVague !== null && isQuiet(state, lastVague, unit) ? lastVague.eventTimeMs : state.nowMs;
  return marksUntil(track.vague, untilMs);
}

/** Whether so much time has passed since a unit's latest position that it says nothing of where it is now. */
function isQuiet(state: PresenceScope, { eventTimeMs }: TrackPoint, unit: PlanUnit): boolean {
  return state.nowMs - eventTimeMs >= silentAfterMs(unit);
}

/**
 * Since a position that cannot be reached from the last believed one: which of the two is wrong shows later, and until then the unit
 * may be where the latest one says.
 */
export function unbelievedDoubts(
  state: PresenceScope,
  placeId: string,
  unit: PlanUnit,
): [fromMs: number, toMs: number][] {
  const candidates = state.units.get(unit.id)?.head?.candidates ?? [];
  if (candidates.length === 0) return [];
  const plan = planWithPlace(state, placeId);
  const place = plan?.placeById.get(placeId);
  if (plan === null || place === undefined) return [];
  return candidates.filter(isUsable).map((candidate, i, list) => {
    const fromMs = candidate.eventTimeMs + reachMs(plan, place, unit, candidate);
    const endMs = Math.min(state.nowMs + 1, doubtEndMs(state, candidate.eventTimeMs));
    return [fromMs, Math.min(list[i + 1]?.eventTimeMs ?? endMs, endMs)];
  });
}

/** Least time from a position to the place at the top speed of the unit's kind, its error granted. Whole ms. */
function reachMs(plan: PlanInForce, place: PlanPlace, unit: PlanUnit, from: TrackPoint): number {
  const awayM = signedDistanceM(plan.plan.ruler, place.shape, from) - sigmasOf(from) * from.sigmaM;
  return Math.floor((Math.max(0, awayM) * 100_000) / TOP_SPEED_CMPS[unit.kind]);
}

function sigmasOf(point: TrackPoint): number {
  return isUsable(point) ? POSSIBLE_SIGMAS : VAGUE_SIGMAS;
}
