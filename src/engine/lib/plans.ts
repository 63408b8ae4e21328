import { BoxGrid } from '../../geo/box-grid.js';
import { FenceHits, FenceIndex } from '../../geo/fence-index.js';
import { shapeBox } from '../../geo/shape-box.js';
import {
  EXIT_BUFFER_M,
  HORIZON_MS,
  MAX_FENCE_SIGMA_M,
  PLAN_LEAD_MS,
  REFOLD_WAIT_MS,
  POSSIBLE_FOR_MS,
  SILENT_INTERVALS,
  VISIT_MERGE_MS,
} from '../../model/limits.js';
import { silentAfterMs as silenceOf } from '../../model/silence.js';
import { unreachable } from '../../model/errors.js';
import type { CompiledPlan, Intervals, PlanRule, PlanUnit } from '../../model/plan.js';
import { formatWindows } from '../../model/fold-keys.js';
import { placeSubject, subjectName, unitSubject, type Watched } from '../../model/subject.js';
import type { EngineState, PlanInForce } from '../state.js';
import { indexOfInterval, intersect, normalise, subtract } from '../../model/intervals.js';

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
    slowestIntervalMs: plan.units.reduce((slowest, unit) => Math.max(slowest, unit.expectedIntervalMs), 0),
  };
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
 * O1, E3: a plan is the next one, takes force after the last and was logged in time, or it is nothing. In time is before any
 * fix that it is about can have been admitted: a tracker's clock may be CLOCK_AHEAD_MS ahead.
 */
export function isNextPlan(
  last: Pick<CompiledPlan, 'version' | 'inForceFromMs'> | undefined,
  plan: CompiledPlan,
  loggedAtMs: number,
): boolean {
  return (
    plan.version === (last?.version ?? 0) + 1 &&
    (last === undefined || plan.inForceFromMs > last.inForceFromMs) &&
    isAnnounced(plan, loggedAtMs)
  );
}

/** Whether it was logged PLAN_LEAD_MS before it takes force. One whose append was held up for too long is nothing. */
export function isAnnounced(plan: CompiledPlan, loggedAtMs: number): boolean {
  return plan.inForceFromMs >= loggedAtMs + PLAN_LEAD_MS;
}

/** The plan in force at the engine's clock, once it has been announced. */
export function currentPlan(state: EngineState): PlanInForce | null {
  return state.plans.find((plan) => plan.plan.version === state.planVersion) ?? null;
}

/** When a rule binds for a place or unit, over the versions that have both, each within its own time in force. */
export function bindingIntervals(state: EngineState, ruleId: string, watched: Watched): Intervals {
  const known = windowsOf(state).binds.get(ruleId)?.[watched.kind].get(subjectName(watched));
  return known ?? findBinding(state, ruleId, watched);
}

function findBinding(state: EngineState, ruleId: string, watched: Watched): Intervals {
  const { binds } = windowsOf(state);
  const byRule = binds.get(ruleId) ?? { place: new Map<string, Intervals>(), unit: new Map<string, Intervals>() };
  const found = overVersions(state, formatWindows({ kind: 'binds', ruleId, watched }), (version) => {
    const rule = version.ruleById.get(ruleId);
    if (rule === undefined || !watches(rule, watched)) return [];
    return version.plan.schedules[rule.binds] ?? [];
  });
  byRule[watched.kind].set(subjectName(watched), found);
  binds.set(ruleId, byRule);
  return found;
}

/** When a rule binds for a unit that is on duty and in service. */
export function bindsOnDuty(state: EngineState, ruleId: string, unitId: string): Intervals {
  const isAway = state.outOfService.has(unitId);
  const known = isAway ? undefined : windowsOf(state).onDuty.get(ruleId)?.get(unitId);
  if (known !== undefined) return known;
  const found = intersect(bindingIntervals(state, ruleId, unitSubject(unitId)), dutyIntervals(state, unitId));
  if (isAway) return found;
  const { onDuty } = windowsOf(state);
  onDuty.set(ruleId, (onDuty.get(ruleId) ?? new Map<string, Intervals>()).set(unitId, found));
  return found;
}

/** When the unit is on duty and in service. */
export function dutyIntervals(state: EngineState, unitId: string): Intervals {
  const away = state.outOfService.get(unitId);
  const duty = plannedDuty(state, unitId);
  return away === undefined ? duty : subtract(duty, away);
}

/** When the unit is on duty by the plan, in service or not. */
export function plannedDuty(state: EngineState, unitId: string): Intervals {
  return windowsOf(state).duty.get(unitId) ?? findDuty(state, unitId);
}

function findDuty(state: EngineState, unitId: string): Intervals {
  const found = overVersions(state, formatWindows({ kind: 'duty', unit: unitId }), (version) => {
    const unit = version.unitById.get(unitId);
    return unit === undefined ? [] : (version.plan.schedules[unit.duty] ?? []);
  });
  windowsOf(state).duty.set(unitId, found);
  return found;
}

/** Units of the versions so far, those that a later one removed too: what they did while they were in it still counts. */
export function unitsSoFar(state: EngineState): readonly PlanUnit[] {
  return soFar(state).units;
}

/** Ids of the places of the versions so far. */
export function placesSoFar(state: EngineState): readonly string[] {
  return soFar(state).places;
}

/** The newest version so far that has the place, or the unit; null: none that is kept. */
export function planWithPlace(state: EngineState, placeId: string): PlanInForce | null {
  return soFar(state).planWithPlace.get(placeId) ?? null;
}

export function planWithUnit(state: EngineState, unitId: string): PlanInForce | null {
  return soFar(state).planWithUnit.get(unitId) ?? null;
}

/** A rule as the newest version so far that has it for some subject. */
export interface RuleInPlan {
  readonly plan: PlanInForce;
  readonly rule: PlanRule;
}

/** Rules about a place or a unit. One that a later version took away still finds what late fixes say of its time. */
export function rulesAbout(state: EngineState, watched: Watched): readonly RuleInPlan[] {
  return soFar(state).rules[watched.kind].get(subjectName(watched)) ?? [];
}

function soFar(state: EngineState): SoFar {
  const known = union.get(state.plans);
  if (known !== undefined && known.planVersion === state.planVersion) return known;
  const made = {
    planVersion: state.planVersion,
    units: new Map<string, PlanUnit>(),
    planWithUnit: new Map<string, PlanInForce>(),
    planWithPlace: new Map<string, PlanInForce>(),
    rules: { place: new Map<string, RuleInPlan[]>(), unit: new Map<string, RuleInPlan[]>() },
  };
  const before = state.plans.filter(({ plan }) => plan.version <= state.planVersion);
  for (const version of before) {
    for (const unit of version.plan.units) {
      made.units.set(unit.id, unit);
      made.planWithUnit.set(unit.id, version);
    }
    for (const { id } of version.plan.places) made.planWithPlace.set(id, version);
  }
  for (const plan of before.toReversed()) {
    for (const rule of plan.plan.rules) {
      for (const watched of watchedBy(rule)) {
        const rules = made.rules[watched.kind];
        const about = rules.get(subjectName(watched)) ?? [];
        rules.set(subjectName(watched), about);
        if (!about.some((newer) => newer.rule.id === rule.id && newer.rule.kind === rule.kind))
          about.push({ plan, rule });
      }
    }
  }
  const lists = { ...made, units: [...made.units.values()], places: [...made.planWithPlace.keys()] };
  union.set(state.plans, lists);
  return lists;
}

/** The places or units that a rule is about. */
function watchedBy(rule: PlanRule): readonly Watched[] {
  return 'places' in rule ? rule.places.map(placeSubject) : rule.units.map(unitSubject);
}

export function watches(rule: PlanRule, watched: Watched): boolean {
  switch (watched.kind) {
    case 'place':
      return 'places' in rule && rule.places.includes(watched.place);
    case 'unit':
      return 'units' in rule && rule.units.includes(watched.unit);
    default:
      return unreachable(watched);
  }
}

/** Derived from `state.plans` alone, so kept until they change. */
const derived = new WeakMap<readonly PlanInForce[], DerivedWindows>();
const union = new WeakMap<readonly PlanInForce[], SoFar>();

interface SoFar {
  readonly planVersion: number;
  readonly units: readonly PlanUnit[];
  readonly places: readonly string[];
  readonly planWithUnit: ReadonlyMap<string, PlanInForce>;
  readonly planWithPlace: ReadonlyMap<string, PlanInForce>;
  readonly rules: Readonly<Record<Watched['kind'], ReadonlyMap<string, readonly RuleInPlan[]>>>;
}

interface DerivedWindows {
  /** By unit. */
  readonly duty: Map<string, Intervals>;
  /** By rule, then by unit: when it binds and the unit is on duty by the plan. */
  readonly onDuty: Map<string, Map<string, Intervals>>;
  /** By rule, then by place or unit. */
  readonly binds: Map<string, Readonly<Record<Watched['kind'], Map<string, Intervals>>>>;
}

function windowsOf({ plans }: EngineState): DerivedWindows {
  const windows = derived.get(plans) ?? { duty: new Map(), onDuty: new Map(), binds: new Map() };
  derived.set(plans, windows);
  return windows;
}

function overVersions(state: EngineState, key: string, schedule: (version: PlanInForce) => Intervals): Intervals {
  const pairs: [number, number][] = [];
  const sinceMs = state.openSince.get(key);
  if (sinceMs !== undefined) pairs.push([sinceMs, state.plans[0]?.fromMs ?? sinceMs]);
  for (const version of state.plans) {
    const part = intersect(schedule(version), [version.fromMs, version.toMs]);
    for (let i = 0; i < part.length; i += 2) pairs.push([part[i] as number, part[i + 1] as number]);
  }
  return normalise(pairs);
}

/**
 * Forgets the versions that ended before `cutoffMs`. A window that was open when the first of the others took force is
 * remembered as open since then: a plan that is forgotten must restart no clock.
 */
export function dropPlans(state: EngineState, cutoffMs: number): void {
  const kept = state.plans.filter(({ toMs }) => toMs >= cutoffMs);
  const first = kept[0];
  if (first === undefined || kept.length === state.plans.length) return;
  const openSince = new Map<string, number>();
  const carry = (key: string, intervals: Intervals): void => {
    const open = indexOfInterval(intervals, first.fromMs);
    const sinceMs = open < 0 ? first.fromMs : (intervals[open] as number);
    if (sinceMs < first.fromMs) openSince.set(key, sinceMs);
  };
  for (const rule of first.plan.rules)
    for (const watched of watchedBy(rule))
      carry(formatWindows({ kind: 'binds', ruleId: rule.id, watched }), bindingIntervals(state, rule.id, watched));
  for (const { id } of first.plan.units) carry(formatWindows({ kind: 'duty', unit: id }), plannedDuty(state, id));
  state.plans = kept;
  state.openSince = openSince;
}

/**
 * How long after an instant nothing that comes in time can change what was said of it. A fix may be HORIZON_MS late, and wait
 * REFOLD_WAIT_MS for its unit to be folded again; it may end a
 * silence whose doubt reaches back; it may be the second one inside, or the one that makes a presence long enough to count.
 *
 * @param hasDoubt false: of what no silence makes unsure
 */
export function settlesAfterMs({ plans }: Pick<EngineState, 'plans'>, hasDoubt = true): number {
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
