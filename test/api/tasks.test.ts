import t from 'tap';
import { Value } from 'typebox/value';
import { TaskSchema } from '../../src/api/schemas.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { MAX_OPEN_TASKS } from '../../src/model/limits.js';
import { accessOf, ask } from './clients.js';
import { T0_MS } from './records.js';
import { type Rig, startRig } from './rig.js';
import { until } from './until.js';

const TASKS = '/v1/districts/meixian/tasks';
const MINUTE_MS = 60_000;
const ESCORT = { taskId: 'escort-7', task: 'escort', units: ['car-2', 'car-1', 'car-2'], reason: '护送车队' };

async function open(rig: Rig, body: object) {
  return await ask(rig, TASKS, { token: await rig.token({ role: 'supervisor' }), body });
}
async function close(rig: Rig, taskId: string, body: object = {}, subject = 'supervisor-li') {
  return await ask(rig, `${TASKS}/${taskId}/close`, { token: await rig.token({ role: 'supervisor', subject }), body });
}
async function list(rig: Rig) {
  return (await ask(rig, `${TASKS}?purpose=case-12`, { token: await rig.token({ role: 'auditor' }) })).body.items ?? [];
}
async function pass(rig: Rig, nowMs: number): Promise<void> {
  await ask(rig, '/v1/districts/meixian/clock', { token: await rig.token({ role: 'admin' }), body: { nowMs } });
}

t.test('a task is opened, listed and closed', async (t) => {
  const rig = await startRig(t);
  const opened = await open(rig, ESCORT);
  const task = {
    taskId: 'escort-7',
    actor: 'supervisor-li',
    task: 'escort',
    units: ['car-1', 'car-2'],
    places: [],
    fromMs: T0_MS,
    toMs: null,
    reason: '护送车队',
  };
  t.strictSame([opened.status, opened.body], [201, { task: { ...task, state: 'open' } }]);
  t.strictSame(await rig.district().entries('task'), [{ kind: 'task', ...task }]);

  await pass(rig, T0_MS + MINUTE_MS);
  const again = await open(rig, ESCORT);
  t.strictSame([again.status, again.body], [200, opened.body], 'the same again is no second task, and begins no later');
  t.match(await open(rig, { ...ESCORT, reason: 'another' }), {
    status: 409,
    body: { code: 'task-id-used', details: { got: 'escort-7', task } },
  });
  t.equal((await rig.district().entries('task')).length, 1);

  const maintenance = await open(rig, {
    task: 'maintenance',
    places: ['square'],
    from: '2026-03-02T08:30:00+08:00',
    to: T0_MS + 60 * MINUTE_MS,
    reason: 'new kerbs',
  });
  t.match(maintenance.body.task, {
    taskId: /^[0-9a-f]{32}$/,
    units: [],
    places: ['square'],
    fromMs: T0_MS + 30 * MINUTE_MS,
    toMs: T0_MS + 60 * MINUTE_MS,
    state: 'planned',
  });
  const items = await list(rig);
  for (const item of items) t.strictSame([...Value.Errors(TaskSchema, item)], []);
  t.strictSame(items.map(({ task: kind, state }) => `${kind} ${state}`).sort(), ['escort open', 'maintenance planned']);
  t.match((await rig.district().reads()).map(accessOf).at(-1), {
    role: 'auditor',
    what: 'GET /v1/districts/:district/tasks',
    records: 2,
  });

  const planned = { ...ESCORT, taskId: 'escort-8', to: T0_MS + 60 * MINUTE_MS };
  t.equal((await open(rig, planned)).status, 201);
  t.equal((await open(rig, planned)).status, 200);
  const { to: _to, ...withoutEnd } = planned;
  for (const other of [
    { ...planned, to: T0_MS + 90 * MINUTE_MS },
    { ...planned, to: T0_MS + 30 * MINUTE_MS },
    withoutEnd,
  ]) {
    t.match(
      await open(rig, other),
      { status: 409, body: { code: 'task-id-used', details: { task: { toMs: T0_MS + 60 * MINUTE_MS } } } },
      'another end is another task',
    );
  }

  await pass(rig, T0_MS + 2 * MINUTE_MS);
  const closed = await close(rig, 'escort-7', {}, 'supervisor-wang');
  const ended = { ...task, actor: 'supervisor-wang', toMs: T0_MS + 2 * MINUTE_MS, state: 'ended' };
  t.strictSame([closed.status, closed.body], [200, { task: ended }]);
  await pass(rig, T0_MS + 3 * MINUTE_MS);
  t.strictSame((await close(rig, 'escort-7')).body, { task: ended }, 'what has ended stays as it is');
  t.strictSame((await open(rig, ESCORT)).body, { task: ended }, 'also for a repeat of its beginning');
  t.match(await close(rig, 'escort-7', { to: T0_MS + 3 * MINUTE_MS }), {
    status: 409,
    body: { code: 'task-closed', details: { got: T0_MS + 3 * MINUTE_MS, task: { toMs: ended.toMs } } },
  });
  const earlier = await close(rig, 'escort-7', { to: T0_MS + MINUTE_MS });
  t.match(earlier, { status: 200, body: { task: { toMs: T0_MS + MINUTE_MS } } }, 'an end that was said too late');
  t.match(await close(rig, 'escort-7', { to: T0_MS - 1 }), { status: 400, body: { code: 'request-invalid' } });

  const { taskId } = maintenance.body.task as { taskId: string };
  t.match(await close(rig, taskId), {
    status: 200,
    body: { task: { fromMs: T0_MS + 30 * MINUTE_MS, toMs: T0_MS + 30 * MINUTE_MS, state: 'planned' } },
  });
});

t.test('an engine that does not come to it: 202, and the same asks again', async (t) => {
  const rig = await startRig(t);
  const { engine, hot } = rig.district();
  await engine.pause();
  const waiting = await open(rig, ESCORT);
  t.match(waiting, { status: 202, body: { taskId: 'escort-7', logId: /^\d+-\d+$/ } });
  engine.resume();
  await until(async () => (await hot.readTasks()).length === 1);
  t.equal((await open(rig, ESCORT)).status, 200);
  await engine.pause();
  t.match(await close(rig, 'escort-7'), { status: 202, body: { taskId: 'escort-7', logId: /^\d+-\d+$/ } });
  engine.resume();
  await until(async () => (await hot.readTasks())[0]?.toMs !== null);
  t.match(await close(rig, 'escort-7'), { status: 200, body: { task: { toMs: T0_MS } } });
});

t.test('a task that may not be in the log says so', async (t) => {
  const rig = await startRig(t);
  rig.district().appendFailure = new BeatwatchError('log-busy', 'busy');
  t.match(await open(rig, ESCORT), {
    status: 503,
    body: { code: 'log-unavailable', details: { taskId: 'escort-7' } },
  });
  rig.district().appendFailure = null;
  rig.district().plan = null;
  t.match(await open(rig, ESCORT), { status: 404, body: { code: 'plan-missing' } });
});

t.test('a district takes so many tasks and no more', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  const task = { ...ESCORT, actor: 'li', units: ['car-1'], places: [], fromMs: T0_MS, toMs: null } as const;
  const ids = Array.from({ length: MAX_OPEN_TASKS }, (_, i) => `t-${i}`);
  await engine.emit({ tasks: new Map(ids.slice(1).map((taskId) => [taskId, { ...task, task: 'escort', taskId }])) });
  t.equal((await open(rig, ESCORT)).status, 201, 'the last');
  t.match(await open(rig, { ...ESCORT, taskId: 'one-more' }), {
    status: 409,
    body: { code: 'too-many-tasks', details: { expected: MAX_OPEN_TASKS } },
  });
});
