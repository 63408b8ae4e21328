import { EXIT_FIXES, EXIT_SPAN_MS } from '../../../model/limits.js';
import type { DebtRule, PlanRule } from '../../../model/plan.js';
import { placeTopic } from '../../alerts/topics.js';
import { type DebtInput, findDebts, lastThere, rememberCredit } from '../../credit/debts.js';
import { isUnseen } from '../../presence/hiding.js';
import { baseKey } from '../../presence/presence.js';
import { judgementOf } from '../judgement.js';
import { placeInput } from '../place-input.js';
import { type PlacePast, rememberByPlace } from '../remember.js';
import type { RuleKind } from '../rule-kind.js';
import type { RuleScope } from '../slice.js';
import { outageBehind } from '../suppression.js';

/** Between its last fix inside and the last of those that show that it has left, a unit sends so many. */
const FIXES_AWAITED = EXIT_FIXES - 1;

/** Places whose credit is used up. */
export const DEBTS: RuleKind<DebtRule> = {
  about: 'place',
  judge(state, { plan, rule, place, where }) {
    const input = debtInput(state, { where, plan, placeId: place.id, rule });
    const { episodes, nextMs, dueMs } = findDebts(input);
    const judgement = judgementOf(state, placeTopic(rule, place), episodes, {
      disproof: ({ toMs }) => lastThere(input, toMs),
      outage: (found) => outageBehind(state, found),
    });
    return { judgements: [judgement], nextMs, dueMs };
  },
};

function debtInput(state: RuleScope, past: PlacePast<DebtRule>): DebtInput {
  return {
    ...placeInput(state, past, true),
    remembered: state.credits.get(baseKey(past.rule.id, past.placeId)) ?? null,
    awaitedMs: EXIT_SPAN_MS + FIXES_AWAITED * past.plan.slowestIntervalMs,
    isUnseen: (unitId) => isUnseen(state, unitId),
  };
}

/** Before what is older than `cutoffMs` is forgotten: keeps the balances of hours that go on over it. */
export function rememberCredits(state: RuleScope, cutoffMs: number): void {
  state.credits = rememberByPlace(state, isDebt, (past) => rememberCredit(debtInput(state, past), cutoffMs));
}

function isDebt(rule: PlanRule): rule is DebtRule {
  return rule.kind === 'debt';
}
