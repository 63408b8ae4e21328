import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import t from 'tap';
import WebSocket from 'ws';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import { DistrictLog } from '../../src/log/district-log.js';
import type { LogEntry } from '../../src/model/log-entry.js';
import type { Staleness } from '../../src/model/staleness.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { keptLog, startTestRedis } from '../support/redis-server.js';
import { ALL_DAY, allDayDistrict, beginLog, SQUARE, standingAt } from './all-day-district.js';
import { beatwatch } from './programs.js';
import { openSite, serve, until } from './served-district.js';

t.setTimeout(420_000);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const metrics = { count() {}, gauge() {}, observe() {} };

t.test(
  'a log is 8 h ahead and a district file was edited: said everywhere, no plan piles up, and `log resume` lets both engines go on (T2)',
  async (t) => {
    const { handle, socketPath } = await startTestRedis(t);
    const district = await allDayDistrict(t, [{ id: 'posts', kind: 'checkpoint-gap' }]);
    await beginLog(handle, district, 20 * MINUTE_MS, { 'bd-1': (ms) => standingAt(SQUARE, ms) });
    const rightMs = Date.now();
    // As a server of before would have done that nothing kept from it: one report by a clock that is 8 h ahead.
    const fast = new DistrictLog({
      district: ALL_DAY,
      append: handle.connect('append'),
      clock: { kind: 'virtual', nowMs: () => Date.now() + 8 * HOUR_MS },
      logger: keptLog(),
      metrics,
    });
    await fast.append({ kind: 'heartbeat', trackers: ['bd-1'] });
    const units = join(district, 'units.json');
    await writeFile(units, (await readFile(units, 'utf8')).replace('"crewCount":2', '"crewCount":3'));

    const variables = { BEATWATCH_DISTRICTS: district, REDIS_URL: `unix://${socketPath}`, BEATWATCH_PORT: '0' };
    const site = await openSite(t, variables);
    const other = await openSite(t, variables);
    const startStandby = () => serve(t, other, { BEATWATCH_ROLES: 'engine' });
    const server = await serve(t, site);
    const standby = await startStandby();
    const checks = async (url: string) => {
      const response = await fetch(`${url}/readyz`);
      const body = (await response.json()) as { checks: { name: string; ok: boolean; detail: string }[] };
      const of = (name: string) => body.checks.find((check) => check.name === `${name} ${ALL_DAY}`);
      return { status: response.status, district: of('district'), engine: of('engine') };
    };
    const ahead =
      /the log is ahead of the clock by (?:7 h 59 min \d+ s|8 h): nothing is judged until 20.*Z; to resume at once, run `beatwatch log resume --district all-day/;
    await until(async () => ahead.test((await checks(server.url)).district?.detail ?? ''), 'readiness says so');
    t.match(await checks(server.url), { status: 503, engine: { ok: true } });
    await until(async () => ahead.test(server.stdout() + server.stderr()), 'so does the server’s log');
    const told: (Staleness | null)[] = [];
    const authorization = `Bearer ${await site.token('supervisor', 'anna')}`;
    const live = new WebSocket(
      `${server.url.replace(/^http/, 'ws')}/v1/districts/${ALL_DAY}/live`,
      'beatwatch.live.v1',
      {
        headers: { authorization },
      },
    );
    t.teardown(() => live.terminate());
    live.on('message', (data: Buffer) => {
      const message = JSON.parse(String(data)) as { type: string; stale?: Staleness | null };
      if (message.stale !== undefined) told.push(message.stale);
    });
    await until(async () => told.some((stale) => stale?.reason === 'log-ahead'), 'and the live socket');

    const redis = new Redis(socketPath);
    t.teardown(() => redis.disconnect());
    const entries = async (): Promise<{ entry: LogEntry; atMs: number }[]> => {
      const all = await redis.xrangeBuffer(`bw:{${ALL_DAY}}:log`, '-', '+');
      return all.map(([id, [, kind, , payload, , told_]]) => ({
        entry: decodeLogEntry(String(kind), payload as Buffer),
        atMs: Number(told_ ?? String(id).split('-')[0]),
      }));
    };
    const plans = async () => (await entries()).filter(({ entry }) => entry.kind === 'plan');
    await sleep(3_000);
    t.equal((await plans()).length, 1, 'a log that is ahead takes no plan, and none is tried');
    const tracker = new TrackerClient({
      url: `${server.url.replace(/^http/, 'ws')}/v1/ingest`,
      tracker: 'bd-1',
      token: await site.token('tracker', 'bd-1'),
    });
    t.teardown(() => tracker.close());
    const report = () => tracker.send([standingAt(SQUARE, Date.now())]);
    t.match(await report(), { durable: true, refusal: null }, 'reports are kept');

    const environment = { REDIS_URL: `unix://${socketPath}` };
    const resume = (reason: string) =>
      beatwatch(t, ['log', 'resume', '--district', ALL_DAY, '--reason', reason, '--actor', 'li'], environment);
    const resumed = await resume('a board kept local time');
    t.equal(resumed.code, 0, resumed.stderr);
    t.match(JSON.parse(resumed.stdout), { type: 'resumed', district: ALL_DAY });
    t.match(await resume('again'), { code: 1, stderr: /expected one that is more than 10000 ms ahead: nothing to do/ });

    await until(async () => (await plans()).length === 2, 'the edited plan, as soon as it can be in time');
    const [, edited] = await plans();
    t.match(edited, { entry: { plan: { version: 2 } } });
    t.ok(Math.abs((edited?.atMs ?? 0) - Date.now()) < 20_000, 'log time is the clock’s again');
    t.match(await report(), { durable: true, refusal: null });
    const [found] = (await entries()).filter(({ entry }) => entry.kind === 'resume');
    t.match(found?.entry, { actor: 'li', reason: 'a board kept local time' });
    t.ok(found?.entry.kind === 'resume' && found.entry.sinceMs <= rightMs && found.entry.sinceMs > rightMs - MINUTE_MS);
    const waits = /^no-plan.*: the first plan, 2, takes effect at/;
    for (const url of [server.url, standby.url]) {
      await until(async () => waits.test((await checks(url)).district?.detail ?? ''), 'both have folded it');
      t.match(await checks(url), { engine: { ok: true } });
    }
    server.process.kill('SIGKILL');
    await until(async () => /active/.test((await checks(standby.url)).engine?.detail ?? ''), 'the standby goes on');
    standby.process.kill('SIGKILL');
    const again = await startStandby();
    await until(
      async () => waits.test((await checks(again.url)).district?.detail ?? ''),
      'and so does one that starts anew',
    );
    t.match(await checks(again.url), { engine: { ok: true } });
    t.notMatch(again.stdout() + again.stderr(), /fold-diverged|discards its state/);
  },
);
