import type { GapRule, PlanRule } from '../../model/plan.js';
import type { PlanSlice } from './slice.js';

/** Whether a rule asks for presence at places. */
export function isGapRule(rule: PlanRule): rule is GapRule {
  return rule.kind === 'zone-gap' || rule.kind === 'checkpoint-gap' || rule.kind === 'route-gap';
}

/** The gap rules of the kept versions about a place, each once. */
export function gapRulesOf({ plans }: PlanSlice, placeId: string): readonly GapRule[] {
  const rules = new Map<string, GapRule>();
  for (const { plan } of plans)
    for (const rule of plan.rules) if (isGapRule(rule) && rule.places.includes(placeId)) rules.set(rule.id, rule);
  return [...rules.values()];
}
