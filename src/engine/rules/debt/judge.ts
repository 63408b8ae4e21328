import { EXIT_FIXES, EXIT_SPAN_MS } from '../../../model/limits.js';
import type { DebtRule, PlanRule } from '../../../model/plan.js';
import { placeSubject } from '../../../model/subject.js';
import { placeTopic } from '../../alerts/topics.js';
import { type DebtInput, findDebts, lastThere, rememberCredit } from '../../credit/debts.js';
import { limitsOver } from '../../plan/limits-over.js';
import type { PlanInForce } from '../../plan/slice.js';
import { bindingIntervals } from '../../plan/windows.js';
import { edgesOf } from '../../presence/edges.js';
import { isUnseen } from '../../presence/hiding.js';
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

/** Between its last fix inside and the last of those that show that it has left, a unit sends so many. */
const FIXES_AWAITED = EXIT_FIXES - 1;

/** Places whose credit is used up. */
export const DEBTS: RuleKind<DebtRule> = {
  about: 'place',
  judge(state, { plan, rule, place, where }) {
    const input = debtInput(state, where, plan, place.id, rule);
    const { episodes, nextMs, dueMs } = findDebts(input);
    const judgement = judgementOf(state, placeTopic(rule, place), episodes, {
      disproof: ({ toMs }) => lastThere(input, toMs),
      outage: (found) => outageBehind(state, found),
    });
    return { judgements: [judgement], nextMs, dueMs };
  },
};

function debtInput(
  state: RuleScope,
  where: Whereabouts,
  plan: PlanInForce,
  placeId: string,
  rule: DebtRule,
): DebtInput {
  const limits = limitsOver(state, rule, placeSubject(placeId));
  const counts = (span: PresenceSpan): boolean => isOfKind(state, limits, span);
  const covered = coveredSpans(state, where, placeId).filter(counts);
  return {
    nowMs: state.nowMs,
    sinceMs: state.finalToMs,
    remembered: state.credits.get(baseKey(rule.id, placeId)) ?? null,
    binds: bindingIntervals(state, rule.id, placeSubject(placeId)),
    limits,
    covered,
    possible: once(() => [...possibleSpans(state, where, placeId), ...edgesOf(state, covered, placeId)].filter(counts)),
    awaitedMs: EXIT_SPAN_MS + FIXES_AWAITED * plan.slowestIntervalMs,
    isUnseen: (unitId) => isUnseen(state, unitId),
    outages: state.outages,
    reportIntervalMs: plan.slowestIntervalMs,
  };
}

/** Before what is older than `cutoffMs` is forgotten: keeps the balances of hours that go on over it. */
export function rememberCredits(state: RuleScope, cutoffMs: number): void {
  state.credits = rememberByPlace(state, isDebt, ({ where, plan, placeId, rule }) =>
    rememberCredit(debtInput(state, where, plan, placeId, rule), cutoffMs),
  );
}

function isDebt(rule: PlanRule): rule is DebtRule {
  return rule.kind === 'debt';
}
