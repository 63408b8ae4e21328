import type { GapRule } from '../../../model/plan.js';
import { placeSubject } from '../../../model/subject.js';
import { placeTopic } from '../../alerts/topics.js';
import { isGapRule } from '../../plan/gap-rules.js';
import { limitAt, limitsOver } from '../../plan/limits-over.js';
import type { PlanInForce } from '../../plan/slice.js';
import { bindingIntervals } from '../../plan/windows.js';
import { baseKey, coveredSpans, possibleSpans, type Whereabouts } from '../../presence/presence.js';
import { isOfKind } from '../counted-kinds.js';
import { isUnseen, whoWasThere } from '../../presence/hiding.js';
import { judgementOf } from '../judgement.js';
import { rememberByPlace } from '../remember.js';
import type { RuleKind } from '../rule-kind.js';
import type { RuleScope } from '../slice.js';
import { outageBehind } from '../suppression.js';
import { findGaps, type GapInput, rememberDoubt } from './gaps.js';
import { remarksOf } from './remarks.js';

/** Zone, checkpoint and route gaps differ only in where they are asked for. */
export const GAPS: RuleKind<GapRule> = {
  about: 'place',
  judge(state, { plan, rule, place, where }) {
    const input = gapInput(state, where, plan, place.id, rule);
    const { episodes, nextMs, dueMs } = findGaps(input);
    const judgement = judgementOf(state, placeTopic(rule, place), episodes, {
      disproof: (span) => whoWasThere(input, span),
      outage: (found) => outageBehind(state, found),
    });
    return { judgements: [judgement], nextMs, dueMs };
  },
};

function gapInput(state: RuleScope, where: Whereabouts, plan: PlanInForce, placeId: string, rule: GapRule): GapInput {
  const key = baseKey(rule.id, placeId);
  const limits = limitsOver(state, rule, placeSubject(placeId));
  return {
    nowMs: state.nowMs,
    sinceMs: state.finalToMs,
    remembered: state.gapDoubts.get(key) ?? null,
    binds: bindingIntervals(state, rule.id, placeSubject(placeId)),
    base: state.gapBases.get(key) ?? { coveredToMs: 0, unit: null },
    covered: coveredSpans(state, where, placeId).filter((span) => isOfKind(state, limits, span)),
    countsAfterMs: ({ fromMs }) => limitAt(limits, fromMs)?.rule.minPresenceMs ?? 0,
    possible: () => possibleSpans(state, where, placeId).filter((span) => isOfKind(state, limits, span)),
    isUnseen: (unitId) => isUnseen(state, unitId),
    remarks: (fromMs, toMs) => remarksOf(state, where, placeId, fromMs, toMs),
    outages: state.outages,
    reportIntervalMs: plan.slowestIntervalMs,
    limits,
  };
}

/** Before what is older than `cutoffMs` is forgotten: keeps what the gaps that go on over it still depend on. */
export function rememberDoubts(state: RuleScope, cutoffMs: number): void {
  state.gapDoubts = rememberByPlace(state, isGapRule, ({ where, plan, placeId, rule }) =>
    rememberDoubt(gapInput(state, where, plan, placeId, rule), cutoffMs),
  );
}
