import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compilePlan } from '../../../src/district/compile-plan.js';
import { loadDistrict } from '../../../src/district/load-district.js';
import { fixKey } from '../world/trackers.js';
import { runLockstep } from '../../../src/simulator/driver.js';
import { createFleet } from '../../../src/simulator/fleet.js';
import { createHttpClock } from '../../../src/simulator/http-clock.js';
import type { ReportSource } from '../../../src/simulator/report-source.js';
import { SupervisorClient, type ToldAlert } from '../../../src/simulator/supervisor-client.js';
import { TrackerPool } from '../../../src/simulator/tracker-pool.js';
import { MEIXIAN } from '../../e2e/programs.js';
import { freePort, killRedis, openSite, serve, until } from '../../e2e/served-district.js';
import type { TestScope } from '../../support/redis-server.js';
import type { RealDay, RealKill, Victim } from './draw-real.js';
import { KeptProgram } from './kept-program.js';
import { readContents, type RedisContents } from './redis-contents.js';

export const REAL_DISTRICT = 'meixian';
const DAY_MS = 86_400_000;
/** The plan takes force a minute after the server's first look at its clock. */
const LEAD_MS = 65_000;

export interface RealRun {
  readonly contents: RedisContents;
  /** What the supervisor was told, in order, and how often it could not go on where it stood. */
  readonly told: readonly ToldAlert[];
  readonly resyncs: number;
  /** Fixes that their trackers got an ack for: all of them, for they do not give up. */
  readonly acknowledged: ReadonlySet<string>;
  readonly starts: number;
}

/**
 * Drives `beatwatch serve` through a stretch of a day over real sockets and its own Redis, kills whom it is told to, and
 * reads what came of it. With a standby: a second process that only folds.
 */
export async function playRealDay(scope: TestScope, day: RealDay): Promise<RealRun> {
  const clock = `virtual@${new Date(day.fromMs - LEAD_MS).toISOString()}`;
  const site = await openSite(scope, { BEATWATCH_CLOCK: clock, BEATWATCH_LOG_LEVEL: 'error' });
  const server = new KeptProgram(() => serve(scope, site));
  await server.begin();
  const standbyPort = String(await freePort());
  const standby = new KeptProgram(() =>
    serve(scope, site, {
      BEATWATCH_ROLES: 'engine',
      BEATWATCH_PORT: standbyPort,
      REDIS_URL: `unix://${join(site.folder, 'redis', 'redis.sock')}`,
    }),
  );
  if (day.standby) await standby.begin();

  const plan = compilePlan(await loadDistrict(MEIXIAN), {
    version: 1,
    inForceFromMs: day.fromMs,
    expandFromMs: day.fromMs - 2 * DAY_MS,
    expandDays: 35,
  });
  const { seed, fromMs, spanMs, faults } = day;
  const fleet = createFleet(plan, { seed, fromMs, spanMs, faults, shortStays: 1, longStands: 1 });
  const tokens = new Map<string, string>();
  for (const id of fleet.trackers) tokens.set(id, await site.token('tracker', id));
  const told: ToldAlert[] = [];
  let resyncs = 0;
  const supervisor = new SupervisorClient({
    url: `${site.socketUrl}/v1/districts/${REAL_DISTRICT}/live`,
    token: await site.token('supervisor', 'anna'),
    onAlert: (alert) => void told.push(alert),
    onResync: () => (resyncs += 1),
  });
  scope.teardown(() => supervisor.close());
  const killing = new Killing(day.kills, (victim) => {
    if (victim === 'redis') killRedis(site.folder);
    else (victim === 'server' ? server : standby).kill();
  });
  await using trackers = new TrackerPool({
    url: `${site.socketUrl}/v1/ingest`,
    tokenOf: (tracker) => tokens.get(tracker) ?? '',
    seed: day.seed,
    backOff: { firstMs: 20, longestMs: 200 },
  });
  const token = await site.token('admin', 'driver');
  const moveClock = createHttpClock({ serverUrl: site.url, district: REAL_DISTRICT, token });
  for (let nowMs = fromMs - LEAD_MS; nowMs < fromMs; nowMs += 10_000) await moveClock(nowMs);
  const acknowledged = new Set<string>();
  await runLockstep({
    source: recording(fleet.source, acknowledged),
    trackers,
    setClock: (nowMs) => killing.around(nowMs, () => moveClock(nowMs)),
  });
  await killing.settled();
  // The last alert may have been told by a link that was cut since.
  const contents = await readContents(site.folder, REAL_DISTRICT);
  await until(() => supervisor.lastTransition >= contents.alerts.length, 'every transition told');
  await supervisor.close();
  await standby.end();
  await server.end();
  return { contents, told, resyncs, acknowledged, starts: server.starts + standby.starts };
}

/** Carries out the kills that fall into a step, while it goes on. */
class Killing {
  readonly #left: Set<RealKill>;
  readonly #kill: (victim: Victim) => void;
  readonly #running: Promise<void>[] = [];
  #step = 0;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(kills: readonly RealKill[], killVictim: (victim: Victim) => void) {
    this.#left = new Set(kills);
    this.#kill = killVictim;
  }

  /** A repeat of a move, after a kill, is no step of its own. */
  async around(nowMs: number, move: () => Promise<void>): Promise<void> {
    if (nowMs > this.#atMs) this.#step += 1;
    this.#atMs = nowMs;
    this.#begin('clock');
    await move();
    this.#begin('reports');
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #begin(since: RealKill['since']): void {
    for (const one of this.#left) {
      if (one.step !== this.#step || one.since !== since) continue;
      this.#left.delete(one);
      this.#running.push(
        sleep(one.afterMs).then(() => {
          for (const victim of one.victims) this.#kill(victim);
        }),
      );
    }
  }
}

/** The driver goes on only when everything of a step is acknowledged. */
function recording(source: ReportSource, acknowledged: Set<string>): ReportSource {
  return {
    fromMs: source.fromMs,
    toMs: source.toMs,
    nextAfter: (afterMs) => source.nextAfter(afterMs),
    due: async (afterMs, untilMs) => {
      const work = await source.due(afterMs, untilMs);
      for (const { tracker, fixes } of work.reports) for (const fix of fixes) acknowledged.add(fixKey(tracker, fix));
      return work;
    },
  };
}
