import { formatWindows } from '../../model/fold-keys.js';
import { contains, indexOfInterval, intersect, normalise, subtract } from '../../model/intervals.js';
import type { Intervals } from '../../model/plan.js';
import { subjectName, unitSubject, type Watched } from '../../model/subject.js';
import type { Clock } from '../agenda/slice.js';
import type { PlanInForce, PlanSlice } from './slice.js';
import { watchedBy, watches } from './so-far.js';

/** When a rule binds for a place or unit, over the versions that have both, each within its own time in force. */
export function bindingIntervals(state: PlanSlice, ruleId: string, watched: Watched): Intervals {
  const known = windowsOf(state).binds.get(ruleId)?.[watched.kind].get(subjectName(watched));
  return known ?? findBinding(state, ruleId, watched);
}

function findBinding(state: PlanSlice, ruleId: string, watched: Watched): Intervals {
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
export function bindsOnDuty(state: PlanSlice, ruleId: string, unitId: string): Intervals {
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
  const found = overVersions(state, formatWindows({ kind: 'duty', unit: unitId }), (version) => {
    const unit = version.unitById.get(unitId);
    return unit === undefined ? [] : (version.plan.schedules[unit.duty] ?? []);
  });
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
  /** By rule, then by place or unit. */
  readonly binds: Map<string, Readonly<Record<Watched['kind'], Map<string, Intervals>>>>;
}

function windowsOf({ plans }: PlanSlice): DerivedWindows {
  const known = derived.get(plans);
  if (known !== undefined) return known;
  const windows = { duty: new Map(), onDuty: new Map(), binds: new Map() };
  derived.set(plans, windows);
  return windows;
}

function overVersions(state: PlanSlice, key: string, schedule: (version: PlanInForce) => Intervals): Intervals {
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
    for (const watched of watchedBy(rule))
      carry(formatWindows({ kind: 'binds', ruleId: rule.id, watched }), bindingIntervals(state, rule.id, watched));
  for (const { id } of first.plan.units) carry(formatWindows({ kind: 'duty', unit: id }), plannedDuty(state, id));
  state.plans = kept;
  state.openSince = openSince;
}
