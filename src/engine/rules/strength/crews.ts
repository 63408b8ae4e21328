import type { DutyStrengthRule, StrengthRule } from '../../../model/plan.js';
import { type LimitInForce, limitAt } from '../../plan/limits-over.js';
import { crewsOver, nextCrewMs } from '../../plan/roster.js';
import type { PlanSlice } from '../../plan/slice.js';
import { plannedAt } from '../../plan/so-far.js';
import type { CountParts } from './counted.js';

type Limits = readonly LimitInForce<StrengthRule | DutyStrengthRule>[];

/**
 * What units count for under a rule: themselves, or their crews. Where a roster is kept a crew is who has a shift on the unit; a unit on
 * which nobody has one counts for nobody for certain, and for the crew of the plan at the most: that a roster lacks it is no shortfall.
 */
export function countParts(state: PlanSlice, limits: Limits): CountParts {
  return (unit, fromMs, toMs) => {
    if (limitAt(limits, fromMs)?.rule.counts !== 'officers') return [{ fromMs, toMs, least: 1, most: 1 }];
    return crewsOver(state.roster, unit, fromMs, toMs).map(({ officers, ...span }) => {
      const planned = plannedAt(state, unit, fromMs)?.crewCount ?? 0;
      if (officers === null) return { ...span, least: planned, most: planned };
      return officers.length === 0 ? { ...span, least: 0, most: planned } : { ...span, least: 0, most: 0, officers };
    });
  };
}

/** When what any unit counts for changes next; null: it does not. */
export function nextCountMs(state: PlanSlice & { readonly nowMs: number }, limits: Limits): number | null {
  return limitAt(limits, state.nowMs)?.rule.counts === 'officers' ? nextCrewMs(state.roster, state.nowMs) : null;
}
