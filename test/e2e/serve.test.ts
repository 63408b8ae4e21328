import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import t, { type Test } from 'tap';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import type { AlertVersion } from '../../src/model/alert.js';
import { openRedis } from '../../src/redis/handle.js';
import { SupervisorClient, type ToldAlert } from '../../src/simulator/supervisor-client.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { keptLog, startTestRedis } from '../support/redis-server.js';
import { ALL_DAY, allDayDistrict, beginLog, longStand } from './all-day-district.js';
import { beatwatch, MEIXIAN, type Program } from './programs.js';
import { freePort, openSite, redisPid, type Served, type Site, serve, until } from './served-district.js';

t.setTimeout(180_000);

const MINUTE_MS = 60_000;
const KEY = `bw:{${ALL_DAY}}`;

async function get(site: Site, url: string, path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const authorization = `Bearer ${await site.token('supervisor', 'anna')}`;
  const response = await fetch(`${url}${path}`, { headers: { authorization } });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const positionsPath = `/v1/districts/${ALL_DAY}/positions`;

async function stop(t: Test, program: Program): Promise<void> {
  program.process.kill('SIGTERM');
  t.equal(await program.exit, 0, 'SIGTERM ends it in order');
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function tracker(t: Test, site: Site, url: string, id: string): Promise<TrackerClient> {
  const socketUrl = `${url.replace(/^http/, 'ws')}/v1/ingest`;
  const client = new TrackerClient({ url: socketUrl, tracker: id, token: await site.token('tracker', id) });
  t.teardown(() => client.close());
  return client;
}

t.test('SIGTERM leaves a snapshot and stops the private Redis; the next start goes on', async (t) => {
  const district = await allDayDistrict(t);
  const site = await openSite(t, { BEATWATCH_DISTRICTS: district, BEATWATCH_LOG_LEVEL: 'info' });
  const handle = await openRedis({ url: null, dataFolder: site.folder, logger: keptLog() });
  await beginLog(handle, district, 20 * MINUTE_MS);
  await handle.close();

  const first = await serve(t, site);
  t.strictSame(await get(site, first.url, '/healthz'), { status: 200, body: { alive: true } });
  await until(async () => (await get(site, first.url, '/readyz')).status === 200, 'a server that is ready');
  const bd1 = await tracker(t, site, first.url, 'bd-1');
  t.match(await bd1.send(longStand()), { durable: true, rejected: [], refusal: null });
  const isThere = async (url: string) => JSON.stringify((await get(site, url, positionsPath)).body).includes('car-1');
  await until(() => isThere(first.url), 'the position');
  const pid = redisPid(site.folder) ?? 0;
  t.ok(isRunning(pid));
  await stop(t, first);
  t.notOk(isRunning(pid), 'its Redis has ended');
  t.notMatch(first.stderr(), /"district":.*"district":/, 'a line of the log names its district once');
  const snapshots = await readdir(join(site.folder, 'snapshots', ALL_DAY));
  t.ok(snapshots.length > 0 && snapshots.every((name) => name.endsWith('.snapshot')), snapshots.join());

  const virtual = await beatwatch(t, ['serve'], {
    ...site.variables,
    BEATWATCH_CLOCK: 'virtual@2026-11-24T07:17:00+08:00',
  });
  t.equal(virtual.code, 1);
  t.match(virtual.stderr, /got a log on the wall clock, expected the virtual clock: .*fresh data folder/);

  const units = join(district, 'units.json');
  await writeFile(units, (await readFile(units, 'utf8')).replace('"crewCount":2', '"crewCount":3'));
  const second = await serve(t, site);
  t.ok(await isThere(second.url), 'what it knew it knows');
  t.match(
    await bd1.send(longStand().slice(-1)),
    { durable: true, refusal: null },
    'the tracker has come back by itself',
  );
  const redis = new Redis(join(site.folder, 'redis', 'redis.sock'));
  t.strictSame(await beginnings(redis), ['genesis', 'plan 1', 'plan 2'], 'one log; changed files are a new plan');
  const [alert] = await alertsIn(redis);
  t.match(alert, { unit: 'car-1', change: 'raised' });
  redis.disconnect();
  await stop(t, second);
});

t.test('roles in processes of their own, and two engines, on one external Redis double nothing [two]', async (t) => {
  const { handle, socketPath } = await startTestRedis(t);
  const district = await allDayDistrict(t);
  await beginLog(handle, district, 20 * MINUTE_MS);
  const site = await openSite(t, {
    BEATWATCH_DISTRICTS: district,
    REDIS_URL: `unix://${socketPath}`,
    BEATWATCH_PORT: '0',
  });
  const standby = await openSite(t);
  const keys = { BEATWATCH_PUBLIC_KEYS: join(site.folder, 'keys', 'public.jwks') };
  const startEngine = (folder: string) =>
    serve(t, site, { ...keys, BEATWATCH_ROLES: 'engine', BEATWATCH_DATA: folder });
  const engines = [await startEngine(site.folder), await startEngine(standby.folder)] as [Served, Served];
  const ingest = await serve(t, site, { BEATWATCH_ROLES: 'ingest' });
  const api = await serve(t, site, { BEATWATCH_ROLES: 'api' });

  const told: ToldAlert[] = [];
  const supervisor = new SupervisorClient({
    url: `${api.url.replace(/^http/, 'ws')}/v1/districts/${ALL_DAY}/live`,
    token: await site.token('supervisor', 'anna'),
    onAlert: (alert) => told.push(alert),
  });
  t.teardown(() => supervisor.close());
  const stateOf = async ({ url }: Served) => {
    const { checks } = (await get(site, url, '/readyz')).body as { checks: { name: string; detail: string }[] };
    return checks.find(({ name }) => name === `engine ${ALL_DAY}`)?.detail.split(';')[0] ?? '';
  };
  const standsBy = async (): Promise<Served | null> => {
    const states = await Promise.all(engines.map(stateOf));
    return engines.find((_, index) => states[index] === 'standby') ?? null;
  };
  const isTold = (unit: string) => told.some((alert) => alert.unit === unit);
  const send = async (id: string) => {
    const client = await tracker(t, site, ingest.url, id);
    t.match(await client.send(longStand()), { durable: true, rejected: [], refusal: null });
  };

  await until(async () => (await standsBy()) !== null, 'one engine that stands by');
  await send('bd-1');
  await until(() => isTold('car-1'), 'the alert of the first car');
  t.equal((await get(site, api.url, positionsPath)).status, 200);
  for (const { url } of [...engines, ingest])
    t.match(await get(site, url, positionsPath), { status: 404, body: { code: 'district-unknown' } });
  const lost = await tracker(t, site, api.url, 'bd-3');
  await t.rejects(lost.send(longStand()), { code: 'tracker-turned-away' }, 'no reports without the role ingest');

  const heir = (await standsBy()) as Served;
  const active = engines.find((engine) => engine !== heir) as Served;
  active.process.kill('SIGKILL');
  await active.exit;
  const killedAtMs = performance.now();
  await send('bd-2');
  await until(() => isTold('car-2'), 'the alert of the second car');
  t.comment(
    `the other engine had taken over, and told, ${Math.round(performance.now() - killedAtMs)} ms after the kill`,
  );
  t.equal(await stateOf(heir), 'active');

  engines.splice(engines.indexOf(active), 1, await startEngine(active === engines[0] ? site.folder : standby.folder));
  await until(async () => (await standsBy()) !== null, 'one engine that stands by, again');
  await send('bd-3');
  await until(() => isTold('car-3'), 'the alert of the third car');

  const redis = new Redis(socketPath);
  const alerts = await alertsIn(redis);
  const raised = alerts.filter(({ change }) => change === 'raised').map(({ rule, unit }) => `${rule} ${unit}`);
  t.strictSame(raised, ['dwell-long car-1', 'dwell-long car-2', 'dwell-long car-3'], 'one alert each');
  t.strictSame(
    alerts.map(({ transition }) => transition),
    alerts.map((_, index) => index + 1),
  );
  await until(() => supervisor.lastTransition >= alerts.length, 'every transition told');
  t.strictSame(
    told.map(({ transition }) => transition),
    alerts.map(({ transition }) => transition),
    'each told once',
  );
  const counters = await redis.hgetall(`${KEY}:counters`);
  t.match(counters, { admitted: String(3 * longStand().length), duplicate: '0', refused: '0' });
  t.strictSame(await beginnings(redis), ['genesis', 'plan 1'], 'no engine logs a plan that is there');
  for (const program of [ingest, api, ...engines]) await stop(t, program);
  t.equal(await redis.ping(), 'PONG', 'an external Redis is left alone');
  redis.disconnect();
});

/** Genesis, and the versions of the plans that were logged. */
async function beginnings(redis: Redis): Promise<string[]> {
  const entries = await redis.xrangeBuffer(`${KEY}:log`, '-', '+');
  return entries.flatMap(([, [, kind, , payload]]) => {
    if (String(kind) === 'genesis') return ['genesis'];
    if (String(kind) !== 'plan' || payload === undefined) return [];
    const entry = decodeLogEntry('plan', payload);
    return entry.kind === 'plan' ? [`plan ${entry.plan.version}`] : [];
  });
}

async function alertsIn(redis: Redis): Promise<AlertVersion[]> {
  const entries = await redis.xrange(`${KEY}:alerts`, '-', '+');
  return entries.map(([, fields]) => JSON.parse(fields[1] ?? '') as AlertVersion);
}

t.test('a bad configuration ends the start with what was got, what was expected and what to do', async (t) => {
  const site = await openSite(t);
  const faulty = join(site.folder, 'faulty');
  await cp(MEIXIAN, faulty, { recursive: true });
  const names = { nameZh: '梅县区', nameEn: 'Meixian', timeZone: 'Asia/Shanghai' };
  await writeFile(join(faulty, 'district.json'), JSON.stringify({ id: 'Meixian', ...names }));
  const taken = createServer();
  const takenPort = await freePort();
  await new Promise<void>((resolve) => taken.listen(takenPort, '127.0.0.1', resolve));
  t.teardown(() => taken.close());
  const cases: [string, Record<string, string>, RegExp][] = [
    ['no district', { BEATWATCH_DISTRICTS: '' }, /BEATWATCH_DISTRICTS: got no folder, expected at least one/],
    [
      'a folder that is not there',
      { BEATWATCH_DISTRICTS: '/nowhere' },
      /\/nowhere is invalid:\n {2}district.json: got no such file, expected/,
    ],
    [
      'a district with faults',
      { BEATWATCH_DISTRICTS: faulty },
      /faulty is invalid:\n {2}district.json \/id: got "Meixian", expected/,
    ],
    [
      'a role that is not known',
      { BEATWATCH_ROLES: 'engine,cook' },
      /BEATWATCH_ROLES: got "engine,cook", expected some of ingest, engine, api, archive, notify, each once/,
    ],
    [
      'no keys',
      { BEATWATCH_PUBLIC_KEYS: join(site.folder, 'none.jwks') },
      /none.jwks: got no such file, expected Ed25519 keys .*token --new-keys/,
    ],
    [
      'no Redis program',
      { REDIS_SERVER: '/nowhere/redis-server' },
      /got no Redis server \(tried \/nowhere\/redis-server\), expected .*install/,
    ],
    [
      'a port in use',
      { BEATWATCH_PORT: String(takenPort) },
      new RegExp(`got 127.0.0.1:${takenPort}, which cannot be listened on .*EADDRINUSE.*expected a free port`),
    ],
  ];
  for (const [name, variables, message] of cases) {
    const { code, stderr } = await beatwatch(t, ['serve'], { ...site.variables, ...variables });
    t.equal(code, 1, name);
    t.match(stderr, message);
    t.notMatch(stderr, /^ {4}at /m, 'no stack of our own');
  }
  t.equal(redisPid(site.folder), null, 'the Redis that it had started has ended');
});
