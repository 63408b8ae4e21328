import { signedDistanceM } from '../../geo/shape.js';
import type { Ruler } from '../../geo/ruler.js';
import { indexOfInterval, intersect, subtract } from '../../model/intervals.js';
import { MAX_BUNCH_HOLE_MS, POSSIBLE_SIGMAS, SPOT_MS, VISIT_MERGE_MS } from '../../model/limits.js';
import type { BunchingRule, Intervals, PlanPlace } from '../../model/plan.js';
import { type LimitInForce, limitAt } from '../plan/limits-over.js';
import { planAt, silentAfterMs } from '../plan/plans.js';
import type { PlanInForce } from '../plan/slice.js';
import { countsUnit, plannedAt } from '../plan/so-far.js';
import { taskTimes } from '../plan/tasks.js';
import { dutyIntervals } from '../plan/windows.js';
import { middleOfSpot, NO_SPOTS, reachM, type Spot, spotsSince } from '../track/spots.js';
import { bunchesAmong, byUnit, type UnitSpot } from './bunches.js';
import type { PresenceScope } from './slice.js';

/** A unit that certainly stood in a bunch, on duty and without a task, from the first proof of it to the last. */
export interface TogetherSpan {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TogetherTerms {
  readonly ruleId: string;
  /** All that some version of the plan has the rule count. */
  readonly units: ReadonlySet<string>;
  readonly binds: Intervals;
  readonly limits: readonly LimitInForce<BunchingRule>[];
  /** Only slices that end after `sinceMs` and are over at `untilMs` count, and what is remembered of the time before. */
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly remembered: readonly TogetherSpan[];
}

export interface Together {
  /** By (unit, from). */
  readonly spans: readonly TogetherSpan[];
  /** Whether nothing shows yet, up to `untilMs`, that a span has ended: it lasts until its unit has been in no bunch for as long as makes it silent. */
  readonly goesOn: (span: TogetherSpan) => boolean;
  /** Of units that stood in a bunch shortly before an instant, one of it: the same for all that it joined. */
  readonly bunchAt: (atMs: number) => ReadonlyMap<string, string>;
}

type Bunches = readonly (readonly UnitSpot[])[];

/**
 * When which units of a rule stood in a bunch, slice by slice of event time. One who is where the plan or a task lets several be, or is not
 * free for the whole slice, is in none. Two proofs with less than VISIT_MERGE_MS between them make one span.
 */
export function findTogether(state: PresenceScope, terms: TogetherTerms): Together {
  const { sinceMs, untilMs, remembered } = terms;
  const free = freeTimes(state, terms.binds);
  const slices = slicesOf(state, terms, free);
  const byName = new Map<string, TogetherSpan[]>(remembered.map((span) => [span.unit, [span]]));
  for (const [nth, bunches] of slices) {
    if ((nth + 1) * SPOT_MS <= sinceMs) continue;
    for (const proof of bunches.flatMap((bunch) =>
      proofsOf(bunch, limitAt(terms.limits, nth * SPOT_MS)?.rule.atLeast),
    )) {
      const spans = byName.get(proof.unit) ?? [];
      byName.set(proof.unit, spans);
      const last = spans.at(-1);
      const isOne =
        last !== undefined &&
        proof.fromMs - last.toMs < mergeMs(state, last) &&
        isWithin(free(proof.unit), last.toMs, proof.fromMs);
      if (isOne) spans[spans.length - 1] = { ...last, toMs: Math.max(last.toMs, proof.toMs) };
      else spans.push(proof);
    }
  }
  return {
    spans: [...byName.values()].flat().sort((a, b) => byUnit(a, b) || a.fromMs - b.fromMs),
    goesOn: (span) => untilMs - span.toMs < mergeMs(state, span) && isWithin(free(span.unit), span.toMs, untilMs),
    bunchAt: bunchesBefore(slices),
  };
}

/** Who was in which bunch, by slice, oldest first; of those before `sinceMs` too as far as they are asked for. */
function slicesOf(
  state: PresenceScope,
  { ruleId, units, limits, sinceMs, untilMs }: TogetherTerms,
  free: (unit: string) => Intervals,
): ReadonlyMap<number, Bunches> {
  const bySlice = new Map<number, UnitSpot[]>();
  for (const unit of [...units].sort()) {
    for (const spot of spotsSince(state.units.get(unit)?.head?.spots ?? NO_SPOTS, sinceMs - MAX_BUNCH_HOLE_MS)) {
      const endsMs = (spot.nth + 1) * SPOT_MS;
      if (endsMs > untilMs) break;
      if (!isWithin(free(unit), spot.nth * SPOT_MS, endsMs)) continue;
      const slice = bySlice.get(spot.nth);
      if (slice === undefined) bySlice.set(spot.nth, [{ unit, spot }]);
      else slice.push({ unit, spot });
    }
  }
  const known = knownOf(state, ruleId, sinceMs);
  const excepted = new Map<PlanInForce, readonly PlanPlace[]>();
  const found = new Map<number, Bunches>();
  for (const [nth, slice] of [...bySlice].sort(([a], [b]) => a - b)) {
    const rule = limitAt(limits, nth * SPOT_MS)?.rule;
    const plan = planAt(state, nth * SPOT_MS);
    if (rule === undefined || plan === null || slice.length < rule.atLeast) continue;
    const always = excepted.get(plan) ?? exceptedPlaces(plan, rule);
    excepted.set(plan, always);
    const excuses = [...always, ...placesOfTasks(state, plan, nth * SPOT_MS)];
    const counted = slice.filter(({ unit, spot }) => {
      return countsUnit(rule, unit) && !excuses.some((place) => mayBeIn(plan.plan.ruler, place, spot));
    });
    found.set(nth, bunchesOf(known, nth, counted, rule, plan));
  }
  return found;
}

/** What came of a slice, and of what. */
interface KnownSlice {
  readonly spots: readonly UnitSpot[];
  readonly rule: BunchingRule;
  readonly ruler: Ruler;
  readonly bunches: Bunches;
}

/** What slices came to, by rule: derived from the state alone, so it is in no snapshot. A spot is replaced, never changed in place. */
const slicesKnown = new WeakMap<object, Map<string, Map<number, KnownSlice>>>();

function knownOf({ units }: PresenceScope, ruleId: string, sinceMs: number): Map<number, KnownSlice> {
  const rules = slicesKnown.get(units) ?? new Map<string, Map<number, KnownSlice>>();
  slicesKnown.set(units, rules);
  const known = rules.get(ruleId) ?? new Map<number, KnownSlice>();
  rules.set(ruleId, known);
  for (const nth of known.keys()) if ((nth + 1) * SPOT_MS <= sinceMs - MAX_BUNCH_HOLE_MS) known.delete(nth);
  return known;
}

function bunchesOf(
  known: Map<number, KnownSlice>,
  nth: number,
  spots: readonly UnitSpot[],
  rule: BunchingRule,
  { plan: { ruler } }: PlanInForce,
): Bunches {
  const before = known.get(nth);
  const isSame =
    before !== undefined &&
    before.rule.atLeast === rule.atLeast &&
    before.rule.withinM === rule.withinM &&
    before.ruler === ruler &&
    before.spots.length === spots.length &&
    spots.every(({ spot }, i) => before.spots[i]?.spot === spot);
  if (isSame) return before.bunches;
  const bunches = bunchesAmong(spots, rule, ruler);
  known.set(nth, { spots, rule, ruler, bunches });
  return bunches;
}

/** Each unit of a bunch from when it, and enough others, were seen until it, or too many others, were not; if one came after the other, between. */
function proofsOf(bunch: readonly UnitSpot[], atLeast = bunch.length): TogetherSpan[] {
  const seenMs = bunch.map(({ spot }) => spot.fromMs).sort((a, b) => a - b)[atLeast - 1] as number;
  const goneMs = bunch.map(({ spot }) => spot.toMs).sort((a, b) => b - a)[atLeast - 1] as number;
  return bunch.map(({ unit, spot }) => {
    const bothMs = Math.max(spot.fromMs, seenMs);
    const oneMs = Math.min(spot.toMs, goneMs);
    return { unit, fromMs: Math.min(bothMs, oneMs), toMs: Math.max(bothMs, oneMs) };
  });
}

/** Bunches of the slices up to an instant, as far back as a span goes on without a proof, joined where they share a unit. */
function bunchesBefore(slices: ReadonlyMap<number, Bunches>): Together['bunchAt'] {
  const known = new Map<number, ReadonlyMap<string, string>>();
  return (atMs) => {
    const lastNth = Math.floor(atMs / SPOT_MS);
    const joined = known.get(lastNth) ?? joinedOf(slices, lastNth);
    known.set(lastNth, joined);
    return joined;
  };
}

function joinedOf(slices: ReadonlyMap<number, Bunches>, lastNth: number): ReadonlyMap<string, string> {
  const above = new Map<string, string>();
  const speakerOf = (unit: string): string => {
    let speaker = unit;
    for (let next = above.get(speaker); next !== undefined && next !== speaker; next = above.get(speaker))
      speaker = next;
    above.set(unit, speaker);
    return speaker;
  };
  for (let nth = lastNth - MAX_BUNCH_HOLE_MS / SPOT_MS; nth <= lastNth; nth += 1) {
    for (const [first, ...others] of slices.get(nth) ?? []) {
      if (first === undefined) continue;
      speakerOf(first.unit);
      for (const { unit } of others) above.set(speakerOf(unit), speakerOf(first.unit));
    }
  }
  return new Map([...above.keys()].map((unit) => [unit, speakerOf(unit)]));
}

/** Places where several may be together in a slice because something is done there. */
function placesOfTasks(state: PresenceScope, plan: PlanInForce, sliceMs: number): readonly PlanPlace[] {
  const places: PlanPlace[] = [];
  for (const task of state.tasks.values()) {
    if (task.fromMs > sliceMs + SPOT_MS || (task.toMs !== null && task.toMs <= sliceMs)) continue;
    for (const id of task.places) {
      const place = plan.placeById.get(id);
      if (place !== undefined) places.push(place);
    }
  }
  return places;
}

/** Places where a bunch is none: those that the rule excepts, and checkpoints of which a rule about strength wants so many units. */
function exceptedPlaces({ plan }: PlanInForce, { atLeast, exceptPlaces }: BunchingRule): readonly PlanPlace[] {
  const strong = new Set<string>();
  for (const rule of plan.rules)
    if (rule.kind === 'strength' && rule.counts === 'units' && rule.atLeast >= atLeast)
      for (const id of rule.places) strong.add(id);
  return plan.places.filter(({ id, kind }) => exceptPlaces.includes(id) || (kind === 'checkpoint' && strong.has(id)));
}

function mayBeIn(ruler: Ruler, { shape }: PlanPlace, spot: Spot): boolean {
  const outsideM = signedDistanceM(ruler, shape, middleOfSpot(spot));
  return outsideM - reachM(spot, ruler) - POSSIBLE_SIGMAS * spot.sigmaM <= 0;
}

/** When a unit is on duty inside the rule's hours, without a task; found when it is first asked for. */
function freeTimes(state: PresenceScope, binds: Intervals): (unit: string) => Intervals {
  const known = new Map<string, Intervals>();
  return (unit) => {
    const free = known.get(unit) ?? subtract(intersect(dutyIntervals(state, unit), binds), taskTimes(state, unit));
    known.set(unit, free);
    return free;
  };
}

/** How long the unit of a span may go unproven before it has ended. */
function mergeMs(state: PresenceScope, { unit, toMs }: TogetherSpan): number {
  const planned = plannedAt(state, unit, toMs);
  return Math.min(MAX_BUNCH_HOLE_MS, Math.max(VISIT_MERGE_MS, planned === null ? 0 : silentAfterMs(planned)));
}

function isWithin(intervals: Intervals, fromMs: number, toMs: number): boolean {
  const i = indexOfInterval(intervals, fromMs);
  return i >= 0 && toMs <= (intervals[i + 1] as number);
}
