import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import t from 'tap';
import { keptLog, startTestRedis } from '../support/redis-server.js';
import { SharedSnapshot } from '../../src/hot/shared-snapshot.js';
import { openRedis } from '../../src/redis/handle.js';
import { ALL_DAY, allDayDistrict, beginLog, SQUARE, standingAt } from './all-day-district.js';
import { openSite, serve, until } from './served-district.js';

t.setTimeout(180_000);

t.test(
  'an engine with a folder of its own goes on from the snapshot of another, and logs no error about it [standby]',
  async (t) => {
    const { handle, socketPath } = await startTestRedis(t);
    const district = await allDayDistrict(t);
    await beginLog(handle, district, 20 * 60_000, { 'bd-1': (ms) => standingAt(SQUARE, ms) });
    const site = await openSite(t, {
      BEATWATCH_DISTRICTS: district,
      REDIS_URL: `unix://${socketPath}`,
      BEATWATCH_ROLES: 'engine',
      BEATWATCH_LOG_LEVEL: 'info',
      BEATWATCH_PORT: '0',
    });
    const first = await serve(t, site);
    const redis = new Redis(socketPath);
    t.teardown(() => redis.disconnect());
    await until(async () => (await fetch(`${first.url}/readyz`)).status === 200, 'the first engine');
    first.process.kill('SIGTERM');
    t.equal(await first.exit, 0);
    const pointer = JSON.parse((await redis.get(`bw:{${ALL_DAY}}:snapshot`)) ?? '') as { cursor: { logId: string } };

    const elsewhere = await openSite(t);
    const second = await serve(t, site, {
      BEATWATCH_DATA: elsewhere.folder,
      BEATWATCH_PUBLIC_KEYS: join(site.folder, 'keys', 'public.jwks'),
    });
    await until(() => second.stderr().includes('the engine has loaded'), 'the second engine');
    const lines = second
      .stderr()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const loaded = lines.find(({ msg }) => msg === 'the engine has loaded');
    t.equal(loaded?.from, pointer.cursor.logId, 'from there, not from the beginning');
    t.strictSame(
      lines.filter(({ level }) => level === 'error'),
      [],
    );
    const folder = join(elsewhere.folder, 'snapshots', ALL_DAY);
    t.strictSame(await readdir(folder), [], 'its own folder had none');
  },
);

t.test('a shared snapshot that is spoilt, half written or another one is never taken', async (t) => {
  const { handle, socketPath } = await startTestRedis(t);
  const other = await openRedis({ url: socketPath, dataFolder: '.', logger: keptLog() });
  t.teardown(() => other.close());
  const shared = new SharedSnapshot({ district: ALL_DAY, query: handle.connect('query') });
  const bytes = Buffer.alloc(600_000, 7);
  const sha256 = 'b'.repeat(64);
  t.equal(await shared.take(sha256), null, 'none is there');
  t.ok(await shared.put(bytes));
  t.equal(await shared.take(sha256), null, 'not before it is published');
  await shared.publish();
  t.equal(await shared.take(sha256), null, 'another one');
  const digest = createHash('sha256').update(bytes).digest('hex');
  t.same(await shared.take(digest), bytes);
  await other.connect('query').hdel(`bw:{${ALL_DAY}}:snapshot:file`, '1');
  t.equal(await shared.take(digest), null, 'a chunk is gone');
});

t.test('a process listens while its engine has not caught up: alive, not ready', async (t) => {
  const { handle, socketPath } = await startTestRedis(t);
  const district = await allDayDistrict(t);
  await beginLog(handle, district, 20 * 60_000);
  const site = await openSite(t, {
    BEATWATCH_DISTRICTS: district,
    REDIS_URL: `unix://${socketPath}`,
    BEATWATCH_PORT: '0',
  });
  const query = handle.connect('query');
  // An engine cannot load with this key of another type, and tries until somebody repairs it.
  await query.hset(`bw:{${ALL_DAY}}:snapshot`, 'not', 'a string');
  const startedAtMs = performance.now();
  const server = await serve(t, site);
  t.ok(performance.now() - startedAtMs < 30_000, `it listens after ${Math.round(performance.now() - startedAtMs)} ms`);
  t.equal((await fetch(`${server.url}/healthz`)).status, 200);
  t.equal((await fetch(`${server.url}/readyz`)).status, 503);
  await query.del(`bw:{${ALL_DAY}}:snapshot`);
  await until(async () => (await fetch(`${server.url}/readyz`)).status === 200, 'a server that is ready');
});
