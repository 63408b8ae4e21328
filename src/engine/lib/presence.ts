import { signedDistanceM } from '../../geo/shape.js';
import { TOP_SPEED_CMPS } from '../../model/limits.js';
import { formatPlacePast } from '../../model/fold-keys.js';
import type { PlanPlace, PlanUnit, UnitKind } from '../../model/plan.js';
import type { EngineState, PlaceTrack, PlanInForce, TrackPoint, UnitFold, Visit } from '../state.js';
import { contains, intersect, normalise, subtract } from './intervals.js';
import { dutyIntervals, silentAfterMs, unitsSoFar } from './plans.js';

/** A unit seen, or possible, in a place over `[fromMs, toMs)`. `toMs` is at most the engine's clock. */
export interface PresenceSpan {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Which units there is anything to ask about, as of the engine's clock: of a place, most are elsewhere for certain. Found
 * once for all the places that a settling instant looks at.
 */
export interface Whereabouts {
  /** By place: units that were in it, or nearly. */
  readonly visitors: ReadonlyMap<string, readonly PlanUnit[]>;
  /** Units that may be anywhere in reach now: out of sight, or behind a hole that ends at a fix ahead of the clock. */
  readonly hidden: readonly PlanUnit[];
  /** Other units with holes in their trace: they may have been anywhere in reach then. */
  readonly holed: readonly PlanUnit[];
}

export function findWhereabouts(state: EngineState): Whereabouts {
  const visitors = new Map<string, PlanUnit[]>();
  const hidden: PlanUnit[] = [];
  const holed: PlanUnit[] = [];
  for (const unit of unitsSoFar(state)) {
    const fold = state.units.get(unit.id)?.head ?? null;
    for (const placeId of fold?.places.keys() ?? []) {
      const units = visitors.get(placeId);
      if (units === undefined) visitors.set(placeId, [unit]);
      else units.push(unit);
    }
    const lastHole = fold?.holes.at(-1);
    if (isOutOfSight(state, unit) || (lastHole?.to.eventTimeMs ?? 0) >= state.nowMs) hidden.push(unit);
    else if (lastHole !== undefined) holed.push(unit);
  }
  return { visitors, hidden, holed };
}

/**
 * Where units on duty were proven to be in the place, up to now, by (from, unit). A unit that reports is there until it
 * has left beyond doubt; then, looking back, only until it was last seen inside. A silent unit only until its last fix.
 */
export function coveredSpans(
  state: EngineState,
  where: Whereabouts,
  placeId: string,
  kinds: readonly UnitKind[],
): PresenceSpan[] {
  const spans: PresenceSpan[] = [];
  for (const unit of where.visitors.get(placeId) ?? []) {
    if (!kinds.includes(unit.kind)) continue;
    const fold = state.units.get(unit.id)?.head;
    const track = fold?.places.get(placeId);
    if (fold === undefined || fold === null || track === undefined) continue;
    const pairs = track.visits.flatMap((visit) => coveredPairs(visit, liveUntilMs(state, fold, track, unit, visit)));
    push(spans, unit.id, intersect(normalise(pairs), dutyIntervals(state, unit.id)));
  }
  return spans.sort(bySpan);
}

/** Units on duty that may have been in the place without being seen there: silent, out of reach of proof, or standing at its edge. */
export function possibleSpans(
  state: EngineState,
  where: Whereabouts,
  plan: PlanInForce,
  place: PlanPlace,
  kinds: readonly UnitKind[],
): PresenceSpan[] {
  const spans: PresenceSpan[] = [];
  for (const unit of new Set([...(where.visitors.get(place.id) ?? []), ...where.hidden, ...where.holed])) {
    if (!kinds.includes(unit.kind)) continue;
    const pairs = possiblePairs(state, plan, place, unit);
    if (pairs.length > 0) push(spans, unit.id, intersect(normalise(pairs), dutyIntervals(state, unit.id)));
  }
  return spans.sort(bySpan);
}

/** Units on duty that are in the place at the engine's clock, and those that may be and are not seen there. Sorted. */
export function unitsNow(
  state: EngineState,
  where: Whereabouts,
  plan: PlanInForce,
  place: PlanPlace,
): { readonly covering: readonly string[]; readonly possible: readonly string[] } {
  const covering: string[] = [];
  const possible: string[] = [];
  const holdsNow = ([from, to]: readonly [number, number]): boolean => from <= state.nowMs && to >= state.nowMs;
  for (const unit of new Set([...(where.visitors.get(place.id) ?? []), ...where.hidden])) {
    if (!plan.unitById.has(unit.id) || !isOnDuty(state, unit.id)) continue;
    const fold = state.units.get(unit.id)?.head ?? null;
    const track = fold?.places.get(place.id);
    const visit = track?.visits.at(-1);
    const seen =
      fold !== null &&
      track !== undefined &&
      visit !== undefined &&
      coveredPairs(visit, liveUntilMs(state, fold, track, unit, visit)).some(holdsNow);
    if (seen) covering.push(unit.id);
    else if (possiblePairs(state, plan, place, unit).some(holdsNow)) possible.push(unit.id);
  }
  return { covering: covering.sort(), possible: possible.sort() };
}

/** Key into `gapBases`: of what counted for a rule at a place, or of anybody's presence there. */
export function baseKey(ruleId: string | null, place: string): string {
  return formatPlacePast(ruleId === null ? { kind: 'anybody', place } : { kind: 'rule', ruleId, place });
}

/** When a silent unit could first reach the place, or null when it reports, is there already or never set out. */
export function possibleFromMs(plan: PlanInForce, place: PlanPlace, unit: PlanUnit, last: TrackPoint): number {
  return last.eventTimeMs + reachMs(plan, place, unit, last);
}

/** Whether the unit's latest position is too old to say where it is. */
export function isOutOfSight(state: EngineState, unit: PlanUnit): boolean {
  const last = state.units.get(unit.id)?.head?.last ?? null;
  return last === null || state.nowMs - last.eventTimeMs >= silentAfterMs(unit);
}

export function isOnDuty(state: EngineState, unitId: string): boolean {
  return contains(dutyIntervals(state, unitId), state.nowMs);
}

function liveUntilMs(state: EngineState, fold: UnitFold, track: PlaceTrack, unit: PlanUnit, visit: Visit): number {
  if (!visit.open) return visit.innerToMs;
  if (isOutOfSight(state, unit)) return Math.max(visit.innerToMs, fold.lastFence?.eventTimeMs ?? 0);
  return track.weakSinceMs ?? Math.max(state.nowMs, visit.innerToMs);
}

function coveredPairs(visit: Visit, untilMs: number): [number, number][] {
  const proven = subtract([visit.innerFromMs, untilMs], visit.weak);
  return pairsOf(proven);
}

function possiblePairs(state: EngineState, plan: PlanInForce, place: PlanPlace, unit: PlanUnit): [number, number][] {
  const fold = state.units.get(unit.id)?.head ?? null;
  if (fold === null || fold.last === null) return [[0, state.nowMs]];
  const pairs: [number, number][] = [];
  const track = fold.places.get(place.id);
  for (const visit of track?.visits ?? []) pairs.push(...pairsOf(visit.weak));
  if (track !== undefined && track.weakSinceMs !== null) pairs.push([track.weakSinceMs, state.nowMs]);
  for (const hole of fold.holes) {
    const from = hole.from.eventTimeMs + reachMs(plan, place, unit, hole.from);
    const to = hole.to.eventTimeMs - reachMs(plan, place, unit, hole.to);
    pairs.push([from, to]);
  }
  if (isOutOfSight(state, unit)) pairs.push([possibleFromMs(plan, place, unit, fold.last), state.nowMs]);
  return pairs;
}

/** Least time from a position to the place at the top speed of the unit's kind, its error granted. Whole ms. */
function reachMs(plan: PlanInForce, place: PlanPlace, unit: PlanUnit, from: TrackPoint): number {
  const awayM = Math.max(0, signedDistanceM(plan.plan.ruler, place.shape, from) - from.sigmaM);
  return Math.floor((awayM * 100_000) / TOP_SPEED_CMPS[unit.kind]);
}

function push(spans: PresenceSpan[], unit: string, intervals: readonly number[]): void {
  for (const [fromMs, toMs] of pairsOf(intervals)) spans.push({ unit, fromMs, toMs });
}

function pairsOf(intervals: readonly number[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < intervals.length; i += 2) pairs.push([intervals[i] as number, intervals[i + 1] as number]);
  return pairs;
}

function bySpan(a: PresenceSpan, b: PresenceSpan): number {
  return a.fromMs - b.fromMs || a.toMs - b.toMs || (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : 0);
}
