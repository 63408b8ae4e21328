import { formatPlacePast } from '../../model/fold-keys.js';
import type { PlanPlace, PlanUnit, UnitKind } from '../../model/plan.js';
import type { EngineState, PlaceTrack, PlanInForce, UnitFold, Visit } from '../state.js';
import { doubtsOf, type Unseen, unseenOf } from './doubts.js';
import { contains, intersect, normalise, subtract } from './intervals.js';
import { marksUntil } from './marks.js';
import { dutyIntervals, planAt, planWithUnit, silentAfterMs, unitsSoFar } from './plans.js';
import { isOutOfSight, sightOf, supportOf } from './sight.js';

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
  /** Units that may be anywhere in reach now: out of sight, or seen only once since they were. */
  readonly hidden: readonly PlanUnit[];
  /** Other units with holes in their trace: they may have been anywhere in reach then. */
  readonly holed: readonly PlanUnit[];
  /** By unit: when it was out of sight; filled when it is first asked for, as what follows. */
  readonly unseen: Map<string, readonly Unseen[]>;
  /** By place: where units were proven to be in it. */
  readonly covered: Map<string, readonly PresenceSpan[]>;
  /** By place, then by unit: when it may have been in it, whatever its duty. */
  readonly possible: Map<string, Map<string, readonly Pair[]>>;
}

type Pair = readonly [fromMs: number, toMs: number];

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
    if (sightOf(state, unit) !== 'in-sight') hidden.push(unit);
    else if (fold !== null && fold.holes.length > 0) holed.push(unit);
  }
  return { visitors, hidden, holed, unseen: new Map(), covered: new Map(), possible: new Map() };
}

/**
 * Where units on duty were proven to be in the place, up to now, by (from, unit). A unit that reports is there until it
 * has left beyond doubt; then, looking back, only until it was last seen inside. A silent unit only until its last fix.
 */
export function coveredSpans(state: EngineState, where: Whereabouts, placeId: string): readonly PresenceSpan[] {
  const known = where.covered.get(placeId);
  if (known !== undefined) return known;
  const spans: PresenceSpan[] = [];
  for (const unit of where.visitors.get(placeId) ?? []) {
    const fold = state.units.get(unit.id)?.head;
    const track = fold?.places.get(placeId);
    if (fold === undefined || fold === null || track === undefined) continue;
    const pairs = track.visits.flatMap((visit) => coveredPairs(visit, liveUntilMs(state, fold, track, unit, visit)));
    push(spans, unit.id, intersect(normalise(pairs), dutyIntervals(state, unit.id)));
  }
  where.covered.set(placeId, spans.sort(bySpan));
  return spans;
}

/** Units on duty that may have been in the place without being proven there: out of sight, vague, seen once, or at its edge. */
export function possibleSpans(state: EngineState, where: Whereabouts, placeId: string): PresenceSpan[] {
  const spans: PresenceSpan[] = [];
  for (const unit of new Set([...(where.visitors.get(placeId) ?? []), ...where.hidden, ...where.holed])) {
    const pairs = possiblePairs(state, where, placeId, unit);
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
  const holdsNow = ([from, to]: Pair): boolean => from <= state.nowMs && to >= state.nowMs;
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
    else if (possiblePairs(state, where, place.id, unit).some(holdsNow)) possible.push(unit.id);
  }
  return { covering: covering.sort(), possible: possible.sort() };
}

/** Key into `gapBases`: of what counted for a rule at a place, or of anybody's presence there. */
export function baseKey(ruleId: string | null, place: string): string {
  return formatPlacePast(ruleId === null ? { kind: 'anybody', place } : { kind: 'rule', ruleId, place });
}

export function isOnDuty(state: EngineState, unitId: string): boolean {
  return contains(dutyIntervals(state, unitId), state.nowMs);
}

/** What a unit was at an event time, by the plan of then; else as the newest plan that has it says. */
export function kindAt(state: EngineState, unitId: string, eventTimeMs: number): UnitKind | null {
  const then = planAt(state, eventTimeMs)?.unitById.get(unitId);
  return (then ?? planWithUnit(state, unitId)?.unitById.get(unitId))?.kind ?? null;
}

function liveUntilMs(state: EngineState, fold: UnitFold, track: PlaceTrack, unit: PlanUnit, visit: Visit): number {
  if (!visit.open) return visit.innerToMs;
  const supportMs = Math.max(visit.innerToMs, supportOf(track, fold.lastFence));
  if (track.lostMs !== null || state.nowMs - supportMs >= silentAfterMs(unit)) return supportMs;
  return track.weakSinceMs ?? Math.max(state.nowMs, visit.innerToMs);
}

function coveredPairs(visit: Visit, untilMs: number): [number, number][] {
  const proven = subtract([visit.innerFromMs, untilMs], visit.weak);
  return pairsOf(proven);
}

function possiblePairs(state: EngineState, where: Whereabouts, placeId: string, unit: PlanUnit): readonly Pair[] {
  const byUnit = where.possible.get(placeId) ?? new Map<string, readonly Pair[]>();
  where.possible.set(placeId, byUnit);
  const pairs = byUnit.get(unit.id) ?? findPossible(state, where, placeId, unit);
  byUnit.set(unit.id, pairs);
  return pairs;
}

function findPossible(state: EngineState, where: Whereabouts, placeId: string, unit: PlanUnit): readonly Pair[] {
  const fold = state.units.get(unit.id)?.head ?? null;
  const track = fold?.places.get(placeId);
  const unseen = where.unseen.get(unit.id) ?? unseenOf(state, unit);
  where.unseen.set(unit.id, unseen);
  const pairs = doubtsOf(state, unseen, placeId, unit);
  if (fold === null || track === undefined) return pairs;
  const seenMs = isOutOfSight(state, unit) ? (fold.lastFence?.eventTimeMs ?? 0) : state.nowMs;
  for (const visit of track.visits) pairs.push(...pairsOf(visit.weak));
  if (track.weakSinceMs !== null) pairs.push([track.weakSinceMs, state.nowMs]);
  pairs.push(...pairsOf(marksUntil(track.possible, seenMs)));
  return pairs;
}

function push(spans: PresenceSpan[], unit: string, intervals: readonly number[]): void {
  for (const [fromMs, toMs] of pairsOf(intervals)) spans.push({ unit, fromMs, toMs });
}

export function pairsOf(intervals: readonly number[]): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < intervals.length; i += 2) pairs.push([intervals[i] as number, intervals[i + 1] as number]);
  return pairs;
}

function bySpan(a: PresenceSpan, b: PresenceSpan): number {
  return a.fromMs - b.fromMs || a.toMs - b.toMs || (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : 0);
}
