import t from 'tap';
import { MAX_SHELVE_MS } from '../../src/model/limits.js';
import type { AlertAnswer } from '../../src/protocol/alert-states.js';
import { cutNext, type ReplyCuttingProxy, startReplyCuttingProxy } from '../support/reply-cutting-proxy.js';
import { fastTemporary } from './programs.js';
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
  const server = await startWholeServer(t, { startMs: Date.parse('2026-11-24T11:10:00+08:00') });
  // So long that no doubt is left: an outage of the network explains no gap any more.
  await server.pass(45 * MINUTE_MS);
  const [alert, planned, silence] = [
    ...(await server.alerts('rule=checkpoint-gap')).slice(0, 2),
    (await server.alerts('rule=tracker-silence'))[0],
  ];
  if (alert === undefined || planned === undefined || silence === undefined) throw new Error('got too few alerts');
  const { version: first } = alert;

  const until = server.nowMs() + 5 * MINUTE_MS;
  t.match(await act(server, alert, 'unshelve', { version: first }), refused('alert-not-shelved', 'not-shelved'));
  t.match(await act(server, alert, 'shelve', { version: first, reason: 'market day', until }), {
    status: 200,
    body: { alert: { version: first + 1, state: 'shelved', shelvedUntilMs: until } },
  });
  t.match(
    await act(server, alert, 'comment', { version: first, comment: 'x' }),
    refused('alert-changed', 'stale-version'),
  );
  t.match((await act(server, alert, 'acknowledge', { version: first + 1 })).body.alert, {
    state: 'shelved',
    acknowledged: true,
  });
  t.match(
    await act(server, alert, 'acknowledge', { version: first + 2 }),
    refused('alert-acknowledged', 'already-acknowledged'),
  );
  t.match((await act(server, alert, 'unshelve', { version: first + 2 })).body.alert, {
    version: first + 3,
    state: 'ack-active',
  });
  await act(server, alert, 'shelve', { version: first + 3, reason: 'again', until, actionId: 'again' });
  await server.pass(5 * MINUTE_MS);
  t.match(await alertOf(server, alert), { change: 'unshelved', cause: 'timer', state: 'ack-active' }, 'it came back');
  t.match(
    await act(server, alert, 'shelve', { version: first + 3, reason: 'again', until, actionId: 'again' }),
    { status: 200, body: { alert: { version: first + 4, change: 'shelved' } } },
    'the answer to the action, not to what became of it',
  );
  const farMs = server.nowMs() + MAX_SHELVE_MS + 1;
  t.equal((await act(server, alert, 'shelve', { version: first + 5, reason: 'x', until: farMs })).status, 400);

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

t.test(
  'the reply to an acknowledgement’s append is lost: it stands once, and one that comes too late is seen (O1) [action]',
  async (t) => {
    let proxy: ReplyCuttingProxy | null = null;
    const server = await startWholeServer(t, {
      startMs: Date.parse('2026-11-24T11:10:00+08:00'),
      redis: { where: fastTemporary() },
      through: async (socketPath) => {
        proxy = await startReplyCuttingProxy(t, socketPath);
        return proxy.socketPath;
      },
    });
    await server.pass(45 * MINUTE_MS);
    const [alert] = await server.alerts('rule=checkpoint-gap');
    if (alert === undefined || proxy === null) throw new Error('got no alert, or no proxy');
    const { version: seen } = alert;
    const history = async () => {
      const { body } = await server.ask(`/alerts/${encodeURIComponent(alert.alertId)}`);
      return (body.versions as readonly AlertAnswer[]).map(
        ({ change, evidence }) => `${change} ${evidence.actionId ?? ''}`,
      );
    };
    const logged = async () => {
      const entries = await server.admin.xrangeBuffer(`bw:{${server.host.id}}:log`, '-', '+');
      return entries.filter(([, [, kind]]) => String(kind) === 'action').length;
    };

    cutNext(proxy, 'cut-reply', 'first-act');
    const first = await act(server, alert, 'acknowledge', { version: seen, actionId: 'first-act' });
    t.match(first, { status: 200, body: { alert: { version: seen + 1, state: 'ack-active' } } });
    t.equal((proxy as ReplyCuttingProxy).cuts, 1, 'the reply was lost');
    t.equal(await logged(), 2, 'so it was appended again');
    t.same(
      await act(server, alert, 'acknowledge', { version: seen, actionId: 'first-act' }),
      first,
      'asked again: answered',
    );
    t.equal(await logged(), 2, 'and not appended a third time');
    t.equal((await history()).at(-1), 'acknowledged first-act');

    // A car comes to the checkpoint and leaves it; the gap clears, and is another one later.
    const place = server.plan.places.find(({ id }) => id === alert.place);
    if (place?.shape.type !== 'circle') throw new Error('got no circle');
    const tracker = server.plan.units.find(({ kind }) => kind === 'car')?.tracker ?? '';
    const { center } = place.shape;
    for (const position of [center, { ...center, latE7: center.latE7 + 200_000 }]) {
      const fromMs = server.nowMs();
      await server.pass(3 * MINUTE_MS);
      const fixes = Array.from({ length: 17 }, (_, i) => ({ ...fixAt(fromMs + 10_000 * (i + 1)), position }));
      await server.trackers.client(tracker).send(fixes);
      await server.pass(2_000);
    }
    t.match(await alertOf(server, alert), { condition: 'cleared' });
    const late = { version: seen + 1, comment: 'seen', actionId: 'too-late' };
    t.match(await act(server, alert, 'comment', late), refused('alert-changed', 'stale-version'));
    t.same((await history()).slice(-2), ['cleared ', 'refused too-late'], 'everybody can see it');
  },
);

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
