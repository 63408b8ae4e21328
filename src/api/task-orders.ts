import type { TaskRecord } from '../model/hot.js';
import { MAX_OPEN_TASKS } from '../model/limits.js';
import type { TaskEntry } from '../model/log-entry.js';
import { appendAct, type Unjudged, unjudged } from './append-act.js';
import type { ApiDistrict } from './deps.js';
import { apiError } from './errors.js';
import { isoText } from './instants.js';
import { MAX_TASK_MS } from './limits.js';
import { readState } from './read-state.js';
import { refuseOutsidePlan, taskUnknown } from './unknown.js';
import { requestInvalid } from './validation.js';

const MAX_TASK_DAYS = MAX_TASK_MS / 86_400_000;

export type TaskState = 'planned' | 'open' | 'ended';
export interface TaskAnswer extends TaskRecord {
  readonly state: TaskState;
}

/** The task as it stands, `created` by this call or not; or, where the engine has not come to the entry, that entry. */
export type TaskOutcome = { readonly task: TaskRecord; readonly created: boolean } | Unjudged;

/** What a supervisor asks for; null where nothing was said. */
export interface TaskWish extends Omit<TaskEntry, 'kind' | 'fromMs'> {
  readonly fromMs: number | null;
}

export function taskAnswer(task: TaskRecord, nowMs: number): TaskAnswer {
  return { ...task, state: stateOf(task, nowMs) };
}

function stateOf({ fromMs, toMs }: TaskRecord, nowMs: number): TaskState {
  if (toMs !== null && toMs <= nowMs) return 'ended';
  return fromMs <= nowMs ? 'open' : 'planned';
}

/**
 * Appends a new task. The same again answers the task as it stands by then. Codes besides those of the log: `request-invalid`,
 * `plan-missing`, `unit-unknown`, `place-unknown`, `task-id-used`, `too-many-tasks`.
 */
export async function openTask(district: ApiDistrict, wish: TaskWish): Promise<TaskOutcome> {
  const before = await readState(district, (hot) => hot.readTasks());
  const standing = before.find(({ taskId }) => taskId === wish.taskId);
  const nowMs = district.clock.nowMs();
  if (standing !== undefined) return { task: theSame(standing, wish, nowMs), created: false };
  const task = { ...wish, fromMs: wish.fromMs ?? nowMs };
  checkWhen(task, nowMs);
  checkWhat(district, task);
  if (before.length >= MAX_OPEN_TASKS) throw tooMany(district);
  const { logId, passed } = await appendAct(district, { kind: 'task', ...task });
  if (!passed) return unjudged(district, logId);
  const after = await taskOf(district, wish.taskId);
  if (after === undefined) throw tooMany(district);
  return { task: theSame(after, wish, nowMs), created: true };
}

/**
 * Ends a task, now where no end is given (at its start, where it has not begun). A task that ends no later stays as it is.
 * Codes besides those of the log: `task-unknown`, `task-closed`, `request-invalid`.
 */
export async function closeTask(
  district: ApiDistrict,
  o: { readonly taskId: string; readonly actor: string; readonly toMs: number | null },
): Promise<TaskOutcome> {
  const task = await taskOf(district, o.taskId);
  if (task === undefined) throw taskUnknown(district, o.taskId);
  const toMs = o.toMs ?? Math.max(task.fromMs, district.clock.nowMs());
  if (task.toMs !== null && task.toMs <= toMs) {
    if (o.toMs === null || o.toMs === task.toMs) return { task, created: false };
    const message = `got an end at ${isoText(toMs)}, expected an instant before ${isoText(task.toMs)}, when task ${task.taskId} ends already`;
    throw apiError('task-closed', message, { got: toMs, task });
  }
  checkEnd(task.fromMs, toMs);
  const entry = { ...task, actor: o.actor, toMs };
  const { logId, passed } = await appendAct(district, { kind: 'task', ...entry });
  if (!passed) return unjudged(district, logId);
  // The engine forgets a task whose end is long past.
  return { task: (await taskOf(district, o.taskId)) ?? entry, created: false };
}

async function taskOf(district: ApiDistrict, taskId: string): Promise<TaskRecord | undefined> {
  return (await readState(district, (hot) => hot.readTasks())).find((task) => task.taskId === taskId);
}

/** The standing task if it is what was asked for; one that was asked for without an end may have been closed since. */
function theSame(standing: TaskRecord, wish: TaskWish, nowMs: number): TaskRecord {
  const same =
    standing.task === wish.task &&
    standing.units.join() === wish.units.join() &&
    standing.places.join() === wish.places.join() &&
    (wish.fromMs === null || standing.fromMs === wish.fromMs) &&
    hasTheEnd(standing, wish, nowMs) &&
    standing.reason === wish.reason;
  if (same) return standing;
  const message = `got another task with id ${wish.taskId}, or another end of it, expected an id that no task of the district has; to end a task earlier, close it`;
  throw apiError('task-id-used', message, { got: wish.taskId, task: standing });
}

/**
 * A repeat never moves an end, so one that names another is no repeat. A task that is over may be one that was asked for without an
 * end and closed since.
 */
function hasTheEnd({ toMs }: TaskRecord, wish: TaskWish, nowMs: number): boolean {
  return toMs === wish.toMs || (wish.toMs === null && toMs !== null && toMs <= nowMs);
}

function checkWhen({ fromMs, toMs }: Pick<TaskRecord, 'fromMs' | 'toMs'>, nowMs: number): void {
  if (Math.abs(fromMs - nowMs) > MAX_TASK_MS) {
    const expected = `an instant from ${isoText(nowMs - MAX_TASK_MS)} to ${isoText(nowMs + MAX_TASK_MS)}, ${MAX_TASK_DAYS} days around now`;
    throw requestInvalid([{ path: 'body/from', got: isoText(fromMs), expected }]);
  }
  if (toMs !== null) checkEnd(fromMs, toMs);
}

function checkEnd(fromMs: number, toMs: number): void {
  if (toMs >= fromMs && toMs <= fromMs + MAX_TASK_MS) return;
  const expected = `an instant from the start of the task, ${isoText(fromMs)}, to ${MAX_TASK_DAYS} days after it, ${isoText(fromMs + MAX_TASK_MS)}`;
  throw requestInvalid([{ path: 'body/to', got: isoText(toMs), expected }]);
}

/** Only the upkeep of a place explains what happens there whoever is concerned. */
function checkWhat(district: ApiDistrict, { task, units, places }: TaskWish): void {
  if (task !== 'maintenance' && places.length > 0) {
    throw requestInvalid([{ path: 'body/places', got: places, expected: `none: the task is ${task}` }]);
  }
  if (units.length + places.length === 0) {
    const expected = task === 'maintenance' ? 'at least one unit or place' : 'at least one unit';
    throw requestInvalid([{ path: 'body/units', got: units, expected }]);
  }
  if (district.plan() === null) {
    throw apiError('plan-missing', `no plan is in force in ${district.id}; try again when one is`);
  }
  refuseOutsidePlan(district, { places, units });
}

function tooMany({ id }: ApiDistrict) {
  return apiError(
    'too-many-tasks',
    `district ${id} already has ${MAX_OPEN_TASKS} open tasks, as many as it may have; close some first`,
    {
      expected: MAX_OPEN_TASKS,
    },
  );
}
