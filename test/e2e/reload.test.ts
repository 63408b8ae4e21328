import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import t from 'tap';
import WebSocket from 'ws';
import { createKeyPair } from '../../src/access/keys.js';
import { signToken } from '../../src/access/tokens.js';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import type { RoadCollection } from '../../src/model/roads.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { startTestRedis, temporaryFolder } from '../support/redis-server.js';
import { ALL_DAY, allDayDistrict, beginLog, SQUARE, standingAt } from './all-day-district.js';
import { openSite, serve, until } from './served-district.js';

t.setTimeout(120_000);

const ORIGIN = 'https://board.example';

t.test(
  'SIGHUP: keys, origins, log level and district files are read again; what is wrong is said and changes nothing',
  async (t) => {
    const { handle, socketPath } = await startTestRedis(t);
    const district = await allDayDistrict(t);
    await beginLog(handle, district, 20 * 60_000);
    const settings = join(await temporaryFolder(t), 'settings');
    await writeFile(settings, 'BEATWATCH_LOG_LEVEL=warn\n');
    const keysFolder = await temporaryFolder(t);
    const site = await openSite(t, {
      BEATWATCH_DISTRICTS: district,
      REDIS_URL: `unix://${socketPath}`,
      BEATWATCH_ENV_FILE: settings,
      BEATWATCH_PUBLIC_KEYS: keysFolder,
    });
    const publish = async (from: string, name: string) =>
      writeFile(join(keysFolder, name), await readFile(join(from, 'public.jwks')));
    await publish(join(site.folder, 'keys'), 'first.jwks');
    const other = join(await temporaryFolder(t), 'keys');
    const key = await createKeyPair(other);
    const nowMs = Date.now();
    const token = await signToken({ key, role: 'supervisor', subject: 'eve', districts: [ALL_DAY], ttlS: 600, nowMs });
    const server = await serve(t, site);
    const tracker = new TrackerClient({
      url: `${server.url.replace(/^http/, 'ws')}/v1/ingest`,
      tracker: 'bd-1',
      token: await site.token('tracker', 'bd-1'),
    });
    t.teardown(() => tracker.close());
    const report = () => tracker.send([standingAt(SQUARE, Date.now())]);
    const status = async () =>
      (await fetch(`${server.url}/v1/districts/${ALL_DAY}/units`, { headers: { authorization: `Bearer ${token}` } }))
        .status;
    const live = async () => {
      const authorization = `Bearer ${await site.token('supervisor', 'anna')}`;
      const url = `${server.url.replace(/^http/, 'ws')}/v1/districts/${ALL_DAY}/live`;
      const socket = new WebSocket(url, 'beatwatch.live.v1', { headers: { authorization, origin: ORIGIN } });
      t.teardown(() => socket.terminate());
      socket.on('error', () => undefined);
      return await new Promise<number>((resolve) => {
        socket.once('open', () => resolve(101));
        socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode ?? 0));
      });
    };
    const roads = async () => {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${server.url}/v1/districts/${ALL_DAY}/roads`, { headers });
      return ((await answer.json()) as RoadCollection).features.length;
    };
    const roadsFile = (highway: string) => {
      const geometry = { type: 'LineString', coordinates: [SQUARE, [116.07, 24.28]] };
      const feature = { type: 'Feature', properties: { highway }, geometry };
      return JSON.stringify({ type: 'FeatureCollection', datum: 'WGS84', features: [feature] });
    };
    const redis = new Redis(socketPath);
    t.teardown(() => redis.disconnect());
    const plans = async () => {
      const all = await redis.xrangeBuffer(`bw:{${ALL_DAY}}:log`, '-', '+');
      return all.flatMap(([, [, kind, , payload]]) => {
        const entry = String(kind) === 'plan' ? decodeLogEntry('plan', payload as Buffer) : null;
        return entry?.kind === 'plan' ? [entry.plan.version] : [];
      });
    };
    await report();
    t.equal(await status(), 401, 'a key that it does not know');
    t.equal(await live(), 403, 'an origin that it does not allow');

    await publish(other, 'second.jwks');
    await writeFile(settings, `# the board\nBEATWATCH_LOG_LEVEL=info\nBEATWATCH_ALLOWED_ORIGINS=${ORIGIN}\n`);
    server.process.kill('SIGHUP');
    await until(async () => (await status()) === 200, 'the new key');
    t.equal(await live(), 101);
    await until(async () => /"level":"info".*"read again"/.test(server.stderr()), 'the new level');
    t.same(await plans(), [1], 'the same files are the same plan');

    t.equal(await roads(), 0);
    await writeFile(join(district, 'roads.geojson'), roadsFile('primary'));
    server.process.kill('SIGHUP');
    await until(async () => (await roads()) === 1, 'roads');
    await writeFile(join(district, 'roads.geojson'), roadsFile('no class'));
    server.process.kill('SIGHUP');
    await until(async () => /the roads are refused/.test(server.stderr()), 'the faults of the roads');
    t.match(
      await (await fetch(`${server.url}/readyz`)).text(),
      /roads refused: roads\.geojson \/features\/0\/properties/,
    );
    t.equal(await roads(), 1, 'those before stay');
    t.same(await plans(), [1], 'roads are of no plan');

    const units = join(district, 'units.json');
    const right = await readFile(units, 'utf8');
    await writeFile(units, right.replace('"tracker":"bd-2"', '"tracker":"bd-1"'));
    await writeFile(join(keysFolder, 'second.jwks'), '{}');
    server.process.kill('SIGHUP');
    await until(async () => /is invalid:.*units\.json/.test(server.stderr()), 'the faults');
    t.match(server.stderr(), /"public keys".*cannot be read again, so the old value stays in force/);
    t.equal(await status(), 200, 'the keys in force stay');
    await report();

    await publish(other, 'second.jwks');
    await writeFile(units, right.replace('"crewCount":2', '"crewCount":3'));
    server.process.kill('SIGHUP');
    await until(async () => (await plans()).length === 2, 'the edited files');
    t.same(await plans(), [1, 2]);
    await writeFile(settings, 'LOG_LEVEL\n');
    server.process.kill('SIGHUP');
    await until(async () => /line 1.*expected NAME=value/.test(server.stderr()), 'a wrong line');
    t.match(await report(), { durable: true, refusal: null });
    t.equal(tracker.counters.connections, 1, 'no socket was closed for it');
    server.process.kill('SIGTERM');
    t.equal(await server.exit, 0);
  },
);
