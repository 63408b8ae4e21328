import type { Intervals } from '../model/plan.js';
import { firstOf, type Named, scheduleIntervals } from './cross-check.js';
import type { AssignmentFile } from './file-schemas.js';
import { subtract, unite } from '../model/intervals.js';
import type { ParsedPlan } from './parse-plan.js';
import type { ParsedUnits } from './parse-units.js';
import type { DistrictWarning } from './warnings.js';

/** Zones whose group, while the zone is assigned to it, has nobody on duty: the roster and the assignments were written apart. */
export function assignmentWarnings(units: ParsedUnits, plan: ParsedPlan): readonly DistrictWarning[] {
  const named = scheduleIntervals(plan);
  if (named === null) return [];
  return units.assignments.flatMap(({ item }): DistrictWarning[] => {
    const reason = whyUnmanned(item, units, plan, named);
    return reason === null ? [] : [{ file: 'units.json', id: item.zone, reason }];
  });
}

function whyUnmanned(
  { zone, group, during }: AssignmentFile,
  { units }: ParsedUnits,
  plan: ParsedPlan,
  named: Named,
): string | null {
  const duties = units.filter(({ item }) => item.group === group).map(({ item }) => named(item.duty));
  const assigned = `zone ${zone} is assigned to ${group}`;
  if (duties.length === 0) return `${assigned}, which has no unit`;
  const unmanned: Intervals = subtract(named(during ?? 'always'), unite(duties));
  const first = firstOf(unmanned, plan);
  return first === null ? null : `${assigned}, of which no unit is on duty at ${first}`;
}
