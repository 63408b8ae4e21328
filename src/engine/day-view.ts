import type { Fix } from '../model/fix.js';
import { intersect, normalise, pairsOf, subtract } from '../model/intervals.js';
import type { CompiledPlan, Intervals } from '../model/plan.js';
import { placeSubject } from '../model/subject.js';
import { settleAtOrAfterMs } from './agenda/instants.js';
import { isGapRule } from './plan/gap-rules.js';
import { FOREVER_MS, putInForce, finalAfterMs } from './plan/plans.js';
import type { PlanInForce } from './plan/slice.js';
import { placesSoFar, rulesAbout, unitsSoFar } from './plan/so-far.js';
import { bindingIntervals, dutyIntervals, plannedDuty } from './plan/windows.js';
import { coveredSpans, findWhereabouts, type PresenceSpan, possibleSpans } from './presence/presence.js';
import type { EngineState } from './state.js';
import type { FoldCounts } from './track/fold.js';
import { pointOf } from './track/points.js';
import { isUsable } from './track/sight.js';

/** What the fold of a whole day reads from the state, and how it begins in the middle of a log. */

/** Puts plans into a state that has none: those that were logged before, oldest first, their versions without a hole. */
export function beginWithPlans(state: EngineState, plans: readonly CompiledPlan[]): void {
  state.plans = inForce(plans);
  state.timers.setEarlier({ kind: 'plan' }, settleAtOrAfterMs(state.nowMs));
}

function inForce(plans: readonly CompiledPlan[]): PlanInForce[] {
  return plans.map((plan, i) => ({ ...putInForce(plan), toMs: plans[i + 1]?.inForceFromMs ?? FOREVER_MS }));
}

/** The server was away then (T3), though trackers may have sent since what they stored. The instant must not have come before the last one. */
export function noteOutage(state: EngineState, outage: { readonly fromMs: number; readonly toMs: number }): void {
  state.outages.push({ ...outage });
}

/** How long after an instant nothing that comes in time can change what these plans make of it, ms. */
export function finalAfterPlansMs(plans: readonly CompiledPlan[]): number {
  return finalAfterMs({ plans: inForce(plans) });
}

/** What ended before this instant may be forgotten at the engine's clock `nowMs`. */
export function forgottenBeforeMs(state: EngineState, nowMs: number): number {
  return Math.max(state.finalToMs, nowMs - finalAfterMs(state));
}

/** Presence at one place over a stretch of event time; flat intervals within it. */
export interface PlacePresence {
  readonly place: string;
  /** A gap rule asks for presence. */
  readonly required: Intervals;
  /** A unit on duty was proven to be there, or stated to be. */
  readonly covered: Intervals;
  /** No unit was, and one may have been. */
  readonly unknown: Intervals;
}

/** Presence at each place of the plans so far, by id. What the state has forgotten must not lie in `[fromMs, toMs)`. */
export function presenceOver(state: EngineState, fromMs: number, toMs: number): readonly PlacePresence[] {
  const stretch = [fromMs, toMs];
  const where = findWhereabouts(state);
  return [...placesSoFar(state)].sort().map((place) => {
    const covered = intersect(flat(coveredSpans(state, where, place)), stretch);
    const possible = intersect(flat(possibleSpans(state, where, place)), stretch);
    const required = intersect(requiredAt(state, place), stretch);
    return { place, required, covered, unknown: subtract(possible, covered) };
  });
}

function requiredAt(state: EngineState, place: string): Intervals {
  const subject = placeSubject(place);
  const pairs = rulesAbout(state, subject)
    .filter(({ rule }) => isGapRule(rule))
    .flatMap(({ rule }) => pairsOf(bindingIntervals(state, rule.id, subject)));
  return normalise(pairs);
}

function flat(spans: readonly PresenceSpan[]): Intervals {
  return normalise(spans.map(({ fromMs, toMs }): [number, number] => [fromMs, toMs]));
}

/** The duty of one unit over a stretch of event time; flat intervals within it. */
export interface UnitDuty {
  readonly unit: string;
  /** On duty and in service. */
  readonly duty: Intervals;
  /** On duty by the plan, and out of service. */
  readonly outOfService: Intervals;
}

/** Duty of each unit of the plans so far, by id. */
export function dutyOver(state: EngineState, fromMs: number, toMs: number): readonly UnitDuty[] {
  const units = unitsSoFar(state).map(({ id }) => id);
  return units.sort().map((unit) => {
    const planned = intersect(plannedDuty(state, unit), [fromMs, toMs]);
    const duty = intersect(dutyIntervals(state, unit), planned);
    return { unit, duty, outOfService: subtract(planned, duty) };
  });
}

export type { FoldCounts };

/** What the fixes of each unit that were folded so far came to, by unit. */
export function fixCounts(state: EngineState): ReadonlyMap<string, FoldCounts> {
  const counts = new Map<string, FoldCounts>();
  for (const { id, head } of state.units.values()) if (head !== null) counts.set(id, { ...head.counts });
  return counts;
}

/** Whether fences can use the position of a fix: it is precise, and the unit can be there. */
export function isPrecise(fix: Fix, plan: CompiledPlan): boolean {
  const point = pointOf(fix, plan.area);
  return typeof point !== 'string' && isUsable(point);
}
