import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import t from 'tap';
import type { PositionRecord } from '../../src/model/hot.js';
import { openRedis } from '../../src/redis/handle.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { keptLog } from '../support/redis-server.js';
import { ALL_DAY, allDayDistrict, beginLog, longStand } from './all-day-district.js';
import { openSite, serve, until } from './served-district.js';

t.setTimeout(120_000);

const POSITIONS = `bw:{${ALL_DAY}}:positions`;

t.test('any Redis client reads the latest positions', async (t) => {
  const district = await allDayDistrict(t);
  const site = await openSite(t, { BEATWATCH_DISTRICTS: district });
  const handle = await openRedis({ url: null, dataFolder: site.folder, logger: keptLog() });
  await beginLog(handle, district, 1_200_000);
  await handle.close();
  const { url } = await serve(t, site);
  const fixes = longStand();
  await using tracker = new TrackerClient({
    url: `${url.replace(/^http/, 'ws')}/v1/ingest`,
    tracker: 'bd-1',
    token: await site.token('tracker', 'bd-1'),
  });
  t.match(await tracker.send(fixes), { durable: true });
  const socketPath = join(site.folder, 'redis', 'redis.sock');
  const redis = new Redis(socketPath);
  t.teardown(() => redis.disconnect());
  await until(async () => (await redis.hexists(POSITIONS, 'car-1')) === 1, 'the position');

  const expected = {
    unit: 'car-1',
    tracker: 'bd-1',
    eventTimeMs: fixes.at(-1)?.eventTimeMs,
    lng: 116.2,
    lat: 24.3,
    sigmaM: 5,
    accuracyM: null,
    speedMps: 0,
    courseDeg: null,
    power: null,
    batteryPercent: null,
    ignition: null,
    lightbar: null,
    sos: null,
  };
  const record = JSON.parse((await redis.hget(POSITIONS, 'car-1')) ?? '') as PositionRecord;
  t.strictSame(record, expected, 'ioredis');
  t.strictSame(Object.keys(await redis.hgetall(POSITIONS)), ['car-1'], 'a field a unit that was seen');

  const cli = (...words: string[]) => promisify(execFile)('redis-cli', ['-s', socketPath, ...words]);
  const installed = await cli('PING').then(
    () => true,
    () => false,
  );
  const skip = installed ? false : 'redis-cli is not installed';
  t.test('redis-cli', { skip }, async (t) => {
    const { stdout } = await cli('HGET', POSITIONS, 'car-1');
    t.strictSame(JSON.parse(stdout), expected);
    const all = (await cli('HGETALL', POSITIONS)).stdout.trim().split('\n');
    t.equal(all[0], 'car-1');
    t.strictSame(JSON.parse(all[1] ?? ''), expected);
  });
});
