import { intersect, normalise, pairsOf } from '../../../model/intervals.js';
import type { PlanRule, CheckpointWindowRule } from '../../../model/plan.js';
import { placeSubject } from '../../../model/subject.js';
import { placeTopic } from '../../alerts/topics.js';
import { limitAt, limitsOver } from '../../plan/limits-over.js';
import type { PlanInForce } from '../../plan/slice.js';
import { bindingIntervals, dutyIntervals } from '../../plan/windows.js';
import {
  baseKey,
  coveredSpans,
  once,
  type PresenceSpan,
  possibleSpans,
  type Whereabouts,
} from '../../presence/presence.js';
import { isOfKind } from '../counted-kinds.js';
import { isUnseen, whoWasThere } from '../../presence/hiding.js';
import { judgementOf } from '../judgement.js';
import { rememberByPlace } from '../remember.js';
import type { RuleKind } from '../rule-kind.js';
import type { RuleScope } from '../slice.js';
import { outageBehind } from '../suppression.js';
import { findWindows, rememberWindow } from '../../attendance/findings.js';
import type { WindowInput } from '../../attendance/window.js';

/** Checkpoints that are to be manned from one time to another. */
export const CHECKPOINT_WINDOWS: RuleKind<CheckpointWindowRule> = {
  about: 'place',
  judge(state, { plan, rule, place, where }) {
    const input = windowInput(state, where, plan, place.id, rule);
    const { episodes, nextMs } = findWindows(input);
    const judgement = judgementOf(state, placeTopic(rule, place), episodes, {
      disproof: (span) => whoWasThere(input, span),
      outage: (found) => outageBehind(state, found),
    });
    return { judgements: [judgement], nextMs, dueMs: null };
  },
};

function windowInput(
  state: RuleScope,
  where: Whereabouts,
  plan: PlanInForce,
  placeId: string,
  rule: CheckpointWindowRule,
): WindowInput {
  const limits = limitsOver(state, rule, placeSubject(placeId));
  const counts = (span: PresenceSpan): boolean => isOfKind(state, limits, span);
  const covered = coveredSpans(state, where, placeId).filter(counts);
  return {
    nowMs: state.nowMs,
    sinceMs: state.finalToMs,
    remembered: state.checkpointWindows.get(baseKey(rule.id, placeId)) ?? null,
    binds: bindingIntervals(state, rule.id, placeSubject(placeId)),
    limits,
    covered,
    possible: once(() => [...possibleSpans(state, where, placeId), ...edgesOf(state, covered, placeId)].filter(counts)),
    countsAfterMs: ({ fromMs }) => limitAt(limits, fromMs)?.rule.minPresenceMs ?? 0,
    isUnseen: (unitId) => isUnseen(state, unitId),
    outages: state.outages,
    reportIntervalMs: plan.slowestIntervalMs,
  };
}

/** Between its last fix outside and its first one inside a unit may have come at any time; likewise it may have left. */
function edgesOf(state: RuleScope, covered: readonly PresenceSpan[], placeId: string): PresenceSpan[] {
  const edges: PresenceSpan[] = [];
  for (const unit of new Set(covered.map((span) => span.unit))) {
    const visits = state.units.get(unit)?.head?.places.get(placeId)?.visits ?? [];
    const pairs = visits.flatMap(({ outerFromMs, innerFromMs, innerToMs, outerToMs, fromHole, toHole }) => [
      [fromHole ? innerFromMs : (outerFromMs ?? innerFromMs), innerFromMs] as const,
      [innerToMs, toHole ? innerToMs : (outerToMs ?? innerToMs)] as const,
    ]);
    for (const [fromMs, toMs] of pairsOf(intersect(normalise(pairs), dutyIntervals(state, unit))))
      if (fromMs <= state.nowMs) edges.push({ unit, fromMs, toMs: Math.min(toMs, state.nowMs + 1) });
  }
  return edges;
}

/** Before what is older than `cutoffMs` is forgotten: keeps what the windows that go on over it still depend on. */
export function rememberWindows(state: RuleScope, cutoffMs: number): void {
  state.checkpointWindows = rememberByPlace(state, isCheckpointWindow, ({ where, plan, placeId, rule }) =>
    rememberWindow(windowInput(state, where, plan, placeId, rule), cutoffMs),
  );
}

function isCheckpointWindow(rule: PlanRule): rule is CheckpointWindowRule {
  return rule.kind === 'checkpoint-window';
}
