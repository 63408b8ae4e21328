import type { TaskRecord } from '../../model/hot.js';
import { normalise } from '../../model/intervals.js';
import { CALLED_AWAY_WITHIN_MS, MAX_OPEN_TASKS } from '../../model/limits.js';
import type { Intervals } from '../../model/plan.js';
import type { TaskEntry } from '../../model/log-entry.js';
import type { Watched } from '../../model/subject.js';
import { earlier, nextSettleMs } from '../agenda/instants.js';
import type { AgendaSlice } from '../agenda/slice.js';
import { findOutOfService } from './out-of-service.js';
import { FOREVER_MS } from './plans.js';
import type { PlanSlice } from './slice.js';

/**
 * A task is what its last entry says. Its units and places are judged again at the next settling instant. Answers it; null: it changes
 * nothing, for it ends before it begins, or is a new one beyond MAX_OPEN_TASKS.
 */
export function addTask(
  state: PlanSlice & Readonly<AgendaSlice>,
  { kind: _kind, ...task }: TaskEntry,
): TaskRecord | null {
  if (!state.tasks.has(task.taskId) && state.tasks.size >= MAX_OPEN_TASKS) return null;
  if (task.toMs !== null && task.toMs < task.fromMs) return null;
  const before = state.tasks.get(task.taskId);
  state.tasks.set(task.taskId, task);
  state.outOfService = findOutOfService(state.tasks.values());
  const soonMs = nextSettleMs(state.nowMs);
  for (const unit of [...task.units, ...(before?.units ?? [])]) state.timers.setEarlier({ kind: 'unit', unit }, soonMs);
  for (const place of [...task.places, ...(before?.places ?? [])])
    state.timers.setEarlier({ kind: 'place', place }, soonMs);
  return task;
}

/** Forgets tasks that ended before `cutoffMs` and that nothing needs any more. Answers their ids. */
export function forgetTasks(
  state: PlanSlice,
  cutoffMs: number,
  isNeeded: (task: TaskRecord & { readonly toMs: number }) => boolean,
): string[] {
  const forgotten: string[] = [];
  for (const [id, task] of state.tasks) {
    const { toMs } = task;
    if (toMs === null || toMs >= cutoffMs || isNeeded({ ...task, toMs })) continue;
    state.tasks.delete(id);
    forgotten.push(id);
  }
  state.outOfService = findOutOfService(state.tasks.values());
  return forgotten;
}

/** When a unit is busy: an escort or an incident. Sorted, not disjoint. */
export function busyPairs({ tasks }: PlanSlice, unitId: string, untilMs: number): [from: number, to: number][] {
  const pairs: [number, number][] = [];
  for (const task of tasks.values()) {
    if ((task.task === 'escort' || task.task === 'incident') && task.units.includes(unitId))
      pairs.push([task.fromMs, task.toMs ?? untilMs]);
  }
  return pairs;
}

/** Whether a unit that left somewhere, and was not there until `toMs`, had been called away: to an escort or an incident. */
export function wasCalledAway(state: PlanSlice, unitId: string, leftMs: number, toMs: number): boolean {
  const latestMs = Math.min(leftMs + CALLED_AWAY_WITHIN_MS, toMs - 1);
  return busyPairs(state, unitId, FOREVER_MS).some(
    ([fromMs, endMs]) => fromMs <= latestMs && endMs > Math.max(leftMs, fromMs),
  );
}

/** When a unit has a task: one that is out of service is off duty. */
export function taskTimes({ tasks }: PlanSlice, unitId: string): Intervals {
  const pairs: [number, number][] = [];
  for (const { task, units, fromMs, toMs } of tasks.values())
    if (task !== 'out-of-service' && units.includes(unitId)) pairs.push([fromMs, toMs ?? FOREVER_MS]);
  return normalise(pairs);
}

/** When the next task of this unit or place begins or ends; null: none does. */
export function nextTaskMs(
  { tasks }: PlanSlice,
  watched: Exclude<Watched, { kind: 'scope' }>,
  nowMs: number,
): number | null {
  let nextMs: number | null = null;
  for (const { units, places, fromMs, toMs } of tasks.values()) {
    const concerned = watched.kind === 'place' ? places.includes(watched.place) : units.includes(watched.unit);
    if (!concerned) continue;
    for (const atMs of [fromMs, toMs]) if (atMs !== null && atMs > nowMs) nextMs = earlier(nextMs, atMs);
  }
  return nextMs;
}

export function hasTask({ tasks }: PlanSlice, unitId: string): boolean {
  for (const { units } of tasks.values()) if (units.includes(unitId)) return true;
  return false;
}
