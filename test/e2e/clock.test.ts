import { join } from 'node:path';
import t from 'tap';
import { createKeyPair } from '../../src/access/keys.js';
import { signToken } from '../../src/access/tokens.js';
import { startServer } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { lastId } from '../../src/log/raw-entry.js';
import type { AlertVersion } from '../../src/model/alert.js';
import { LOG_START } from '../../src/model/log-id.js';
import { createWallClock } from '../../src/ops/clock.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { keptLog, startTestRedis } from '../support/redis-server.js';
import { ALL_DAY, allDayDistrict, beginLog, SQUARE, standingAt } from './all-day-district.js';
import { fastTemporary } from './programs.js';
import { until } from './served-district.js';

t.setTimeout(120_000);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

t.test(
  'the server’s clock jumps an hour ahead, back, and two minutes behind: trackers and /readyz are told, the log’s time stands, no gap is made up (T2, T3)',
  async (t) => {
    const { handle, folder, socketPath } = await startTestRedis(t, { where: fastTemporary() });
    const district = await allDayDistrict(t, [{ id: 'posts', kind: 'checkpoint-gap' }]);
    const inTheSquare = (ms: number) => standingAt(SQUARE, ms);
    await beginLog(handle, district, 20 * MINUTE_MS, { 'bd-1': inTheSquare });
    let wrongMs = 0;
    const key = await createKeyPair(join(folder, 'keys'));
    const server = await startServer({
      config: {
        ...readConfig({}),
        port: 0,
        dataFolder: folder,
        districtFolders: [district],
        redisUrl: `unix://${socketPath}`,
      },
      clock: { kind: 'wall', nowMs: () => Date.now() + wrongMs },
      logger: keptLog(),
    });
    t.teardown(() => server.close());
    const subject = 'bd-1';
    const token = await signToken({
      key,
      role: 'tracker',
      subject,
      districts: [ALL_DAY],
      ttlS: 3_600,
      nowMs: Date.now(),
    });
    const url = `${server.url.replace(/^http/, 'ws')}/v1/ingest`;
    await using tracker = new TrackerClient({ url, tracker: subject, token });
    const query = handle.connect('query');
    const logMs = async () => (await lastId(query, ALL_DAY))?.ms ?? 0;
    /** What the engine has told of all that is in the log by now. */
    const alerts = async () => {
      await server.districts.get(ALL_DAY)?.hot.waitForCursor((await lastId(query, ALL_DAY)) ?? LOG_START, 20_000);
      const entries = await query.xrange(`bw:{${ALL_DAY}}:alerts`, '-', '+');
      return entries.map(([, fields]) => JSON.parse(fields[1] ?? '') as AlertVersion);
    };
    const readiness = async () => {
      const response = await fetch(`${server.url}/readyz`);
      const { checks } = (await response.json()) as { checks: { ok: boolean; detail: string }[] };
      const wrong = checks.filter(({ ok }) => !ok).map(({ detail }) => detail);
      return { status: response.status, wrong: wrong.join('; ') };
    };
    /** The tracker's own clock is right, and it reports all the time. */
    const report = async () => t.match(await tracker.send([inTheSquare(Date.now())]), { durable: true, refusal: null });
    const isNamed = async () => /clock: got Redis's clock/.test((await readiness()).wrong);

    await report();
    await until(async () => (await readiness()).status === 200, 'a server that is ready');
    const refusals = async () => {
      const text = await (await fetch(`${server.url}/metrics`)).text();
      return Number(/^beatwatch_ingest_refusals_total\{.*code="clock".*\} (\d+)$/m.exec(text)?.[1] ?? 0);
    };
    /** Sent while the clock is wrong: refused, and asked for again until it is taken. */
    const insist = async () => {
      const before = await refusals();
      const taken = report();
      await until(async () => (await refusals()) > before, 'a refusal with the code clock');
      return { taken };
    };

    wrongMs = HOUR_MS;
    await until(isNamed, 'an hour ahead is named');
    const ahead = await insist();
    t.ok((await logMs()) <= Date.now(), 'the log has not followed');
    wrongMs = 0;
    await until(async () => (await readiness()).status === 200, 'a right clock again: nobody has to restart');
    await ahead.taken;

    const before = await logMs();
    wrongMs = -2 * MINUTE_MS;
    await until(isNamed, 'two minutes behind is named');
    const behind = await insist();
    t.ok((await logMs()) >= before, 'log time never goes back');
    wrongMs = 0;
    await until(async () => (await readiness()).status === 200, 'a right clock again');
    await behind.taken;
    const told = await alerts();
    t.same(
      told.filter(({ certainty }) => certainty !== 'unknown'),
      [],
      'nothing is held to be certain of a time in which the clock was wrong',
    );
  },
);

t.test(
  'the machine’s clock is an hour behind when the server starts, and NTP mends it: taken over without a restart',
  async (t) => {
    const { handle, folder, socketPath } = await startTestRedis(t, { where: fastTemporary() });
    const district = await allDayDistrict(t, [{ id: 'posts', kind: 'checkpoint-gap' }]);
    await beginLog(handle, district, 20 * MINUTE_MS);
    await createKeyPair(join(folder, 'keys'));
    let wrongMs = -HOUR_MS;
    const clock = createWallClock({ machineMs: () => Date.now() + wrongMs, monotonicMs: () => performance.now() });
    const config = { ...readConfig({}), port: 0, dataFolder: folder, districtFolders: [district] };
    const server = await startServer({
      config: { ...config, redisUrl: `unix://${socketPath}` },
      clock,
      logger: keptLog(),
    });
    t.teardown(() => server.close());
    const readiness = async () => {
      const response = await fetch(`${server.url}/readyz`);
      const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; detail: string }[] };
      return { status: response.status, clock: checks.find(({ name }) => name === 'clock')?.detail ?? '' };
    };
    const query = handle.connect('query');
    const before = await lastId(query, ALL_DAY);
    t.match(await readiness(), { status: 503, clock: /got Redis's clock 3[56]\d{5} ms from this server's/ });
    t.same(await lastId(query, ALL_DAY), before, 'a clock that is wrong logs no time');
    wrongMs = 0;
    await until(async () => (await readiness()).status === 200, 'a server that is ready');
    t.ok(Math.abs(clock.nowMs() - Date.now()) < 2_000, 'it has the right time');
    await until(async () => ((await lastId(query, ALL_DAY))?.ms ?? 0) > Date.now() - 2_000, 'and so has the log');
  },
);
