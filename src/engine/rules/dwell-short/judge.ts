import type { DwellShortRule } from '../../../model/plan.js';
import { placeSubject } from '../../../model/subject.js';
import { visitTopic } from '../../alerts/topics.js';
import { planAt } from '../../plan/plans.js';
import type { PlanSlice } from '../../plan/slice.js';
import { bindingIntervals } from '../../plan/windows.js';
import { judgementOf } from '../judgement.js';
import type { RuleKind } from '../rule-kind.js';
import { findShortVisits } from './short-visits.js';

export const SHORT_VISITS: RuleKind<DwellShortRule> = {
  about: 'visits',
  judge(state, { rule, unit, planned, place }) {
    const visits = unit.head?.places.get(place.id)?.visits ?? [];
    const binds = bindingIntervals(state, rule.id, placeSubject(place.id));
    const episodes = findShortVisits(binds, visits, (eventTimeMs) => ruleAt(state, rule.id, eventTimeMs));
    return judgementOf(state, visitTopic(rule, planned, place), episodes);
  },
};

function ruleAt(
  state: PlanSlice,
  ruleId: string,
  eventTimeMs: number,
): { readonly rule: DwellShortRule; readonly planVersion: number } | null {
  const plan = planAt(state, eventTimeMs);
  const rule = plan?.ruleById.get(ruleId);
  return plan === null || rule?.kind !== 'dwell-short' ? null : { rule, planVersion: plan.plan.version };
}
