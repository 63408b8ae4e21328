import { formatWindows } from '../../model/fold-keys.js';
import { contains, indexOfInterval, intersect, normalise, pairsOf, subtract } from '../../model/intervals.js';
import type { Intervals } from '../../model/plan.js';
import { subjectName, unitSubject, type Watched } from '../../model/subject.js';
import type { Clock } from '../agenda/slice.js';
import type { PlanInForce, PlanSlice } from './slice.js';
import { watchedBy, watches } from './so-far.js';

/** When a rule binds for what it judges, over the versions that have both, each within its own time in force. */
export function bindingIntervals(state: PlanSlice, ruleId: string, watched: Watched): Intervals {
  // Of a unit it is asked for once, with its duty.
  if (watched.kind === 'unit') return findBinding(state, ruleId, watched);
  const { binds } = windowsOf(state);
  const name = subjectName(watched);
  const known = binds.get(ruleId)?.get(name);
  if (known !== undefined) return known;
  const found = findBinding(state, ruleId, watched);
  binds.set(ruleId, (binds.get(ruleId) ?? new Map<string, Intervals>()).set(name, found));
  return found;
}

function findBinding(state: PlanSlice, ruleId: string, watched: Watched): Intervals {
  return overVersions(state, formatWindows({ kind: 'binds', ruleId, watched }), (version) => {
    const rule = version.ruleById.get(ruleId);
    return rule === undefined || !watches(rule, watched) ? null : rule.binds;
  });
}

/** When a rule binds for a unit that is on duty and in service. */
export function bindsOnDuty(state: PlanSlice, ruleId: string, unitId: string): Intervals {
  const isAway = state.outOfService.has(unitId);
  const known = isAway ? undefined : windowsOf(state).onDuty.get(ruleId)?.get(unitId);
  if (known !== undefined) return known;
  const binding = bindingIntervals(state, ruleId, unitSubject(unitId));
  const duty = dutyIntervals(state, unitId);
  if (isAway) return intersect(binding, duty);
  const { onDuty } = windowsOf(state);
  const found = common(state, binding, duty);
  onDuty.set(ruleId, (onDuty.get(ruleId) ?? new Map<string, Intervals>()).set(unitId, found));
  return found;
}

/** When the unit is on duty and in service. */
export function dutyIntervals(state: PlanSlice, unitId: string): Intervals {
  const away = state.outOfService.get(unitId);
  const duty = plannedDuty(state, unitId);
  return away === undefined ? duty : subtract(duty, away);
}

/** Whether the unit is on duty and in service at the engine's clock. */
export function isOnDuty(state: PlanSlice & Pick<Clock, 'nowMs'>, unitId: string): boolean {
  return contains(dutyIntervals(state, unitId), state.nowMs);
}

/** When the unit is on duty by the plan, in service or not. */
export function plannedDuty(state: PlanSlice, unitId: string): Intervals {
  return windowsOf(state).duty.get(unitId) ?? findDuty(state, unitId);
}

function findDuty(state: PlanSlice, unitId: string): Intervals {
  const key = formatWindows({ kind: 'duty', unit: unitId });
  const found = overVersions(state, key, (version) => version.unitById.get(unitId)?.duty ?? null);
  windowsOf(state).duty.set(unitId, found);
  return found;
}

/** Derived from `plans` alone, so kept until they change. */
const derived = new WeakMap<readonly PlanInForce[], DerivedWindows>();

interface DerivedWindows {
  /** By unit. */
  readonly duty: Map<string, Intervals>;
  /** By rule, then by unit: when it binds and the unit is on duty by the plan. */
  readonly onDuty: Map<string, Map<string, Intervals>>;
  /** By rule, then by the name of what it judges. */
  readonly binds: Map<string, Map<string, Intervals>>;
  /** By the schedules that it is made of, version by version, so that units with the same ones share one list. */
  readonly bySchedules: Map<string, Intervals>;
  /** What two such lists have in common, by both. */
  readonly inCommon: Map<Intervals, Map<Intervals, Intervals>>;
}

function windowsOf({ plans }: PlanSlice): DerivedWindows {
  const known = derived.get(plans);
  if (known !== undefined) return known;
  const windows = {
    duty: new Map(),
    onDuty: new Map(),
    binds: new Map(),
    bySchedules: new Map(),
    inCommon: new Map(),
  };
  derived.set(plans, windows);
  return windows;
}

/** @param scheduleOf the name of the schedule that counts in a version; null: none does */
function overVersions(state: PlanSlice, key: string, scheduleOf: (version: PlanInForce) => string | null): Intervals {
  const { bySchedules } = windowsOf(state);
  const sinceMs = state.openSince.get(key) ?? null;
  const schedules = state.plans.map(scheduleOf);
  const made = JSON.stringify([sinceMs, schedules]);
  const known = bySchedules.get(made);
  if (known !== undefined) return known;
  const pairs: [number, number][] = [];
  if (sinceMs !== null) pairs.push([sinceMs, state.plans[0]?.fromMs ?? sinceMs]);
  for (const [i, { plan, fromMs, toMs }] of state.plans.entries()) {
    const schedule = schedules[i] ?? null;
    if (schedule !== null) pairs.push(...pairsOf(intersect(plan.schedules[schedule] ?? [], [fromMs, toMs])));
  }
  const found = normalise(pairs);
  bySchedules.set(made, found);
  return found;
}

function common(state: PlanSlice, a: Intervals, b: Intervals): Intervals {
  const { inCommon } = windowsOf(state);
  const byOther = inCommon.get(a) ?? new Map<Intervals, Intervals>();
  const found = byOther.get(b) ?? intersect(a, b);
  inCommon.set(a, byOther.set(b, found));
  return found;
}

/**
 * Forgets the versions that ended before `cutoffMs`. A window that was open when the first of the others took force is
 * remembered as open since then: a plan that is forgotten must restart no clock.
 */
export function dropPlans(state: PlanSlice, cutoffMs: number): void {
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
    for (const watched of watchedBy(rule, first.plan.district))
      carry(formatWindows({ kind: 'binds', ruleId: rule.id, watched }), bindingIntervals(state, rule.id, watched));
  for (const { id } of first.plan.units) carry(formatWindows({ kind: 'duty', unit: id }), plannedDuty(state, id));
  state.plans = kept;
  state.openSince = openSince;
}
