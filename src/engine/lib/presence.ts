import { formatPlacePast } from '../../model/fold-keys.js';
import type { PlanPlace, PlanUnit, UnitKind } from '../../model/plan.js';
import type { EngineState, PlaceTrack, PlanInForce, UnitFold, Visit } from '../state.js';
import { doubtsOf, unbelievedDoubts, type Unseen, unseenOf } from './doubts.js';
import { contains, intersect, normalise, pairsOf, subtract } from '../../model/intervals.js';
import { marksUntil } from './marks.js';
import { dutyIntervals, planAt, planWithUnit, silentAfterMs, unitsSoFar } from './plans.js';
import { isOutOfSight, sightOf, supportOf } from './sight.js';
import { type Said, saidOf, type Spoken, spokenOf } from './statements.js';

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
  /** Units that something was said of by radio. */
  readonly stated: readonly PlanUnit[];
  /** By unit: when what was said of it speaks; filled when it is first asked for, as what follows. */
  readonly spoken: Map<string, readonly Spoken[]>;
  /** By unit: when it was out of sight. */
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
  const stated: PlanUnit[] = [];
  for (const unit of unitsSoFar(state)) {
    const fold = state.units.get(unit.id)?.head ?? null;
    for (const placeId of fold?.places.keys() ?? []) {
      const units = visitors.get(placeId);
      if (units === undefined) visitors.set(placeId, [unit]);
      else units.push(unit);
    }
    if (state.statements.has(unit.id)) stated.push(unit);
    if (sightOf(state, unit) !== 'in-sight') hidden.push(unit);
    else if (fold !== null && fold.holes.length > 0) holed.push(unit);
  }
  return {
    visitors,
    hidden,
    holed,
    stated,
    spoken: new Map(),
    unseen: new Map(),
    covered: new Map(),
    possible: new Map(),
  };
}

/**
 * Where units on duty were in the place, up to now, by (from, unit): proven, or stated by radio while nothing was seen of them. A unit that
 * reports is there until it has left beyond doubt; then, looking back, only as `provenUntilMs` says. A silent unit only until
 * its last fix.
 */
export function coveredSpans(state: EngineState, where: Whereabouts, placeId: string): readonly PresenceSpan[] {
  const known = where.covered.get(placeId);
  if (known !== undefined) return known;
  const spans: PresenceSpan[] = [];
  for (const unit of new Set([...(where.visitors.get(placeId) ?? []), ...where.stated])) {
    const pairs = provenPairs(state, placeId, unit);
    for (const [fromMs, toMs] of saidAt(state, where, placeId, unit).here)
      pairs.push([fromMs, Math.min(toMs, state.nowMs)]);
    if (pairs.length > 0) push(spans, unit.id, intersect(normalise(pairs), dutyIntervals(state, unit.id)));
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

/** Units on duty in a place at the engine's clock, sorted. */
export interface UnitsNow {
  /** Seen there, or stated to be. */
  readonly covering: readonly string[];
  /** Those of them that are not seen there. */
  readonly stated: readonly string[];
  /** Those that may be there, and are neither. */
  readonly possible: readonly string[];
}

export function unitsNow(state: EngineState, where: Whereabouts, plan: PlanInForce, place: PlanPlace): UnitsNow {
  const covering: string[] = [];
  const stated: string[] = [];
  const possible: string[] = [];
  const holdsNow = ([from, to]: Pair): boolean => from <= state.nowMs && to >= state.nowMs;
  for (const unit of new Set([...(where.visitors.get(place.id) ?? []), ...where.hidden, ...where.stated])) {
    if (!plan.unitById.has(unit.id) || !isOnDuty(state, unit.id)) continue;
    const visit = state.units.get(unit.id)?.head?.places.get(place.id)?.visits.at(-1);
    if (visit !== undefined && provenPairs(state, place.id, unit, [visit]).some(holdsNow)) covering.push(unit.id);
    else if (saidAt(state, where, place.id, unit).here.some(([from, to]) => from <= state.nowMs && state.nowMs < to))
      stated.push(unit.id);
    else if (possiblePairs(state, where, place.id, unit).some(holdsNow)) possible.push(unit.id);
  }
  return { covering: [...covering, ...stated].sort(), stated: stated.sort(), possible: possible.sort() };
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

/**
 * Until when a visit counts, looking back: until its unit was last seen inside, or what it was after that was told weak. A unit may
 * stand at the edge for hours, so how it leaves in the end must take back nothing of the time before.
 */
export function provenUntilMs({ innerToMs, weak }: Visit): number {
  return Math.max(innerToMs, weak.at(-1) ?? 0);
}

function liveUntilMs(state: EngineState, fold: UnitFold, track: PlaceTrack, unit: PlanUnit, visit: Visit): number {
  if (!visit.open) return provenUntilMs(visit);
  const supportMs = Math.max(visit.innerToMs, supportOf(track, fold.lastFence));
  if (track.lostMs !== null || state.nowMs - supportMs >= silentAfterMs(unit)) return supportMs;
  return track.weakSinceMs ?? Math.max(state.nowMs, visit.innerToMs);
}

/** When the unit was proven to be in the place, on duty or not. `visits`: all by default. */
function provenPairs(
  state: EngineState,
  placeId: string,
  unit: PlanUnit,
  visits?: readonly Visit[],
): [number, number][] {
  const fold = state.units.get(unit.id)?.head ?? null;
  const track = fold?.places.get(placeId);
  if (fold === null || track === undefined) return [];
  return (visits ?? track.visits).flatMap((visit) =>
    pairsOf(subtract([visit.innerFromMs, liveUntilMs(state, fold, track, unit, visit)], visit.weak)),
  );
}

function possiblePairs(state: EngineState, where: Whereabouts, placeId: string, unit: PlanUnit): readonly Pair[] {
  const byUnit = where.possible.get(placeId) ?? new Map<string, readonly Pair[]>();
  where.possible.set(placeId, byUnit);
  const pairs = byUnit.get(unit.id) ?? findPossible(state, where, placeId, unit);
  byUnit.set(unit.id, pairs);
  return pairs;
}

/** When the unit may have been in the place, by what is said of it too. */
function findPossible(state: EngineState, where: Whereabouts, placeId: string, unit: PlanUnit): readonly Pair[] {
  const said = saidAt(state, where, placeId, unit);
  const pairs = unsaidPairs(state, where, placeId, unit);
  const left = said.notHere.length === 0 ? pairs : pairsOf(subtract(normalise(pairs), normalise(said.notHere)));
  return [...left, ...said.maybe, ...unbelievedDoubts(state, placeId, unit)];
}

/** When the unit may have been in the place, but for where it was stated to be, or not to be. */
export function unsaidPairs(
  state: EngineState,
  where: Whereabouts,
  placeId: string,
  unit: PlanUnit,
): [number, number][] {
  const fold = state.units.get(unit.id)?.head ?? null;
  const track = fold?.places.get(placeId);
  const pairs = doubtsOf(state, unseenAt(state, where, unit), placeId, unit);
  pairs.push(...saidAt(state, where, placeId, unit).after);
  if (fold === null || track === undefined) return pairs;
  const seenMs = isOutOfSight(state, unit) ? (fold.lastFence?.eventTimeMs ?? 0) : state.nowMs;
  for (const visit of track.visits) pairs.push(...pairsOf(visit.weak));
  if (track.weakSinceMs !== null) pairs.push([track.weakSinceMs, state.nowMs]);
  pairs.push(...pairsOf(marksUntil(track.possible, seenMs)));
  return pairs;
}

function unseenAt(state: EngineState, where: Whereabouts, unit: PlanUnit): readonly Unseen[] {
  const unseen = where.unseen.get(unit.id) ?? unseenOf(state, unit);
  where.unseen.set(unit.id, unseen);
  return unseen;
}

/** What is said of a unit, over all places. */
export function spokenAt(state: EngineState, where: Whereabouts, unit: PlanUnit): readonly Spoken[] {
  if (!state.statements.has(unit.id)) return [];
  const spoken = where.spoken.get(unit.id) ?? spokenOf(state, unit.id, unseenAt(state, where, unit));
  where.spoken.set(unit.id, spoken);
  return spoken;
}

export function saidAt(state: EngineState, where: Whereabouts, placeId: string, unit: PlanUnit): Said {
  const spoken = spokenAt(state, where, unit);
  return spoken.length === 0 ? NOTHING_SAID : saidOf(state, spoken, placeId, unit);
}
const NOTHING_SAID: Said = { here: [], maybe: [], notHere: [], after: [] };

function push(spans: PresenceSpan[], unit: string, intervals: readonly number[]): void {
  for (const [fromMs, toMs] of pairsOf(intervals)) spans.push({ unit, fromMs, toMs });
}

function bySpan(a: PresenceSpan, b: PresenceSpan): number {
  return a.fromMs - b.fromMs || a.toMs - b.toMs || (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : 0);
}
