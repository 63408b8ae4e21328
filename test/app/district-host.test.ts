import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import t from 'tap';
import { LiveFeed } from '../../src/api/live/live-feed.js';
import { DistrictHost } from '../../src/app/district-host.js';
import { firstPlan } from '../../src/app/first-plan.js';
import { EngineThreads } from '../../src/app/engine-threads.js';
import { readDistrict } from '../../src/app/read-district.js';
import { Revocations } from '../../src/hot/revocations.js';
import type { AlertVersion } from '../../src/model/alert.js';
import { createMetrics } from '../../src/ops/metrics.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import type { RedisHandle } from '../../src/redis/handle.js';
import { until } from '../api/until.js';
import { writeDistrict } from '../campaign/real/write-district.js';
import { at, fix } from '../engine/support.js';
import { startTestRedis, temporaryFolder, type TestScope } from '../support/redis-server.js';
import { WORKED_REPORTS } from '../reports/worked-reports.js';

const BINDS = { gapMs: 600_000, graceMs: 60_000, shortMs: 600_000, standMs: 1_500_000, binds: null };

/** A district with an engine on a real Redis, and its connections for queries. */
async function openHost(t: TestScope) {
  const { handle, log, folder } = await startTestRedis(t);
  const district = join(await temporaryFolder(t), 'district');
  await mkdir(district);
  await writeDistrict(district, 'meixian', {
    loggedAtMs: 0,
    inForceMs: 0,
    places: [{ id: 'post-0', kind: 'circle', at: [0, 0], radiusM: 100 }],
    units: [{ id: 'car-0', kind: 'car', tracker: 't-0', intervalMs: 10_000, duty: null }],
    rules: BINDS,
  });
  const queries: RedisConnection[] = [];
  const redis = new Proxy(handle, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name !== 'connect') return member.bind(target);
      return (...args: Parameters<RedisHandle['connect']>) => {
        const connection = target.connect(...args);
        if (args[0] === 'query') queries.push(connection);
        return connection;
      };
    },
  });
  const metrics = createMetrics({ strict: true });
  const engines = new EngineThreads({
    redis,
    dataFolder: folder,
    districts: ['meixian'],
    threads: 1,
    logger: log,
    metrics,
  });
  const host = await DistrictHost.open({
    read: await readDistrict(district, Date.now()),
    redis,
    replicas: 0,
    dataFolder: folder,
    clock: { kind: 'wall', nowMs: () => Date.now() },
    logger: log,
    metrics,
    engine: engines.engineOf('meixian'),
    districts: 1,
    revocations: new Revocations({ query: handle.connect('query'), nowMs: () => Date.now() }),
    acceptance: () => ({ ok: true }),
    durable: () => true,
    clockFault: () => null,
    archive: null,
  });
  t.teardown(() => host.close());
  await firstPlan(host);
  return { host, queries, log };
}

/** Those on which this read is sent. */
async function connectionsOf(queries: readonly RedisConnection[], command: string, read: () => Promise<unknown>) {
  const used = new Set<RedisConnection>();
  const sends = queries.map((connection) => [connection, connection.sendCommand.bind(connection)] as const);
  for (const [connection, send] of sends) {
    connection.sendCommand = (...args) => {
      if (args[0].name === command) used.add(connection);
      return send(...args);
    };
  }
  await read();
  for (const [connection, send] of sends) connection.sendCommand = send;
  return [...used];
}

t.test('answers to reads of the API that hang keep back no alert, and no look at how far the engine is', async (t) => {
  const { host, queries, log } = await openHost(t);
  const api = { ...host.forApi(), reports: WORKED_REPORTS };
  const held = await connectionsOf(queries, 'hvals', () => api.hot.readPositions());
  t.equal(held.length, 1);
  const feed = new LiveFeed(api, log);
  t.teardown(() => feed.close());
  await feed.ready;
  const alerts: AlertVersion[] = [];
  feed.attach({
    serve: (told) => void alerts.push(...told.map(({ version }) => version)),
    onState: () => undefined,
    onLost: () => undefined,
    onStale: () => undefined,
  });
  for (const { stream } of held) stream.pause();
  let answered = false;
  const reading = api.hot.readPositions().then(() => (answered = true));
  const call = fix(Date.now(), at(0), { sos: true });
  const batches = [{ tracker: 't-0', reportId: '01', fixes: [call], rejected: [] }];
  await host.forIngest().append({ kind: 'fixes', batches });
  await until(() => alerts.some(({ rule }) => rule === 'sos'));
  await feed.readState();
  await host.freshness.look();
  t.notOk(answered, 'while the read hangs');
  for (const { stream } of held) stream.resume();
  await reading;
});
