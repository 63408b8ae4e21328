import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PLAN_LEAD_MS } from '../../src/model/limits.js';
import { whenReady } from '../../src/redis/connection.js';
import { openRedis } from '../../src/redis/handle.js';
import { MINUTE, T0 } from '../engine/support.js';
import { keptLog } from '../support/redis-server.js';
import { tellFigures } from './figures.js';
import { Fleet } from './load/fleet-helper.js';
import { SiteClock } from './load/site-clock.js';
import { numbersOf } from './options.js';
import { type Processes, withProcesses } from './processes.js';
import { Progress } from './progress.js';
import { namesOf, serve, startSite, tokensOf } from './site.js';

const SEED = 20_261_130;
const EVERY_MS = 10_000;
const FROM_MS = T0 + PLAN_LEAD_MS + 10_000;
const SERVED = { virtualFromMs: T0, proxied: true } as const;
const DEFAULTS = { units: 5_000, minutes: 60, runs: 5 };

/**
 * From a `kill -9` of server and Redis to a server that is ready again, beside a Redis that loads the same files alone. All runs kill the server on
 * the same log.
 */
export async function benchRecovery(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  console.log(
    `recovery: ${size.units} units, ${size.minutes} min of log, a fix each ${EVERY_MS / 1_000} s; server and Redis killed`,
  );
  const runs = await withProcesses('recovery', (processes) => measure(processes, size));
  tellFigures('recovery', SEED, size, [
    { name: 'until ready', unit: 's', ours: runs.map(({ readyS }) => readyS) },
    {
      name: 'until ready, less 1 s',
      unit: 's',
      ours: runs.map(({ readyS }) => Math.max(0, readyS - 1)),
      beside: runs.map(({ redisS }) => redisS),
      target: '≤ 2',
    },
  ]);
}

interface Run {
  readonly readyS: number;
  readonly redisS: number;
}

async function measure({ folder, children }: Processes, size: typeof DEFAULTS): Promise<Run[]> {
  const progress = new Progress('recovery');
  let server = await fill(folder, children, size, (share) => progress.at(share / 2));
  const runs: Run[] = [];
  for (let run = 0; run < size.runs; run += 1) {
    progress.at(0.5 + run / size.runs / 2);
    await kill(server, folder);
    const redisS = await secondsToLoad(folder);
    const startMs = performance.now();
    const { server: next, url } = await serve(folder, SERVED);
    children.push(next);
    server = next;
    while (!(await fetch(`${url}/readyz`)).ok) await sleep(10);
    runs.push({ readyS: (performance.now() - startMs) / 1_000, redisS });
  }
  progress.end();
  return runs;
}

/** A minute of the log after the other, each folded before the next. */
async function fill(
  folder: string,
  children: ChildProcess[],
  { units, minutes }: typeof DEFAULTS,
  progress: (share: number) => void,
): Promise<ChildProcess> {
  const trackers = namesOf(units);
  const fleet = new Fleet(children);
  const drawn = { seed: SEED, extentM: 20_000, everyMs: EVERY_MS, perReport: MINUTE / EVERY_MS };
  await fleet.make({ ...drawn, trackers, fromMs: FROM_MS, toMs: FROM_MS + minutes * MINUTE });
  const site = await startSite({ folder, district: 'recovery', units, betweenM: 200, ...SERVED });
  children.push(site.server);
  await fleet.connect({ url: site.url, tokens: await tokensOf(site, trackers) });
  const clock = await SiteClock.of(site, T0);
  for (let minute = 0; minute < minutes; minute += 1) {
    await clock.goTo(FROM_MS + (minute + 1) * MINUTE);
    await fleet.send({ kind: 'pour', nth: minute });
    progress((minute + 1) / minutes);
  }
  await clock.untilPassed();
  await fleet.hangUp();
  return site.server;
}

async function kill(server: ChildProcess, folder: string): Promise<void> {
  const redis = Number(await readFile(join(folder, 'redis', 'redis.pid'), 'utf8'));
  const ended = once(server, 'close');
  server.kill('SIGKILL');
  process.kill(redis, 'SIGKILL');
  await ended;
}

/** How long a Redis takes to load a copy of the data; the copying is outside the time. */
async function secondsToLoad(folder: string): Promise<number> {
  const copy = join(folder, 'copy');
  const isData = (path: string): boolean => !/\.(sock|pid)$/.test(path);
  await cp(join(folder, 'redis'), join(copy, 'redis'), { recursive: true, filter: isData });
  const startMs = performance.now();
  const redis = await openRedis({ url: null, dataFolder: copy, logger: keptLog(), freeDiskFloorBytes: 0 });
  await whenReady(redis.connect('query'));
  const tookS = (performance.now() - startMs) / 1_000;
  await redis.close();
  await rm(copy, { recursive: true });
  return tookS;
}
