import type { LightsRule } from '../../../model/plan.js';
import type { Episode } from '../../alerts/episodes.js';
import { visitTopic } from '../../alerts/topics.js';
import { planAt } from '../../plan/plans.js';
import type { PlanSlice } from '../../plan/slice.js';
import type { Visit } from '../../track/fold.js';
import { judgementOf } from '../judgement.js';
import type { RuleKind } from '../rule-kind.js';

/** A visit during which the lightbar was seldom on: an event, found when the visit is over. */
export const LIGHTS: RuleKind<LightsRule> = {
  about: 'visits',
  judge(state, { rule, unit, planned, place }) {
    const visits = unit.head?.places.get(place.id)?.visits ?? [];
    const episodes = visits.flatMap((visit) => unlitVisit(state, rule.id, visit) ?? []);
    return judgementOf(state, visitTopic(rule, planned, place), episodes);
  },
};

/**
 * A visit that is over, and in which the lightbar was off for so long that even if it was on whenever nobody can tell, it was on for less
 * than was wanted. So one of which fixes say nothing is no finding: it was not measured. The rule is the one in force at the last fix inside.
 */
function unlitVisit(state: PlanSlice, ruleId: string, { lights, closedAtMs, ...visit }: Visit): Episode | null {
  if (lights === undefined || closedAtMs === null) return null;
  const plan = planAt(state, visit.innerToMs);
  const rule = plan?.ruleById.get(ruleId);
  if (plan === null || rule?.kind !== 'lights') return null;
  const { onMs, offMs, notMeasuredMs } = lights;
  const wholeMs = onMs + offMs + notMeasuredMs;
  const { leastPercent, minVisitMs } = rule;
  if (wholeMs < minVisitMs || (onMs + notMeasuredMs) * 100 >= leastPercent * wholeMs) return null;
  return {
    fromMs: visit.innerFromMs,
    toMs: visit.innerToMs,
    bearsToMs: closedAtMs,
    certainty: 'certain',
    evidence: { lights: { onMs, offMs, notMeasuredMs, leastPercent }, planVersion: plan.plan.version },
  };
}
