import t from 'tap';
import type { AlertAnswer } from '../../src/protocol/alert-states.js';
import { SupervisorClient, type ToldAlert } from '../../src/simulator/supervisor-client.js';
import { fastTemporary } from './programs.js';
import { fixAt, startWholeServer } from './whole-server.js';

t.setTimeout(120_000);

t.test('a call for help reaches a supervisor while no second passes, and a supervisor ends it', async (t) => {
  const server = await startWholeServer(t, {
    startMs: Date.parse('2026-11-24T11:40:00+08:00'),
    redis: { where: fastTemporary() },
  });
  await server.pass(65_000);
  const told: ToldAlert[] = [];
  const supervisor = new SupervisorClient({
    url: server.ingestUrl.replace('/v1/ingest', `/v1/districts/${server.host.id}/live`),
    token: await server.token('supervisor', 'wang'),
    onAlert: (alert) => told.push(alert),
  });
  t.teardown(() => supervisor.close());
  const [unit] = server.plan.units;
  if (unit === undefined) throw new Error('got a plan without units');
  const [atMs, seen] = [server.nowMs(), (await server.host.hot.readLive()).lastAlert];
  await server.trackers.client(unit.tracker).send([{ ...fixAt(atMs), sos: true }]);
  await supervisor.untilTold(seen + 1);
  t.equal(server.nowMs(), atMs, 'the clock has not moved');
  const call = told.at(-1);
  t.match(call, {
    rule: 'sos',
    severity: 'high',
    state: 'unack-active',
    unit: unit.id,
    fromMs: atMs,
    evidence: { position: { lng: 116.1172345, lat: 24.2701234, sigmaM: 5 } },
  });
  await server.trackers.client(unit.tracker).send([{ ...fixAt(atMs + 1), sos: true }]);
  const act = (action: string, body: object) =>
    server.ask(`/alerts/${encodeURIComponent(call?.alertId ?? '')}/${action}`, body);
  t.match(await act('shelve', { version: 1, reason: 'x', until: atMs + 60_000 }), {
    status: 409,
    body: { code: 'alert-not-shelvable' },
  });
  t.match(await act('resolve', { version: 1 }), { status: 400 }, 'not without a reason');
  t.match(await act('resolve', { version: 1, reason: 'patrol 7 is with them' }), {
    status: 200,
    body: { alert: { change: 'resolved', state: 'cleared', evidence: { comment: 'patrol 7 is with them' } } },
  });
  t.same(await server.alerts('rule=sos'), [], 'it is off the list');
  const [gap] = (await server.alerts('rule=tracker-silence')) as readonly AlertAnswer[];
  if (gap !== undefined) {
    const path = `/alerts/${encodeURIComponent(gap.alertId)}/resolve`;
    t.match(await server.ask(path, { version: gap.version, reason: 'x' }), { body: { code: 'alert-ends-by-itself' } });
  }
});
