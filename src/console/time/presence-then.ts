import { contains } from '../../model/intervals.js';
import type { CompiledPlan } from '../../model/plan.js';
import type { AreaPresence } from '../../model/trace.js';

/** How much is known of a unit at a place; who was off duty and not heard is told apart from who should have been. */
export const CERTAINTIES_THEN = ['inside', 'possible', 'unknown', 'off-duty'] as const;
export type CertaintyThen = (typeof CERTAINTIES_THEN)[number];

/** Units that were in a place at an instant, that may have been, and of which nobody knows. */
export function presenceThen(
  rows: readonly AreaPresence[],
  { units, schedules }: Pick<CompiledPlan, 'units' | 'schedules'>,
  atMs: number,
): Readonly<Record<CertaintyThen, readonly string[]>> {
  const onDuty = new Set(units.filter(({ duty }) => contains(schedules[duty] ?? [], atMs)).map(({ id }) => id));
  const then = rows.filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
  const those = (certainty: AreaPresence['certainty']) =>
    then.filter((row) => row.certainty === certainty).map(({ unit }) => unit);
  const unheard = those('unknown');
  return {
    inside: those('inside'),
    possible: those('possible'),
    unknown: unheard.filter((unit) => onDuty.has(unit)),
    'off-duty': unheard.filter((unit) => !onDuty.has(unit)),
  };
}
