import type { PlanRule, CheckpointWindowRule } from '../../../model/plan.js';
import { placeSubject } from '../../../model/subject.js';
import { nextSettleMs } from '../../agenda/instants.js';
import type { AgendaSlice } from '../../agenda/slice.js';
import { placeTopic } from '../../alerts/topics.js';
import { limitAt } from '../../plan/limits-over.js';
import { rulesAbout } from '../../plan/so-far.js';
import { wasCalledAway } from '../../plan/tasks.js';
import { baseKey } from '../../presence/presence.js';
import { isUnseen, whoWasThere } from '../../presence/hiding.js';
import { judgementOf } from '../judgement.js';
import { placeInput } from '../place-input.js';
import { type PlacePast, rememberByPlace } from '../remember.js';
import type { RuleKind } from '../rule-kind.js';
import type { RuleScope } from '../slice.js';
import { outageBehind } from '../suppression.js';
import { findWindows, rememberWindow } from '../../attendance/findings.js';
import type { WindowInput } from '../../attendance/window.js';

/** Checkpoints that are to be manned from one time to another. */
export const CHECKPOINT_WINDOWS: RuleKind<CheckpointWindowRule> = {
  about: 'place',
  judge(state, { plan, rule, place, where }) {
    const input = windowInput(state, { where, plan, placeId: place.id, rule });
    const { episodes, nextMs } = findWindows(input);
    const judgement = judgementOf(state, placeTopic(rule, place), episodes, {
      disproof: (span) => whoWasThere(input, span),
      outage: (found) => outageBehind(state, found),
    });
    return { judgements: [judgement], nextMs, dueMs: null };
  },
};

function windowInput(state: RuleScope, past: PlacePast<CheckpointWindowRule>): WindowInput {
  const input = placeInput(state, past, true);
  return {
    ...input,
    remembered: state.checkpointWindows.get(baseKey(past.rule.id, past.placeId)) ?? null,
    countsAfterMs: ({ fromMs }) => limitAt(input.limits, fromMs)?.rule.minPresenceMs ?? 0,
    isUnseen: (unitId) => isUnseen(state, unitId),
    isCalledAway: (unitId, atMs, toMs) => wasCalledAway(state, unitId, atMs, toMs),
  };
}

/** Before what is older than `cutoffMs` is forgotten: keeps what the windows that go on over it still depend on. */
export function rememberWindows(state: RuleScope, cutoffMs: number): void {
  state.checkpointWindows = rememberByPlace(state, isCheckpointWindow, (past) =>
    rememberWindow(windowInput(state, past), cutoffMs),
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
