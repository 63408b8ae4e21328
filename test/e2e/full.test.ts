import t from 'tap';
import type { RedisConnection } from '../../src/redis/connection.js';
import { until } from '../api/until.js';
import { fillUp } from '../support/redis-server.js';
import { openTracker } from './open-tracker.js';
import { fixAt, startWholeServer } from './whole-server.js';

t.setTimeout(120_000);

const MINUTE_MS = 60_000;
const MAXMEMORY_BYTES = 24_000_000;

async function fillTo(admin: RedisConnection, bytes: number): Promise<void> {
  for (let i = 0; ; i += 1) {
    const used = /used_memory:(\d+)/.exec(await admin.info('memory'))?.[1];
    if (Number(used) >= bytes) return;
    await admin.set(`ballast:${i}`, 'x'.repeat(100_000));
  }
}

async function isFull(admin: RedisConnection): Promise<boolean> {
  return (await admin.set('probe', 'x'.repeat(1_000)).catch(() => null)) === null;
}

t.test(
  'Redis is full: acks stop first and say so; reads, alerts and ticks go on; all resumes by itself (R1) [full]',
  async (t) => {
    const server = await startWholeServer(t, {
      startMs: Date.parse('2026-11-24T11:40:00+08:00'),
      redis: { maxmemoryBytes: MAXMEMORY_BYTES },
    });
    const { admin, host, plan, trackers } = server;
    const [patient = '', curious = ''] = plan.units.map(({ tracker }) => tracker);
    await server.pass(30 * MINUTE_MS);
    const [first] = await server.alerts('rule=checkpoint-gap');
    if (first === undefined) throw new Error('got no alert after half an hour without a patrol, expected some');
    t.match(await trackers.client(patient).send([fixAt(server.nowMs())]), { durable: true, refusal: null });
    t.equal((await server.redisReadiness()).status, 200);

    await fillTo(admin, 0.85 * MAXMEMORY_BYTES);
    await until(async () => !(await server.redisReadiness()).ok);
    t.match(await server.redisReadiness(), { status: 503, detail: /redis-memory-full: .*acknowledges no fixes/ });
    const tracker = await openTracker(server, curious);
    t.match(await tracker.send(), { kind: 'refusal', code: 'storage-full', detail: /maxmemory/ });
    t.notOk(await isFull(admin), 'while Redis still takes writes');

    await fillUp(admin);
    t.ok(await isFull(admin));
    const waiting = trackers.client(patient).send([fixAt(server.nowMs() + 1)]);
    t.match(await tracker.send(), { kind: 'refusal', code: 'storage-full' });
    const entries = Number(await admin.xlen(`bw:{${host.id}}:log`));
    t.equal((await server.ask('/positions')).status, 200, 'a read, which is recorded');
    t.equal(Number(await admin.xlen(`bw:{${host.id}}:log`)), entries + 1);
    const path = `/alerts/${encodeURIComponent(first.alertId)}`;
    const { version } = (await server.alerts()).find(({ alertId }) => alertId === first.alertId) ?? first;
    t.match(await server.ask(`${path}/acknowledge`, { version }), {
      status: 200,
      body: { alert: { version: version + 1, acknowledged: true } },
    });
    const units = [plan.units[0]?.id];
    t.equal((await server.ask('/tasks', { task: 'escort', units, reason: 'convoy' })).status, 201);
    const before = (await host.hot.readCursor())?.lastAlert ?? 0;
    await server.pass(30 * MINUTE_MS);
    t.ok(((await host.hot.readCursor())?.lastAlert ?? 0) > before, 'time passes, and alerts come');
    t.ok(await isFull(admin), 'and there is no more room than before');

    await admin.config('SET', 'maxmemory', String(10 * MAXMEMORY_BYTES));
    await until(async () => (await server.redisReadiness()).status === 200);
    t.match(await waiting, { durable: true, refusal: null }, 'the tracker that waited is acknowledged');
    t.match(await tracker.send(), { kind: 'ack', durable: true });
    tracker.close();
  },
);
