import { earlier } from '../agenda/instants.js';
import { setLook } from '../agenda/looks.js';
import { sortedIds } from '../collections.js';
import type { PlanInForce } from '../plan/slice.js';
import { type ScopeInPlan, scopesSoFar } from '../plan/so-far.js';
import { NOTHING_FOUND, type RuleFindings } from '../rules/rule-kind.js';
import { ruleKind } from '../rules/table.js';
import type { EngineState } from '../state.js';
import type { Agenda, Outputs } from './agenda.js';
import { tell } from './tell.js';

/** Judges the rules on the agenda that are about all their units together, and tells what comes of it. */
export function settleScopes(state: EngineState, plan: PlanInForce, agenda: Agenda, out: Outputs): void {
  for (const ruleId of sortedIds(agenda.scopes.keys())) {
    const scope = scopesSoFar(state).get(ruleId);
    if (scope === undefined) continue;
    const { judgements, nextMs } = judgeScope(state, scope);
    const latchMs = tell(state, judgements, agenda.scopes.get(ruleId) ?? 'timer', out);
    // One that the plan no longer has is judged again only for what comes late.
    const isPlanned = plan.ruleById.get(ruleId)?.kind === scope.rule.kind;
    setLook(state, { kind: 'scope', ruleId }, isPlanned ? earlier(nextMs, latchMs) : latchMs);
  }
}

function judgeScope(state: EngineState, { plan, rule, units }: ScopeInPlan): RuleFindings {
  const kind = ruleKind(rule);
  return kind.about === 'scope' ? kind.judge(state, { plan, rule, units }) : NOTHING_FOUND;
}
