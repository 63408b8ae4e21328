import type { PlanRule, StrengthRule } from '../../../model/plan.js';
import { earlier } from '../../agenda/instants.js';
import { placeTopic } from '../../alerts/topics.js';
import { baseKey } from '../../presence/presence.js';
import { judgementOf } from '../judgement.js';
import { placeInput } from '../place-input.js';
import { type PlacePast, rememberByPlace } from '../remember.js';
import type { RuleKind } from '../rule-kind.js';
import type { RuleScope } from '../slice.js';
import { outageBehind } from '../suppression.js';
import { countParts, nextCountMs } from './crews.js';
import { findShortfalls, rememberShortfall, type StrengthInput } from './shortfalls.js';

/** Too few at a place. */
export const STRENGTH: RuleKind<StrengthRule> = {
  about: 'place',
  judge(state, { plan, rule, place, where }) {
    const input = strengthInput(state, { where, plan, placeId: place.id, rule });
    const { episodes, nextMs } = findShortfalls(input);
    const judgement = judgementOf(state, placeTopic(rule, place), episodes, {
      outage: (found) => outageBehind(state, found),
    });
    return { judgements: [judgement], nextMs: earlier(nextMs, nextCountMs(state, input.limits)), dueMs: null };
  },
};

function strengthInput(state: RuleScope, past: PlacePast<StrengthRule>): StrengthInput {
  const input = placeInput(state, past);
  return {
    ...input,
    remembered: state.shortfalls.get(baseKey(past.rule.id, past.placeId)) ?? null,
    partsOf: countParts(state, input.limits),
  };
}

/** Before what is older than `cutoffMs` is forgotten: keeps what the shortfalls that go on over it still depend on. */
export function rememberShortfalls(state: RuleScope, cutoffMs: number): void {
  state.shortfalls = rememberByPlace(state, isStrength, (past) =>
    rememberShortfall(strengthInput(state, past), cutoffMs),
  );
}

function isStrength(rule: PlanRule): rule is StrengthRule {
  return rule.kind === 'strength';
}
