import type { CompiledPlan, Intervals, PlanRule } from '../model/plan.js';
import { intersect } from '../model/intervals.js';

/** What a district's files say that is allowed and does nothing. */
export interface DistrictWarning {
  readonly file: 'units.json' | 'plan.json';
  /** The rule or unit. */
  readonly id: string;
  readonly reason: string;
}

/** Rules that watch nothing or never bind, and units that are never on duty, over the days that the plan's calendar is expanded for. */
export function warningsOf(plan: CompiledPlan): readonly DistrictWarning[] {
  const named = (key: string): Intervals => plan.schedules[key] ?? [];
  const days = Math.round((plan.expandedToMs - plan.expandedFromMs) / 86_400_000);
  const idle = plan.units.flatMap(({ id, duty }): DistrictWarning[] =>
    named(duty).length > 0
      ? []
      : [
          {
            file: 'units.json',
            id,
            reason: `unit ${id} is never on duty in ${days} days: "${duty}" has no time in them`,
          },
        ],
  );
  const rules = plan.rules.flatMap((rule): DistrictWarning[] => {
    const why = whyIdle(rule, plan, named);
    return why === null
      ? []
      : [{ file: 'plan.json', id: rule.id, reason: `rule ${rule.id} tells nothing in ${days} days: ${why}` }];
  });
  return [...idle, ...rules];
}

function whyIdle(rule: PlanRule, plan: CompiledPlan, named: (key: string) => Intervals): string | null {
  const binds = named(rule.binds);
  if (binds.length === 0) return 'its modes and its schedule have no time in common';
  if ('places' in rule) return rule.places.length === 0 ? 'it watches no place' : null;
  if (rule.units.length === 0) return 'it watches no unit';
  const onDuty = plan.units.some(({ id, duty }) => rule.units.includes(id) && intersect(binds, named(duty)).length > 0);
  return onDuty ? null : 'none of its units is on duty while it binds';
}
