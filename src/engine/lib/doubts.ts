import { signedDistanceM } from '../../geo/shape.js';
import { POSSIBLE_FOR_MS, POSSIBLE_SIGMAS, TOP_SPEED_CMPS, VAGUE_SIGMAS } from '../../model/limits.js';
import type { Intervals, PlanPlace, PlanUnit } from '../../model/plan.js';
import type { EngineState, PlaceTrack, PlanInForce, TrackPoint, UnitFold } from '../state.js';
import { earlier } from './episodes.js';
import { firstEndingAfter, intersect, normalise } from '../../model/intervals.js';
import { marksUntil } from './marks.js';
import { dutyIntervals, planAt, planWithPlace, silentAfterMs } from './plans.js';
import { isOutOfSight, isSeenOnce, isUsable } from './sight.js';

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

/** When the unit was out of sight, up to the engine's clock. */
export function unseenOf(state: EngineState, unit: PlanUnit): readonly Unseen[] {
  const fold = state.units.get(unit.id)?.head ?? null;
  if (fold === null) return [unseen(state, fold, unit, { from: null, to: null, seen: null })];
  const hidden = isOutOfSight(state, unit);
  const list = fold.holes.map(({ from, to }, i) => {
    const isOpen = i === fold.holes.length - 1 && !hidden && isSeenOnce(fold) && to.eventTimeMs < state.nowMs;
    return unseen(state, fold, unit, { from, to: isOpen ? null : to, seen: to });
  });
  if (hidden) list.push(unseen(state, fold, unit, { from: fold.lastFence, to: null, seen: null }));
  if (hidden && fold.lastVague !== null && isQuiet(state, fold.lastVague, unit))
    list.push(unseen(state, fold, unit, { from: fold.lastVague, to: null, seen: null }));
  return list;
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
  state: EngineState,
  fold: UnitFold | null,
  { id }: PlanUnit,
  { from, to, seen }: Readonly<Record<'from' | 'to' | 'seen', TrackPoint | null>>,
): Unseen {
  const fromMs = from?.eventTimeMs ?? 0;
  // Half-open, and now is in it while it goes on.
  const toMs = to?.eventTimeMs ?? state.nowMs + 1;
  const duty = dutyIntervals(state, id);
  const pairs: [number, number][] = [];
  for (let i = firstEndingAfter(duty, Math.max(fromMs, state.settledToMs)); i < duty.length; i += 2) {
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
 *
 * @param unseen as `unseenOf` answers
 */
export function doubtsOf(
  state: EngineState,
  unseen: readonly Unseen[],
  placeId: string,
  unit: PlanUnit,
): [fromMs: number, toMs: number][] {
  const pairs: [number, number][] = [];
  const fold = state.units.get(unit.id)?.head ?? null;
  const track = fold?.places.get(placeId);
  const vague = fold === null || track === undefined ? [] : vagueMarks(state, fold, track, unit);
  for (const one of unseen) {
    const { from, to, fromMs, toMs, lasting } = one;
    if (vague.length > 0) addPairs(pairs, intersect(vague, [fromMs, toMs]));
    if (lasting.length === 0) continue;
    for (const [i, version] of state.plans.entries()) {
      const place = version.placeById.get(placeId);
      if (place === undefined || (i > 0 && version.fromMs >= toMs) || version.toMs <= fromMs) continue;
      const then = version.unitById.get(unit.id) ?? unit;
      const reachedMs = from === null ? 0 : fromMs + reachMs(version, place, then, from);
      const leftMs = to === null ? toMs : toMs - reachMs(version, place, then, to);
      const within = [Math.max(reachedMs, i === 0 ? 0 : version.fromMs), Math.min(leftMs, version.toMs)] as const;
      if (within[0] < within[1]) addPairs(pairs, intersect(lasting, within));
    }
  }
  if (fold !== null && track !== undefined && track.lostMs !== null && !isOutOfSight(state, unit))
    pairs.push([fold.lastFence?.eventTimeMs ?? track.lostMs, state.nowMs]);
  return pairs;
}

/** When a doubt about where the unit is begins, or ends, though nothing is heard of it; null: not any more. */
export function nextDoubtMs(state: EngineState, plan: PlanInForce, place: PlanPlace, unit: PlanUnit): number | null {
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
export function notReportingSinceMs(state: EngineState, unit: PlanUnit): number | null {
  if (!isOutOfSight(state, unit)) return null;
  const startMs = silenceOnDutyMs(state, unit.id, state.units.get(unit.id)?.head?.lastFence ?? null);
  return startMs !== null && state.nowMs >= doubtEndMs(state, startMs) ? startMs : null;
}

/** Start of the silence that goes on: the last position, or the start of the duty when that is later. Null: off duty. */
function silenceOnDutyMs(state: EngineState, unitId: string, last: TrackPoint | null): number | null {
  const duty = dutyIntervals(state, unitId);
  const i = firstEndingAfter(duty, state.nowMs);
  const fromMs = duty[i];
  return fromMs === undefined || fromMs > state.nowMs ? null : Math.max(fromMs, last?.eventTimeMs ?? 0);
}

/** When the doubt of a silence, or of a statement that ran out, that began then ends: while the server was away nobody could be heard (T3). */
export function doubtEndMs(state: EngineState, startMs: number): number {
  let endMs = startMs + possibleForMs(state, startMs);
  for (const outage of state.outages) {
    if (outage.toMs > startMs && outage.fromMs < endMs) endMs += outage.toMs - Math.max(startMs, outage.fromMs);
  }
  return endMs;
}

/** How long the doubt of a silence that began then lasts. */
function possibleForMs(state: EngineState, atMs: number): number {
  return planAt(state, atMs)?.plan.possibleForMs ?? POSSIBLE_FOR_MS;
}

function vagueMarks(state: EngineState, fold: UnitFold, track: PlaceTrack, unit: PlanUnit): readonly number[] {
  const { lastVague } = fold;
  const untilMs = lastVague !== null && isQuiet(state, lastVague, unit) ? lastVague.eventTimeMs : state.nowMs;
  return marksUntil(track.vague, untilMs);
}

/** Whether so much time has passed since a unit's latest position that it says nothing of where it is now. */
function isQuiet(state: EngineState, { eventTimeMs }: TrackPoint, unit: PlanUnit): boolean {
  return state.nowMs - eventTimeMs >= silentAfterMs(unit);
}

/**
 * Since a position that cannot be reached from the last believed one: which of the two is wrong shows later, and until then the unit
 * may be where the latest one says.
 */
export function unbelievedDoubts(
  state: EngineState,
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
  const sigmas = isUsable(from) ? POSSIBLE_SIGMAS : VAGUE_SIGMAS;
  const awayM = signedDistanceM(plan.plan.ruler, place.shape, from) - sigmas * from.sigmaM;
  return Math.floor((Math.max(0, awayM) * 100_000) / TOP_SPEED_CMPS[unit.kind]);
}

function addPairs(pairs: [number, number][], intervals: readonly number[]): void {
  for (let i = 0; i < intervals.length; i += 2) pairs.push([intervals[i] as number, intervals[i + 1] as number]);
}
