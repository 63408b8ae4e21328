import type { PlanRule } from '../../model/plan.js';
import { placeSubject } from '../../model/subject.js';
import type { PlanInForce } from '../plan/slice.js';
import { placesSoFar, rulesAbout } from '../plan/so-far.js';
import { baseKey, findWhereabouts, type Whereabouts } from '../presence/presence.js';
import type { RuleScope } from './slice.js';

/** A rule about a place, as it was last judged. */
export interface PlacePast<Rule extends PlanRule> {
  readonly where: Whereabouts;
  readonly plan: PlanInForce;
  readonly placeId: string;
  readonly rule: Rule;
}

/**
 * What rules of one sort still depend on of each place when what was is forgotten; keys by formatPlacePast.
 *
 * @param remember null: nothing
 */
export function rememberByPlace<Rule extends PlanRule, Past>(
  state: RuleScope,
  isOfSort: (rule: PlanRule) => rule is Rule,
  remember: (past: PlacePast<Rule>) => Past | null,
): ReadonlyMap<string, Past> {
  const kept = new Map<string, Past>();
  const where = findWhereabouts(state);
  for (const placeId of placesSoFar(state)) {
    for (const { plan, rule } of rulesAbout(state, placeSubject(placeId))) {
      const past = isOfSort(rule) ? remember({ where, plan, placeId, rule }) : null;
      if (past !== null) kept.set(baseKey(rule.id, placeId), past);
    }
  }
  return kept;
}
