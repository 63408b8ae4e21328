import { ESCALATION_LEVELS } from '../model/escalation.js';
import { unknownName } from './calendar-faults.js';
import { pointer, type Report, show } from './faults.js';
import type { ParsedPlaces } from './parse-places.js';
import type { ParsedPlan } from './parse-plan.js';
import type { ParsedUnits } from './parse-units.js';
import type { EscalationFile } from './plan-schemas.js';

/** What is wrong with who is told of which alerts: names that nothing has, steps that do not rise, policies that nothing reaches. */
export function escalationFaults(
  plan: ParsedPlan,
  { places, units }: { readonly places: ParsedPlaces | null; readonly units: ParsedUnits | null },
  report: Report,
): void {
  let takesAll: string | null = null;
  for (const { item, path } of plan.escalation) {
    if (takesAll !== null)
      report(path, `got a policy after ${takesAll}, which takes every alert, expected that one to be the last`);
    else if (isForAll(item)) takesAll = path;
    if (item.during !== undefined && !plan.scheduleNames.has(item.during))
      report(`${path}/during`, unknownName('schedule', item.during, [...plan.scheduleNames]));
    if (places !== null) unknownIds('place', item.places, `${path}/places`, [...places.kinds.keys()], report);
    if (units !== null) unknownIds('group', item.groups, `${path}/groups`, [...units.groupIds], report);
    stepFaults(item, path, report);
  }
}

function isForAll({ severities, kinds, places, groups, during }: EscalationFile): boolean {
  return [severities, kinds, places, groups].every((of) => of === undefined) && (during ?? 'always') === 'always';
}

function unknownIds(
  what: string,
  ids: readonly string[] | undefined,
  path: string,
  known: readonly string[],
  report: Report,
): void {
  for (const [index, id] of (ids ?? []).entries())
    if (!known.includes(id)) report(`${path}${pointer(index)}`, unknownName(what, id, known));
}

function stepFaults({ steps }: EscalationFile, path: string, report: Report): void {
  for (const [index, step] of steps.entries()) {
    const before = steps[index - 1];
    if (before === undefined) continue;
    const at = `${path}/steps${pointer(index)}`;
    if (step.afterS <= before.afterS)
      report(`${at}/afterS`, `got ${step.afterS}, expected more than the ${before.afterS} of the step before`);
    if (ESCALATION_LEVELS.indexOf(step.to) < ESCALATION_LEVELS.indexOf(before.to))
      report(
        `${at}/to`,
        `got ${show(step.to)} after ${show(before.to)}, expected ${ESCALATION_LEVELS.slice(ESCALATION_LEVELS.indexOf(before.to)).map(show).join(' or ')}`,
      );
  }
}
