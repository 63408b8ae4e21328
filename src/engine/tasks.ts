import { MAX_OPEN_TASKS } from '../model/limits.js';
import type { TaskEntry } from '../model/log-entry.js';
import { findOutOfService } from './lib/out-of-service.js';
import { nextSettleMs } from './lib/settle-time.js';
import type { EngineState } from './state.js';

/**
 * A task is what its last entry says. Its units and places are judged again at the next settling instant. Beyond MAX_OPEN_TASKS a new one changes nothing.
 */
export function addTask(state: EngineState, { kind: _kind, ...task }: TaskEntry): void {
  if (!state.tasks.has(task.taskId) && state.tasks.size >= MAX_OPEN_TASKS) return;
  if (task.toMs !== null && task.toMs < task.fromMs) return;
  const before = state.tasks.get(task.taskId);
  state.tasks.set(task.taskId, task);
  state.touched.tasks.set(task.taskId, task);
  state.outOfService = findOutOfService(state.tasks.values());
  const soonMs = nextSettleMs(state.nowMs);
  for (const id of [...task.units, ...(before?.units ?? [])])
    state.timers.setEarlier({ kind: 'unit', unit: id }, soonMs);
  for (const id of [...task.places, ...(before?.places ?? [])])
    state.timers.setEarlier({ kind: 'place', place: id }, soonMs);
}
