import t from 'tap';
import type { AlertAnswer } from '../../src/api/alert-state.js';
import { MAX_SHELVE_MS } from '../../src/model/limits.js';
import { fixAt, startWholeServer, type WholeServer } from './whole-server.js';

t.setTimeout(120_000);

const MINUTE_MS = 60_000;

async function act(server: WholeServer, { alertId }: AlertAnswer, action: string, body: object) {
  return await server.ask(`/alerts/${encodeURIComponent(alertId)}/${action}`, body);
}

async function alertOf(server: WholeServer, { alertId }: AlertAnswer): Promise<AlertAnswer> {
  const { body } = await server.ask(`/alerts/${encodeURIComponent(alertId)}`);
  const last = (body.versions as readonly AlertAnswer[]).at(-1);
  if (last === undefined) throw new Error(`got no versions of ${alertId}`);
  return last;
}

const refused = (code: string, reason: string) => ({ status: 409, body: { code, details: { reason } } });

t.test('what supervisors do to alerts, as the engine judges it', async (t) => {
  const server = await startWholeServer(t, { startMs: Date.parse('2026-11-24T11:40:00+08:00') });
  await server.pass(15 * MINUTE_MS);
  const [alert, planned, silence] = [
    ...(await server.alerts('rule=checkpoint-gap')).slice(0, 2),
    (await server.alerts('rule=tracker-silence'))[0],
  ];
  if (alert === undefined || planned === undefined || silence === undefined) throw new Error('got too few alerts');

  const until = server.nowMs() + 5 * MINUTE_MS;
  t.match(await act(server, alert, 'unshelve', { version: 1 }), refused('alert-not-shelved', 'not-shelved'));
  t.match(await act(server, alert, 'shelve', { version: 1, reason: 'market day', until }), {
    status: 200,
    body: { alert: { version: 2, state: 'shelved', shelvedUntilMs: until } },
  });
  t.match(await act(server, alert, 'comment', { version: 1, comment: 'x' }), refused('alert-changed', 'stale-version'));
  t.match((await act(server, alert, 'acknowledge', { version: 2 })).body.alert, {
    state: 'shelved',
    acknowledged: true,
  });
  t.match(
    await act(server, alert, 'acknowledge', { version: 3 }),
    refused('alert-acknowledged', 'already-acknowledged'),
  );
  t.match((await act(server, alert, 'unshelve', { version: 3 })).body.alert, { version: 4, state: 'ack-active' });
  await act(server, alert, 'shelve', { version: 4, reason: 'again', until, actionId: 'again' });
  await server.pass(5 * MINUTE_MS);
  t.match(await alertOf(server, alert), { change: 'unshelved', cause: 'timer', state: 'ack-active' }, 'it came back');
  t.match(
    await act(server, alert, 'shelve', { version: 4, reason: 'again', until, actionId: 'again' }),
    { status: 200, body: { alert: { version: 5, change: 'shelved' } } },
    'the answer to the action, not to what became of it',
  );
  const farMs = server.nowMs() + MAX_SHELVE_MS + 1;
  t.equal((await act(server, alert, 'shelve', { version: 6, reason: 'x', until: farMs })).status, 400);

  const [place, now] = [planned.place, server.nowMs()];
  const works = { task: 'maintenance', places: [place], reason: 'new kerbs', taskId: 'kerbs' };
  t.match(await server.ask('/tasks', works), { status: 201, body: { task: { fromMs: now, state: 'open' } } });
  await server.pass(2_000);
  t.match(await alertOf(server, planned), { state: 'suppressed', suppressedBy: 'task:kerbs', condition: 'active' });
  t.match(await server.ask('/tasks/kerbs/close', {}), { status: 200, body: { task: { toMs: now + 2_000 } } });
  await server.pass(2_000);
  t.match(await alertOf(server, planned), { state: 'unack-active', suppressedBy: null });

  const tracker = server.plan.units.find(({ id }) => id === silence.unit)?.tracker ?? '';
  const [outage] = await server.alerts('rule=network-outage');
  await server.trackers.client(tracker).send([fixAt(server.nowMs())]);
  await server.pass(2_000);
  const cleared = await alertOf(server, silence);
  t.match(
    cleared,
    { condition: 'cleared', state: 'suppressed', suppressedBy: outage?.alertId },
    'nobody had to act on it',
  );
  const { version } = cleared;
  const shelve = { version, reason: 'x', until: server.nowMs() + MINUTE_MS };
  t.match(await act(server, silence, 'shelve', shelve), refused('alert-cleared', 'cleared'));
  t.match((await act(server, silence, 'acknowledge', { version })).body.alert, { state: 'cleared' });
});

t.test('tasks that are over are forgotten, open ones are not', async (t) => {
  const server = await startWholeServer(t, { startMs: Date.parse('2026-11-24T11:40:00+08:00') });
  const units = [server.plan.units[0]?.id];
  for (const taskId of ['short', 'long']) {
    t.equal((await server.ask('/tasks', { taskId, task: 'escort', units, reason: 'convoy' })).status, 201);
  }
  t.equal((await server.ask('/tasks/short/close', {})).status, 200);
  const listed = async () =>
    ((await server.ask('/tasks')).body.items as { taskId: string }[]).map(({ taskId }) => taskId);
  t.strictSame(await listed(), ['long', 'short']);
  await server.pass(80 * MINUTE_MS);
  t.strictSame(await listed(), ['long']);
  t.match(await server.ask('/tasks/short/close', {}), { status: 404, body: { code: 'task-unknown' } });
});
