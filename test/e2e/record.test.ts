import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import t from 'tap';
import { logKey } from '../../src/log/raw-entry.js';
import { openRedis } from '../../src/redis/handle.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { keptLog } from '../support/redis-server.js';
import { ALL_DAY, allDayDistrict, beginLog, SQUARE, standingAt } from './all-day-district.js';
import { kill, openSite, redisPid, type Site, serve, until } from './served-district.js';

t.setTimeout(180_000);

interface Ready {
  readonly status: number;
  readonly detail: (name: string) => string;
}

async function ready(url: string): Promise<Ready> {
  const response = await fetch(`${url}/readyz`);
  const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; detail: string }[] };
  const detail = (name: string) => {
    const check = checks.find((one) => one.name === name);
    return `${check?.ok} ${check?.detail}`;
  };
  return { status: response.status, detail };
}

async function begun(site: Site, district: string): Promise<void> {
  const handle = await openRedis({ url: null, dataFolder: site.folder, logger: keptLog() });
  await beginLog(handle, district, 20 * 60_000);
  await handle.close();
}

t.test(
  'an append-only file whose end was cut is named at the next start, and stays named until somebody says so [record]',
  async (t) => {
    const district = await allDayDistrict(t);
    const site = await openSite(t, { BEATWATCH_DISTRICTS: district });
    await begun(site, district);
    const first = await serve(t, site);
    await until(async () => (await ready(first.url)).status === 200, 'a server that is ready');
    t.equal((await ready(first.url)).detail(`record ${ALL_DAY}`), 'true whole');
    const client = new TrackerClient({
      url: `${first.url.replace(/^http/, 'ws')}/v1/ingest`,
      tracker: 'bd-1',
      token: await site.token('tracker', 'bd-1'),
    });
    for (let i = 14; i > 0; i -= 1)
      t.match(await client.send([standingAt(SQUARE, Date.now() - i * 10_000)]), { durable: true, refusal: null });
    await client.close();
    first.process.kill('SIGTERM');
    t.equal(await first.exit, 0);

    const folder = join(site.folder, 'redis', 'appendonlydir');
    const file = (await readdir(folder)).find((name) => name.endsWith('.incr.aof'));
    const path = join(folder, file ?? '');
    // In the middle of the last entry of the log, whatever was written behind it.
    await truncate(path, (await readFile(path)).lastIndexOf(logKey(ALL_DAY)));

    const admin = { authorization: `Bearer ${await site.token('admin', 'zhao')}`, 'content-type': 'application/json' };
    for (const start of [1, 2]) {
      const server = await serve(t, site);
      const { status, detail } = await ready(server.url);
      t.equal(status, 503, `start ${start}`);
      t.match(
        detail(`record ${ALL_DAY}`),
        /^false the log ended at \d+-\d+, before \d+-\d+ that this server had seen: \d+ entries or more are gone: restore/,
      );
      if (start === 1) t.match(server.stderr(), /the end of the log is missing/);
      else {
        const record = `${server.url}/v1/districts/${ALL_DAY}/record`;
        const { open } = (await (await fetch(record, { headers: admin })).json()) as { open: number };
        const body = JSON.stringify({ open, reason: 'a copy of yesterday' });
        t.equal((await fetch(`${record}/accept`, { method: 'POST', headers: admin, body })).status, 200);
        t.match((await ready(server.url)).detail(`record ${ALL_DAY}`), /^true accepted: the log ended at /, 'at once');
      }
      server.process.kill('SIGTERM');
      t.equal(await server.exit, 0);
    }
    const last = await serve(t, site);
    await until(async () => (await ready(last.url)).status === 200, 'a server that is ready from then on');
  },
);

t.test('an entry of the log that somebody deletes is named by the next start', async (t) => {
  const district = await allDayDistrict(t);
  const site = await openSite(t, { BEATWATCH_DISTRICTS: district });
  await begun(site, district);
  const first = await serve(t, site);
  await until(async () => (await ready(first.url)).status === 200, 'a server that is ready');
  const redis = new Redis(join(site.folder, 'redis', 'redis.sock'));
  t.teardown(() => redis.disconnect());
  await until(async () => (await redis.xlen(`bw:{${ALL_DAY}}:log`)) > 5, 'ticks');
  const [, , entry] = await redis.xrevrange(`bw:{${ALL_DAY}}:log`, '+', '-', 'COUNT', 3);
  const id = entry?.[0] ?? '';
  await redis.xdel(`bw:{${ALL_DAY}}:log`, id);
  kill(first.process.pid ?? 0);
  await first.exit;
  const second = await serve(t, site);
  t.equal((await ready(second.url)).status, 503);
  t.match(
    (await ready(second.url)).detail(`record ${ALL_DAY}`),
    `false 1 entries of the log were deleted, the newest of them ${id}: restore`,
  );
  const metrics = await (await fetch(`${second.url}/metrics`)).text();
  t.match(metrics, `beatwatch_record_missing{district="${ALL_DAY}",what="log"} 1`);
});

t.test('a Redis that hangs is not ready within ten seconds, and is again when it goes on', async (t) => {
  const district = await allDayDistrict(t);
  const site = await openSite(t, { BEATWATCH_DISTRICTS: district });
  await begun(site, district);
  const server = await serve(t, site);
  await until(async () => (await ready(server.url)).status === 200, 'a server that is ready');
  const pid = redisPid(site.folder) ?? 0;
  process.kill(pid, 'SIGSTOP');
  t.teardown(() => kill(pid));
  const stoppedAtMs = performance.now();
  await until(
    async () => (await ready(server.url)).detail('redis').startsWith('false redis-hangs'),
    'word that it hangs',
  );
  t.ok(performance.now() - stoppedAtMs < 10_000, `${Math.round(performance.now() - stoppedAtMs)} ms`);
  await until(
    async () => (await ready(server.url)).detail(`district ${ALL_DAY}`).startsWith('false store-away since '),
    'word that the state is stale',
  );
  process.kill(pid, 'SIGCONT');
  await until(async () => (await ready(server.url)).status === 200, 'a server that is ready again');
});

t.test('what was seen of the log is begun anew when its file cannot be read, and that is said', async (t) => {
  const district = await allDayDistrict(t);
  const site = await openSite(t, { BEATWATCH_DISTRICTS: district });
  await begun(site, district);
  const first = await serve(t, site);
  first.process.kill('SIGTERM');
  await first.exit;
  const file = join(site.folder, 'witness', `${ALL_DAY}.json`);
  t.equal((await stat(file)).mode & 0o777, 0o600);
  await writeFile(file, '{"lastId":');
  const second = await serve(t, site);
  t.match(second.stderr(), /the file about the end of the log cannot be read: the server begins a new one/);
  t.equal((await ready(second.url)).detail(`record ${ALL_DAY}`), 'true whole');
});
