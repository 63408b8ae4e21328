import type { Ruler } from '../../geo/ruler.js';
import { signedDistanceM } from '../../geo/shape.js';
import { intersect, subtract } from '../../model/intervals.js';
import { POSSIBLE_SIGMAS, SPOT_MS, VISIT_MERGE_MS } from '../../model/limits.js';
import type { BunchingRule, Intervals, PlanPlace } from '../../model/plan.js';
import { type LimitInForce, limitAt } from '../plan/limits-over.js';
import { planAt, silentAfterMs } from '../plan/plans.js';
import type { PlanInForce } from '../plan/slice.js';
import { countsUnit, plannedAt } from '../plan/so-far.js';
import { taskTimes } from '../plan/tasks.js';
import { dutyIntervals } from '../plan/windows.js';
import { furthestM, middleOfSpot, NO_SPOTS, reachM, type Spot, spotsSince } from '../track/spots.js';
import type { PresenceScope } from './slice.js';

/** Two units that were certainly near one another, each on duty and without a task, from the first proof of it to the last. */
export interface TogetherSpan {
  /** The lesser id first. */
  readonly units: readonly [string, string];
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TogetherTerms {
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
  /** By (units, from). */
  readonly spans: readonly TogetherSpan[];
  /** Whether nothing shows yet, up to `untilMs`, that a span has ended: it lasts until its units have not been near for as long as makes one silent. */
  readonly goesOn: (span: TogetherSpan) => boolean;
}

/**
 * When which units of a rule were near one another, slice by slice of event time: at the furthest that their positions and errors allow. One
 * who is where the plan or a task lets several be is near nobody. Two proofs with less than VISIT_MERGE_MS between them make one span.
 */
export function findTogether(state: PresenceScope, terms: TogetherTerms): Together {
  const free = freeTimes(state, terms.binds);
  const byPair = new Map<string, TogetherSpan[]>();
  for (const span of terms.remembered) byPair.set(span.units.join(' '), [span]);
  for (const proof of proofsOf(state, terms)) {
    const [a, b] = proof.units;
    const both = intersect(free(a), free(b));
    if (!isWithin(both, proof.fromMs, proof.toMs)) continue;
    const spans = byPair.get(proof.units.join(' ')) ?? [];
    byPair.set(proof.units.join(' '), spans);
    const last = spans.at(-1);
    if (
      last !== undefined &&
      proof.fromMs - last.toMs < mergeMs(state, last) &&
      isWithin(both, last.toMs, proof.fromMs)
    )
      spans[spans.length - 1] = { ...last, toMs: Math.max(last.toMs, proof.toMs) };
    else spans.push(proof);
  }
  return {
    spans: [...byPair.values()].flat().sort(bySpan),
    goesOn: (span) => {
      const [a, b] = span.units;
      const isRecent = terms.untilMs - span.toMs < mergeMs(state, span);
      return isRecent && isWithin(intersect(free(a), free(b)), span.toMs, terms.untilMs);
    },
  };
}

/** Two units near one another in one slice, in the order of slices. */
function proofsOf(state: PresenceScope, { units, limits, sinceMs, untilMs }: TogetherTerms): TogetherSpan[] {
  const bySlice = new Map<number, { readonly unit: string; readonly spot: Spot; readonly lngE7: number }[]>();
  for (const unit of [...units].sort()) {
    const spots = spotsSince(state.units.get(unit)?.head?.spots ?? NO_SPOTS, sinceMs);
    for (const spot of spots) {
      if ((spot.nth + 1) * SPOT_MS > untilMs) break;
      const slice = bySlice.get(spot.nth) ?? [];
      slice.push({ unit, spot, lngE7: middleOfSpot(spot).lngE7 });
      bySlice.set(spot.nth, slice);
    }
  }
  const proofs: TogetherSpan[] = [];
  const excuses = new Map<Spot, boolean>();
  for (const nth of [...bySlice.keys()].sort((a, b) => a - b)) {
    const slice = bySlice.get(nth) ?? [];
    const rule = limitAt(limits, nth * SPOT_MS)?.rule;
    const plan = planAt(state, nth * SPOT_MS);
    if (rule === undefined || plan === null || slice.length < rule.atLeast) continue;
    const { ruler } = plan.plan;
    const isExcused = (spot: Spot): boolean => {
      const known = excuses.get(spot) ?? excusesOf(state, plan, rule, spot).some((one) => mayBeIn(ruler, one, spot));
      excuses.set(spot, known);
      return known;
    };
    slice.sort((a, b) => a.lngE7 - b.lngE7);
    for (const [i, one] of slice.entries()) {
      for (let j = i + 1; j < slice.length; j += 1) {
        const other = slice[j] as typeof one;
        if ((other.lngE7 - one.lngE7) * ruler.metresPerLngE7 > rule.withinM) break;
        if (furthestM(one.spot, other.spot, ruler) > rule.withinM) continue;
        if (!countsUnit(rule, one.unit) || !countsUnit(rule, other.unit)) continue;
        if (!isExcused(one.spot) && !isExcused(other.spot)) proofs.push(proofOf(one, other));
      }
    }
  }
  return proofs;
}

interface UnitSpot {
  readonly unit: string;
  readonly spot: Spot;
}

/** From when both were seen until one was not; two that were seen one after the other, from one to the other. */
function proofOf(a: UnitSpot, b: UnitSpot): TogetherSpan {
  const bothMs = Math.max(a.spot.fromMs, b.spot.fromMs);
  const oneMs = Math.min(a.spot.toMs, b.spot.toMs);
  return {
    units: a.unit < b.unit ? [a.unit, b.unit] : [b.unit, a.unit],
    fromMs: Math.min(bothMs, oneMs),
    toMs: Math.max(bothMs, oneMs),
  };
}

/** Places where several may be together at the time of a spot: by the plan, or because something is done there. */
function excusesOf(state: PresenceScope, plan: PlanInForce, rule: BunchingRule, spot: Spot): readonly PlanPlace[] {
  const places = [...exceptedPlaces(plan, rule)];
  for (const task of state.tasks.values()) {
    if (task.fromMs > spot.toMs || (task.toMs !== null && task.toMs <= spot.fromMs)) continue;
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

/** How long the units of a span may go unproven before it has ended. */
function mergeMs(state: PresenceScope, { units, toMs }: TogetherSpan): number {
  const silences = units.map((unit) => {
    const planned = plannedAt(state, unit, toMs);
    return planned === null ? 0 : silentAfterMs(planned);
  });
  return Math.max(VISIT_MERGE_MS, ...silences);
}

function isWithin(intervals: Intervals, fromMs: number, toMs: number): boolean {
  return subtract([fromMs, Math.max(toMs, fromMs + 1)], intervals).length === 0;
}

function bySpan(a: TogetherSpan, b: TogetherSpan): number {
  const [left, right] = [a.units.join(' '), b.units.join(' ')];
  return left < right ? -1 : left > right ? 1 : a.fromMs - b.fromMs;
}
