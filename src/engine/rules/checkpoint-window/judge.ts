import type { PlanRule, CheckpointWindowRule } from '../../../model/plan.js';
import { placeSubject } from '../../../model/subject.js';
import { nextSettleMs } from '../../agenda/instants.js';
import type { AgendaSlice } from '../../agenda/slice.js';
import { placeTopic } from '../../alerts/topics.js';
import { limitAt, limitsOver } from '../../plan/limits-over.js';
import { rulesAbout } from '../../plan/so-far.js';
import type { PlanInForce } from '../../plan/slice.js';
import { wasCalledAway } from '../../plan/tasks.js';
import { bindingIntervals } from '../../plan/windows.js';
import {
  baseKey,
  coveredSpans,
  once,
  type PresenceSpan,
  possibleSpans,
  type Whereabouts,
} from '../../presence/presence.js';
import { edgesOf } from '../../presence/edges.js';
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
    isCalledAway: (unitId, atMs, toMs) => wasCalledAway(state, unitId, atMs, toMs),
    outages: state.outages,
    reportIntervalMs: plan.slowestIntervalMs,
  };
}

/** Before what is older than `cutoffMs` is forgotten: keeps what the windows that go on over it still depend on. */
export function rememberWindows(state: RuleScope, cutoffMs: number): void {
  state.checkpointWindows = rememberByPlace(state, isCheckpointWindow, ({ where, plan, placeId, rule }) =>
    rememberWindow(windowInput(state, where, plan, placeId, rule), cutoffMs),
  );
}

/** A task may excuse that somebody has left: judges the checkpoints with windows again at which its units were seen. */
export function lookAtWindowsAgain(state: RuleScope & Readonly<AgendaSlice>, units: readonly string[]): void {
  const soonMs = nextSettleMs(state.nowMs);
  for (const unit of units)
    for (const place of state.units.get(unit)?.head?.places.keys() ?? [])
      if (rulesAbout(state, placeSubject(place)).some(({ rule }) => isCheckpointWindow(rule)))
        state.timers.setEarlier({ kind: 'place', place }, soonMs);
}

function isCheckpointWindow(rule: PlanRule): rule is CheckpointWindowRule {
  return rule.kind === 'checkpoint-window';
}
