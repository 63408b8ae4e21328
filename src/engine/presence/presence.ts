import { formatPlacePast } from '../../model/fold-keys.js';
import { firstEndingAfter, intersect, normalise, pairsOf, subtract } from '../../model/intervals.js';
import type { Intervals, PlanPlace, PlanUnit } from '../../model/plan.js';
import { earlier } from '../agenda/instants.js';
import { silentAfterMs } from '../plan/plans.js';
import type { PlanInForce } from '../plan/slice.js';
import { unitsSoFar } from '../plan/so-far.js';
import { dutyIntervals, isOnDuty } from '../plan/windows.js';
import { isOutOfSight, supportOf } from '../track/sight.js';
import { allUnseen, doubtsOf, type Pair, type UnitUnseen, unbelievedDoubts, unseenOf } from './doubts.js';
import { lastJudged } from './judged.js';
import type { PresenceScope } from './slice.js';
import { type Said, type Spoken, saidOf, spokenOf } from './spoken.js';
import { nextChangeMs, provenPairs, trackDoubts } from './unit-at-place.js';

/** A unit seen, or possible, in a place over `[fromMs, toMs)`. `toMs` is at most the engine's clock. */
export interface PresenceSpan {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Which units there is more to ask about than the presence table keeps. Found once for all the places that a settling instant looks at. */
export interface Whereabouts {
  /** Units that may be anywhere in reach now: out of sight as last judged, or seen only once since they were. */
  readonly hidden: () => readonly PlanUnit[];
  /** Units whose whereabouts depend on the engine's clock in more ways than by when they end. */
  readonly changing: readonly PlanUnit[];
  /** Units that were out of sight between two of their positions. */
  readonly bridging: () => readonly PlanUnit[];
  /** Units that something was said of by radio. */
  readonly stated: readonly PlanUnit[];
  /** By unit: when what was said of it speaks; filled when it is first asked for, as what follows. */
  readonly spoken: Map<string, readonly Spoken[]>;
  /** By unit: when it was out of sight. */
  readonly unseen: Map<string, UnitUnseen>;
  /** By place: where units were proven to be in it. */
  readonly covered: Map<string, readonly PresenceSpan[]>;
  /** By place, then by unit: when it may have been in it, whatever its duty. */
  readonly possible: Map<string, Map<string, readonly Pair[]>>;
}

export function findWhereabouts(state: PresenceScope): Whereabouts {
  const changing = state.presence.bringUpToDate(state);
  const units = unitsSoFar(state);
  return {
    hidden: once(() => units.filter(({ id }) => lastJudged(state, id).sight !== 'in-sight')),
    changing,
    bridging: once(() =>
      units.filter(({ id }) => state.units.get(id)?.head?.holes.some(({ from }) => from !== null) === true),
    ),
    stated: state.statements.size === 0 ? [] : units.filter(({ id }) => state.statements.has(id)),
    spoken: new Map(),
    unseen: new Map(),
    covered: new Map(),
    possible: new Map(),
  };
}

/** Finds a list when it is first asked for: at most instants nobody does. */
export function once<T>(find: () => readonly T[]): () => readonly T[] {
  let found: readonly T[] | null = null;
  return () => {
    found ??= find();
    return found;
  };
}

/**
 * Where units on duty were in the place, up to now, by (from, unit): proven, or stated by radio while nothing was seen of them. A unit that
 * reports is there until it has left beyond doubt; then, looking back, only as `provenUntilMs` says. A silent unit only until
 * its last fix.
 */
export function coveredSpans(state: PresenceScope, where: Whereabouts, placeId: string): readonly PresenceSpan[] {
  const known = where.covered.get(placeId);
  if (known !== undefined) return known;
  const spans: PresenceSpan[] = [];
  for (const { unit, covered } of state.presence.at(placeId)) addSpans(spans, unit, covered, state.nowMs);
  for (const unit of where.changing) {
    const pairs = [...provenAt(state, placeId, unit)];
    for (const [fromMs, toMs] of saidAt(state, where, placeId, unit).here)
      pairs.push([fromMs, Math.min(toMs, state.nowMs)]);
    addSpans(spans, unit.id, onDuty(state, unit, pairs), state.nowMs);
  }
  if (spans.length > 1) spans.sort(bySpan);
  where.covered.set(placeId, spans);
  return spans;
}

/** Units on duty that may have been in the place without being proven there: out of sight, vague, seen once, or at its edge. In no order. */
export function possibleSpans(state: PresenceScope, where: Whereabouts, placeId: string): PresenceSpan[] {
  const spans: PresenceSpan[] = [];
  for (const { unit, possible } of state.presence.at(placeId)) addSpans(spans, unit, possible, state.nowMs + 1);
  for (const unit of where.changing)
    addSpans(spans, unit.id, onDuty(state, unit, possiblePairs(state, where, placeId, unit)), state.nowMs + 1);
  return spans;
}

function onDuty(state: PresenceScope, unit: PlanUnit, pairs: readonly Pair[]): Intervals {
  return pairs.length === 0 ? [] : intersect(normalise(pairs), dutyIntervals(state, unit.id));
}

function addSpans(spans: PresenceSpan[], unit: string, intervals: Intervals, untilMs: number): void {
  for (let i = 0; i < intervals.length && (intervals[i] as number) < untilMs; i += 2) {
    spans.push({ unit, fromMs: intervals[i] as number, toMs: Math.min(intervals[i + 1] as number, untilMs) });
  }
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

export function unitsNow(state: PresenceScope, where: Whereabouts, plan: PlanInForce, place: PlanPlace): UnitsNow {
  const covering: string[] = [];
  const stated: string[] = [];
  const possible: string[] = [];
  const { nowMs } = state;
  const holdsNow = ([from, to]: Pair): boolean => from <= nowMs && to >= nowMs;
  const counts = (unitId: string): boolean => plan.unitById.has(unitId) && isOnDuty(state, unitId);
  for (const { unit, covered, maybe, untilMs } of state.presence.at(place.id)) {
    if (untilMs < nowMs) continue;
    if (holdsAt(covered, nowMs)) {
      if (counts(unit)) covering.push(unit);
    } else if (holdsAt(maybe, nowMs) && counts(unit)) possible.push(unit);
  }
  for (const unit of where.changing) {
    if (!counts(unit.id)) continue;
    if (provenAt(state, place.id, unit).some(holdsNow)) covering.push(unit.id);
    else if (saidAt(state, where, place.id, unit).here.some(([from, to]) => from <= nowMs && nowMs < to))
      stated.push(unit.id);
    else if (possiblePairs(state, where, place.id, unit).some(holdsNow)) possible.push(unit.id);
  }
  return { covering: sorted([...covering, ...stated]), stated: sorted(stated), possible: sorted(possible) };
}

function sorted(ids: string[]): readonly string[] {
  return ids.length > 1 ? ids.sort() : ids;
}

/** Whether an instant lies in one of the stretches, or at the end of one. */
function holdsAt(intervals: Intervals, atMs: number): boolean {
  const i = firstEndingAfter(intervals, atMs - 1);
  return i < intervals.length && (intervals[i] as number) <= atMs;
}

/** When presence at a place that may be begins or ends though nothing is heard of units. */
export function nextPresenceMs(state: PresenceScope, placeId: string): number | null {
  let nextMs: number | null = null;
  for (const one of state.presence.at(placeId))
    if (one.untilMs >= state.nowMs) nextMs = earlier(nextMs, nextChangeMs(one, state.nowMs));
  return nextMs;
}

/** Key into `gapBases`: of what counted for a rule at a place, or of anybody's presence there. */
export function baseKey(ruleId: string | null, place: string): string {
  return formatPlacePast(ruleId === null ? { kind: 'anybody', place } : { kind: 'rule', ruleId, place });
}

/** When the unit was proven to be in the place, on duty or not. */
function provenAt(state: PresenceScope, placeId: string, unit: PlanUnit): readonly Pair[] {
  const fold = state.units.get(unit.id)?.head ?? null;
  const track = fold?.places.get(placeId);
  if (fold === null || track === undefined) return [];
  // A presence that vague positions agree with goes on while they do.
  const isQuiet = state.nowMs - supportOf(track, fold.lastFence) >= silentAfterMs(unit);
  return provenPairs(fold, track, isQuiet, state.nowMs);
}

function possiblePairs(state: PresenceScope, where: Whereabouts, placeId: string, unit: PlanUnit): readonly Pair[] {
  const byUnit = where.possible.get(placeId) ?? new Map<string, readonly Pair[]>();
  where.possible.set(placeId, byUnit);
  const pairs = byUnit.get(unit.id) ?? findPossible(state, where, placeId, unit);
  byUnit.set(unit.id, pairs);
  return pairs;
}

/** When the unit may have been in the place, by what is said of it too. */
function findPossible(state: PresenceScope, where: Whereabouts, placeId: string, unit: PlanUnit): readonly Pair[] {
  const said = saidAt(state, where, placeId, unit);
  const pairs = unsaidPairs(state, where, placeId, unit);
  const left = said.notHere.length === 0 ? pairs : pairsOf(subtract(normalise(pairs), normalise(said.notHere)));
  return [...left, ...said.maybe, ...unbelievedDoubts(state, placeId, unit)];
}

/** When the unit may have been in the place, but for where it was stated to be, or not to be. */
export function unsaidPairs(state: PresenceScope, where: Whereabouts, placeId: string, unit: PlanUnit): Pair[] {
  const fold = state.units.get(unit.id)?.head ?? null;
  const track = fold?.places.get(placeId);
  const pairs = doubtsOf(state, unseenAt(state, where, unit), placeId, unit);
  pairs.push(...saidAt(state, where, placeId, unit).after);
  if (fold === null || track === undefined) return pairs;
  const seenMs = isOutOfSight(state, unit) ? (fold.lastFence?.eventTimeMs ?? 0) : state.nowMs;
  pairs.push(...trackDoubts(track, seenMs, state.nowMs));
  return pairs;
}

function unseenAt(state: PresenceScope, where: Whereabouts, unit: PlanUnit): UnitUnseen {
  const unseen = where.unseen.get(unit.id) ?? unseenOf(state, unit);
  where.unseen.set(unit.id, unseen);
  return unseen;
}

/** What is said of a unit, over all places. */
export function spokenAt(state: PresenceScope, where: Whereabouts, unit: PlanUnit): readonly Spoken[] {
  if (!state.statements.has(unit.id)) return [];
  const spoken = where.spoken.get(unit.id) ?? spokenOf(state, unit.id, allUnseen(unseenAt(state, where, unit)));
  where.spoken.set(unit.id, spoken);
  return spoken;
}

export function saidAt(state: PresenceScope, where: Whereabouts, placeId: string, unit: PlanUnit): Said {
  const spoken = spokenAt(state, where, unit);
  return spoken.length === 0 ? NOTHING_SAID : saidOf(state, spoken, placeId, unit);
}
const NOTHING_SAID: Said = { here: [], maybe: [], notHere: [], after: [] };

function bySpan(a: PresenceSpan, b: PresenceSpan): number {
  return a.fromMs - b.fromMs || a.toMs - b.toMs || (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : 0);
}
