import type { PlanRule, StrengthRule } from '../../../model/plan.js';
import { placeSubject } from '../../../model/subject.js';
import { earlier } from '../../agenda/instants.js';
import { placeTopic } from '../../alerts/topics.js';
import { limitsOver } from '../../plan/limits-over.js';
import type { PlanInForce } from '../../plan/slice.js';
import { bindingIntervals } from '../../plan/windows.js';
import {
  baseKey,
  coveredSpans,
  once,
  type PresenceSpan,
  possibleSpans,
  type Whereabouts,
} from '../../presence/presence.js';
import { isOfKind } from '../counted-kinds.js';
import { judgementOf } from '../judgement.js';
import { rememberByPlace } from '../remember.js';
import type { RuleKind } from '../rule-kind.js';
import type { RuleScope } from '../slice.js';
import { outageBehind } from '../suppression.js';
import { countParts, nextCountMs } from './crews.js';
import { findShortfalls, rememberShortfall, type StrengthInput } from './shortfalls.js';

/** Too few at a place. */
export const STRENGTH: RuleKind<StrengthRule> = {
  about: 'place',
  judge(state, { plan, rule, place, where }) {
    const input = strengthInput(state, where, plan, place.id, rule);
    const { episodes, nextMs } = findShortfalls(input);
    const judgement = judgementOf(state, placeTopic(rule, place), episodes, {
      outage: (found) => outageBehind(state, found),
    });
    return { judgements: [judgement], nextMs: earlier(nextMs, nextCountMs(state, input.limits)), dueMs: null };
  },
};

function strengthInput(
  state: RuleScope,
  where: Whereabouts,
  plan: PlanInForce,
  placeId: string,
  rule: StrengthRule,
): StrengthInput {
  const limits = limitsOver(state, rule, placeSubject(placeId));
  const counts = (span: PresenceSpan): boolean => isOfKind(state, limits, span);
  return {
    nowMs: state.nowMs,
    sinceMs: state.finalToMs,
    remembered: state.shortfalls.get(baseKey(rule.id, placeId)) ?? null,
    binds: bindingIntervals(state, rule.id, placeSubject(placeId)),
    limits,
    covered: coveredSpans(state, where, placeId).filter(counts),
    possible: once(() => possibleSpans(state, where, placeId).filter(counts)),
    partsOf: countParts(state, limits),
    outages: state.outages,
    reportIntervalMs: plan.slowestIntervalMs,
  };
}

/** Before what is older than `cutoffMs` is forgotten: keeps what the shortfalls that go on over it still depend on. */
export function rememberShortfalls(state: RuleScope, cutoffMs: number): void {
  state.shortfalls = rememberByPlace(state, isStrength, ({ where, plan, placeId, rule }) =>
    rememberShortfall(strengthInput(state, where, plan, placeId, rule), cutoffMs),
  );
}

function isStrength(rule: PlanRule): rule is StrengthRule {
  return rule.kind === 'strength';
}
