import type { ClosedByPlan } from '../api/deps.js';
import { isGone } from '../engine/alerts/alerts.js';
import { contains } from '../model/intervals.js';
import type { AlertVersion } from '../model/alert.js';
import type { CompiledPlan } from '../model/plan.js';

/** Which of the open alerts would end if a plan took force now, in their order. */
export function closedByPlan(
  before: CompiledPlan | null,
  after: CompiledPlan,
  open: readonly AlertVersion[],
  nowMs: number,
): ClosedByPlan[] {
  const then = {
    ruleById: new Map(after.rules.map((rule) => [rule.id, rule])),
    unitById: new Map(after.units.map((unit) => [unit.id, unit])),
    placeById: new Map(after.places.map((place) => [place.id, place])),
  };
  return open.flatMap((alert): ClosedByPlan[] => {
    if (alert.condition !== 'active') return [];
    if (isGone(then, alert)) return [{ alert, why: 'removed' }];
    const isEnding = before !== null && binds(before, alert, nowMs) && !binds(after, alert, nowMs);
    return isEnding ? [{ alert, why: 'hours' }] : [];
  });
}

function binds({ rules, units, schedules }: CompiledPlan, { ruleId, unit }: AlertVersion, atMs: number): boolean {
  const rule = rules.find(({ id }) => id === ruleId);
  if (rule === undefined || !contains(schedules[rule.binds] ?? [], atMs)) return false;
  // Only rules about units ask whether these are on duty.
  if (unit === null || !('units' in rule)) return true;
  const planned = units.find(({ id }) => id === unit);
  return planned !== undefined && contains(schedules[planned.duty] ?? [], atMs);
}
