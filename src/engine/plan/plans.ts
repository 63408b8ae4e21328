import { BoxGrid } from '../../geo/box-grid.js';
import { FenceHits, FenceIndex } from '../../geo/fence-index.js';
import { referenceLine } from '../../geo/line-reference.js';
import { shapeBox } from '../../geo/shape-box.js';
import {
  EXIT_BUFFER_M,
  HORIZON_MS,
  MAX_FENCE_SIGMA_M,
  PLAN_LEAD_MS,
  POSSIBLE_FOR_MS,
  REFOLD_WAIT_MS,
  SILENT_INTERVALS,
  VISIT_MERGE_MS,
} from '../../model/limits.js';
import type { CompiledPlan, LightsRule, MovedTerms, ObservingRule, PlanUnit } from '../../model/plan.js';
import { silentAfterMs as silenceOf } from '../../model/silence.js';
import type { PlanInForce, PlanSlice, WatchedRoute } from './slice.js';

export const FOREVER_MS = Number.MAX_SAFE_INTEGER;

/** How far from a boundary fences ask for distances: an exit needs no more. */
export const REACH_M = EXIT_BUFFER_M + MAX_FENCE_SIGMA_M;

export function putInForce(plan: CompiledPlan): PlanInForce {
  return {
    plan,
    fromMs: plan.inForceFromMs,
    toMs: FOREVER_MS,
    index: new FenceIndex(plan.ruler, plan.places, REACH_M),
    reachM: REACH_M,
    boxes: new BoxGrid(plan.places.map(({ shape }) => shapeBox(plan.ruler, shape))),
    hits: new FenceHits(plan.places.length),
    placeById: new Map(plan.places.map((place) => [place.id, place])),
    unitById: new Map(plan.units.map((unit) => [unit.id, unit])),
    unitByTracker: new Map(plan.units.map((unit) => [unit.tracker, unit])),
    ruleById: new Map(plan.rules.map((rule) => [rule.id, rule])),
    observing: observingByUnit(plan),
    lit: litByPlace(plan),
    moving: movingByUnit(plan),
    bunching: bunchingByUnit(plan),
    routes: routesOf(plan),
    slowestIntervalMs: plan.units.reduce((slowest, unit) => Math.max(slowest, unit.expectedIntervalMs), 0),
  };
}

function observingByUnit({ rules }: CompiledPlan): Map<string, readonly ObservingRule[]> {
  const byUnit = new Map<string, readonly ObservingRule[]>();
  for (const rule of rules) {
    if (rule.kind !== 'off-zone' && rule.kind !== 'speeding') continue;
    for (const unit of rule.units) byUnit.set(unit, [...(byUnit.get(unit) ?? []), rule]);
  }
  return byUnit;
}

function litByPlace({ rules }: CompiledPlan): Map<string, readonly LightsRule[]> {
  const byPlace = new Map<string, readonly LightsRule[]>();
  for (const rule of rules) {
    if (rule.kind !== 'lights') continue;
    for (const place of rule.places) byPlace.set(place, [...(byPlace.get(place) ?? []), rule]);
  }
  return byPlace;
}

function movingByUnit({ rules }: CompiledPlan): Map<string, readonly MovedTerms[]> {
  const byUnit = new Map<string, readonly MovedTerms[]>();
  for (const rule of rules) {
    if (rule.kind !== 'duty-strength' || rule.moved === null) continue;
    const { moved } = rule;
    for (const unit of rule.units) {
      const known = byUnit.get(unit) ?? [];
      const isKnown = known.some(({ metres, withinMs }) => metres === moved.metres && withinMs === moved.withinMs);
      if (!isKnown) byUnit.set(unit, [...known, moved]);
    }
  }
  return byUnit;
}

/** In the order of their ids. */
function routesOf({ rules, places, ruler }: CompiledPlan): Map<string, WatchedRoute> {
  const watched = new Set(rules.flatMap((rule) => (rule.kind === 'route-pass' ? rule.places : [])));
  const routes = new Map<string, WatchedRoute>();
  for (const { id, shape } of places) {
    if (!watched.has(id) || shape.type !== 'corridor') continue;
    routes.set(id, { line: referenceLine(ruler, shape.lines), corridorM: shape.corridorM });
  }
  return routes;
}

function bunchingByUnit({ rules }: CompiledPlan): Map<string, number> {
  const byUnit = new Map<string, number>();
  for (const rule of rules) {
    if (rule.kind !== 'bunching') continue;
    for (const unit of rule.units) byUnit.set(unit, Math.max(byUnit.get(unit) ?? 0, rule.withinM));
  }
  return byUnit;
}

/** E3: the plan in force at an event time; before the first one, the first. Null while there is none at all. */
export function planAt<Version extends { readonly fromMs: number }>(
  state: { readonly plans: readonly Version[] },
  eventTimeMs: number,
): Version | null {
  for (let i = state.plans.length - 1; i >= 0; i -= 1) {
    const plan = state.plans[i] as Version;
    if (plan.fromMs <= eventTimeMs || i === 0) return plan;
  }
  return null;
}

/**
 * O1, E3: a plan is the next one and was logged in time, or it is nothing. In time is before any fix that it is about can have been
 * admitted: a tracker's clock may be CLOCK_AHEAD_MS ahead. Plans that would take force at its instant or later never do: see `standingPlans`.
 *
 * @param last the plan that it follows; a version of 0: there was none
 */
export function isNextPlan(last: Followed, plan: CompiledPlan, loggedAtMs: number): boolean {
  return plan.version === last.version + 1 && continues(last, plan) && isAnnounced(plan, loggedAtMs);
}

/** What of a plan decides which plan follows it. */
export type Followed = Pick<CompiledPlan, 'version' | 'series'>;
/** Before the first plan. */
export const NO_PLAN: Followed = { version: 0 };

/**
 * Of plans that were logged in one append each but the first follows the one before it, or is nothing: when another plan has overtaken the
 * first, the rest must not follow that one because its number fits.
 */
function continues(last: Followed, { series }: CompiledPlan): boolean {
  if (series === undefined || series.nth === 0) return true;
  return last.series?.id === series.id && last.series.nth === series.nth - 1;
}

/** The version of the plan that is in force before a plan; 0: there is none. Those that it withdraws never are. */
export function versionBefore({ version, withdraws = 0 }: CompiledPlan): number {
  return version - 1 - withdraws;
}

/** Whether a plan is the next one for a reader that need not know the plans that it withdrew. */
export function isNextStanding(last: Followed, plan: CompiledPlan, loggedAtMs: number): boolean {
  const isNext = plan.version > last.version && versionBefore(plan) <= last.version;
  return isNext && continues(last, plan) && isAnnounced(plan, loggedAtMs);
}

/** Whether it was logged PLAN_LEAD_MS before it takes force. One whose append was held up for too long is nothing. */
export function isAnnounced(plan: CompiledPlan, loggedAtMs: number): boolean {
  return plan.inForceFromMs >= loggedAtMs + PLAN_LEAD_MS;
}

/** The plan in force at the engine's clock, once it has been announced. */
export function currentPlan(state: PlanSlice): PlanInForce | null {
  return state.plans.find((plan) => plan.plan.version === state.planVersion) ?? null;
}

/**
 * How long after an instant nothing that comes in time can change what was said of it. A fix may be HORIZON_MS late, and wait
 * REFOLD_WAIT_MS for its unit to be folded again; it may end a
 * silence whose doubt reaches back; it may be the second one inside, or the one that makes a presence long enough to count.
 *
 * @param hasDoubt false: of what no silence makes unsure
 */
export function finalAfterMs({ plans }: Pick<PlanSlice, 'plans'>, hasDoubt = true): number {
  let [possibleForMs, countsAfterMs, slowestMs] = [0, 0, 0];
  for (const { plan, slowestIntervalMs } of plans) {
    if (hasDoubt) possibleForMs = Math.max(possibleForMs, plan.possibleForMs ?? POSSIBLE_FOR_MS);
    slowestMs = Math.max(slowestMs, slowestIntervalMs);
    for (const rule of plan.rules)
      if ('minPresenceMs' in rule) countsAfterMs = Math.max(countsAfterMs, rule.minPresenceMs);
  }
  return (
    HORIZON_MS + REFOLD_WAIT_MS + possibleForMs + countsAfterMs + Math.max(VISIT_MERGE_MS, SILENT_INTERVALS * slowestMs)
  );
}

/** A tracker that says nothing for this long is silent. */
export function silentAfterMs(unit: PlanUnit): number {
  return silenceOf(unit.expectedIntervalMs);
}

/** Two positions this far apart in time prove nothing about the time between them. */
export function holeMs(unit: PlanUnit): number {
  return Math.max(VISIT_MERGE_MS, silentAfterMs(unit));
}
