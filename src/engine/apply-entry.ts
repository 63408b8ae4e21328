import { unreachable } from '../model/errors.js';
import { PRUNE_EVERY_MS } from '../model/limits.js';
import type { ActionEntry, LogEntry, StatementEntry } from '../model/log-entry.js';
import { planRecord } from '../model/plan-record.js';
import { settleAtOrAfterMs } from './agenda/instants.js';
import { applyAction } from './alerts/upkeep.js';
import { unitRecord } from './hot/records.js';
import { addPlan } from './plan/plan-change.js';
import { currentPlan } from './plan/plans.js';
import { addRoster, rosterRecord } from './plan/roster.js';
import { addTask } from './plan/tasks.js';
import { lookAtWindowsAgain } from './rules/checkpoint-window/judge.js';
import { addStatement } from './presence/statements.js';
import { endCall, hearCalls } from './rules/sos/sos.js';
import type { Outputs } from './settling/agenda.js';
import { planAllUpkeep, planUpkeep } from './settling/tell.js';
import type { EngineState } from './state.js';
import { takeOver } from './take-over.js';
import { admitBatch, hear } from './track/admit.js';
import { refoldFrom } from './track/refold.js';
import { unitState } from './track/unit.js';

/** What an entry itself changes: see `step`. */
export function applyEntry(state: EngineState, entry: LogEntry, out: Outputs): void {
  switch (entry.kind) {
    case 'fixes':
      for (const batch of entry.batches) admitBatch(state, batch);
      out.alerts.push(...hearCalls(state, entry.batches));
      return;
    case 'heartbeat':
      for (const tracker of entry.trackers) {
        const planned = currentPlan(state)?.unitByTracker.get(tracker);
        if (planned !== undefined) hear(state, unitState(state, planned.id));
      }
      return;
    case 'plan': {
      const plan = addPlan(state, entry.plan);
      if (plan === null) return;
      refoldFrom(state, plan.fromMs);
      state.touched.plans.set(String(entry.plan.version), planRecord(entry.plan, state.nowMs));
      return;
    }
    case 'action':
      act(state, entry, out);
      return;
    case 'task': {
      const before = state.tasks.get(entry.taskId)?.units ?? [];
      const task = addTask(state, entry);
      if (task === null) return;
      state.touched.tasks.set(task.taskId, task);
      lookAtWindowsAgain(state, [...before, ...task.units]);
      return;
    }
    case 'statement':
      hearStatement(state, entry);
      return;
    case 'roster':
      if (addRoster(state, entry)) state.touched.roster.set('now', rosterRecord(state));
      return;
    case 'fold':
      if (takeOver(state, entry, out)) planAllUpkeep(state);
      return;
    case 'genesis':
      state.toldBy = entry.foldVersion;
      state.timers.set({ kind: 'prune' }, settleAtOrAfterMs(state.nowMs + PRUNE_EVERY_MS));
      return;
    // Applied before, or a repeat (O1).
    case 'resume':
    case 'access':
    case 'settlement':
    case 'notice':
    case 'tick':
      return;
    default:
      unreachable(entry);
  }
}

function act(state: EngineState, entry: ActionEntry, out: Outputs): void {
  const applied = applyAction(state, entry);
  if (applied === null) return;
  out.alerts.push(...applied.versions);
  for (const version of applied.versions) if (version.change === 'resolved') endCall(state, version);
  planUpkeep(state, applied.book);
}

function hearStatement(state: EngineState, entry: StatementEntry): void {
  const planned = currentPlan(state)?.unitById.get(entry.unit);
  if (!addStatement(state, entry) || planned === undefined) return;
  state.touched.units.set(entry.unit, unitRecord(state, unitState(state, entry.unit), planned));
}
