import { join } from 'node:path';
import { Redis } from 'ioredis';
import t from 'tap';
import type { FixAnswer } from '../../src/api/fix-answer.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { ALL_DAY, allDayDistrict, SQUARE, standingAt } from './all-day-district.js';
import { openSite, serve, until } from './served-district.js';

const START_MS = Date.parse('2026-11-24T08:00:00+08:00');
const STEP_MS = 5_000;
const HOURS = 1;

t.setTimeout(240_000);

t.test(
  'the log is trimmed behind archive and snapshot, and what was trimmed is answered as before (A2, S3)',
  async (t) => {
    const site = await openSite(t, {
      BEATWATCH_DISTRICTS: await allDayDistrict(t),
      BEATWATCH_ROLES: 'ingest,engine,api,archive',
      BEATWATCH_CLOCK: 'virtual@2026-11-24T08:00:00+08:00',
    });
    const server = await serve(t, site);
    const admin = await site.token('admin', 'zhao');
    const ask = async (path: string, body?: object) => {
      const response = await fetch(`${server.url}/v1/districts/${ALL_DAY}/${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json', 'x-purpose': 'a test' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${path}: got ${response.status} ${await response.text()}, expected 2xx`);
      return (await response.json()) as { items: FixAnswer[]; log: { missing: unknown[] } };
    };
    const redis = new Redis(join(site.folder, 'redis/redis.sock'));
    t.teardown(() => redis.disconnect());
    const url = `${server.url.replace(/^http/, 'ws')}/v1/ingest`;
    const client = new TrackerClient({ url, tracker: 'bd-1', token: await site.token('tracker', 'bd-1') });
    t.teardown(() => client.close());
    let atMs = START_MS;
    const drive = async (toMs: number) => {
      while (atMs < toMs) {
        atMs += STEP_MS;
        await ask('clock', { nowMs: atMs });
        if (atMs > START_MS + 70_000 && atMs % 60_000 === 0) await client.send([standingAt(SQUARE, atMs)]);
      }
    };
    await drive(START_MS + 900_000);
    const path = 'units/car-1/fixes?from=2026-11-24T08:02:00%2B08:00&to=2026-11-24T08:10:00%2B08:00';
    const before = await ask(path);
    t.equal(before.items.length, 8);
    const added = async () => {
      const facts = (await redis.call('XINFO', 'STREAM', `bw:{${ALL_DAY}}:log`)) as unknown[];
      return Number(facts[facts.indexOf('entries-added') + 1]);
    };
    const kept = () => redis.xlen(`bw:{${ALL_DAY}}:log`);
    await drive(START_MS + HOURS * 3_600_000);
    // The log is trimmed with each snapshot, up to what is archived then.
    await until(async () => {
      const archived = await redis.get(`bw:{${ALL_DAY}}:archived`);
      return Number(archived?.split('-')[0] ?? 0) > START_MS + HOURS * 3_600_000 - 1_200_000;
    }, 'an archive that has nearly caught up');
    await drive(atMs + 900_000);
    t.ok((await kept()) < 500, `${await kept()} entries are in Redis`);
    t.ok((await added()) > 900, `${await added()} entries were logged`);
    const after = await ask(path);
    t.strictSame(
      after.items,
      before.items.map((one) => ({ ...one, finality: 'confirmed' })),
    );
    t.strictSame(after.log.missing, []);
    const ready = (await (await fetch(`${server.url}/readyz`)).json()) as { ready: boolean; checks: object[] };
    t.ok(ready.ready, JSON.stringify(ready.checks));
  },
);
