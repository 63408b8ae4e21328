import type { DutyStrengthRule } from '../../../model/plan.js';
import { scopeSubject } from '../../../model/subject.js';
import { earlier } from '../../agenda/instants.js';
import { scopeTopic } from '../../alerts/topics.js';
import { limitsOver } from '../../plan/limits-over.js';
import { scopesSoFar } from '../../plan/so-far.js';
import { bindingIntervals } from '../../plan/windows.js';
import { onHand } from '../../presence/on-hand.js';
import { judgementOf } from '../judgement.js';
import type { AboutScope, RuleKind } from '../rule-kind.js';
import type { RuleScope } from '../slice.js';
import { outageBehind } from '../suppression.js';
import { countParts, nextCountMs } from './crews.js';
import { findShortfalls, type RememberedShortfall, rememberShortfall, type StrengthInput } from './shortfalls.js';

/** Too few on duty in the district, or in its reserve. */
export const DUTY_STRENGTH: RuleKind<DutyStrengthRule> = {
  about: 'scope',
  judge(state, about) {
    const { input, nextMs: changesMs } = dutyInput(state, about);
    const { episodes, nextMs } = findShortfalls(input);
    const judgement = judgementOf(state, scopeTopic(about.rule, state.district), episodes, {
      outage: (found) => outageBehind(state, found),
    });
    return { judgements: [judgement], nextMs: earlier(nextMs, changesMs) };
  },
};

function dutyInput(
  state: RuleScope,
  { plan, rule, units }: AboutScope<DutyStrengthRule>,
): { readonly input: StrengthInput; readonly nextMs: number | null } {
  const subject = scopeSubject(state.district, rule.id);
  const limits = limitsOver<DutyStrengthRule>(state, rule, subject);
  const binds = bindingIntervals(state, rule.id, subject);
  const { covered, possible, nextMs } = onHand(state, units, binds, limits);
  const input: StrengthInput = {
    nowMs: state.nowMs,
    sinceMs: state.finalToMs,
    remembered: state.scopeShortfalls.get(rule.id) ?? null,
    binds,
    limits,
    covered,
    possible: () => possible,
    partsOf: countParts(state, limits),
    outages: state.outages,
    reportIntervalMs: plan.slowestIntervalMs,
  };
  return { input, nextMs: earlier(nextMs, nextCountMs(state, limits)) };
}

/** Before what is older than `cutoffMs` is forgotten: keeps what the shortfalls that go on over it still depend on. */
export function rememberDutyShortfalls(state: RuleScope, cutoffMs: number): void {
  const kept = new Map<string, RememberedShortfall>();
  for (const [ruleId, { plan, rule, units }] of scopesSoFar(state)) {
    if (rule.kind !== 'duty-strength') continue;
    const one = rememberShortfall(dutyInput(state, { plan, rule, units }).input, cutoffMs);
    if (one !== null) kept.set(ruleId, one);
  }
  state.scopeShortfalls = kept;
}
