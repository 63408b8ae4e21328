import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runLockstep } from '../../../src/simulator/driver.js';
import { createHttpClock } from '../../../src/simulator/http-clock.js';
import { SupervisorClient, type ToldAlert } from '../../../src/simulator/supervisor-client.js';
import { TrackerPool } from '../../../src/simulator/tracker-pool.js';
import { freePort, killRedis, openSite, serve, until } from '../../e2e/served-district.js';
import { T0 } from '../../engine/support.js';
import { temporaryFolder, type TestScope } from '../../support/redis-server.js';
import { REAL_STEP_MS, type RealDay, type RealKill, type Victim } from './draw-real.js';
import { KeptProgram } from './kept-program.js';
import { readContents, type RedisContents } from './redis-contents.js';
import { scenarioSource } from './scenario-source.js';
import { writeDistrict } from './write-district.js';

export const REAL_DISTRICT = 'all-day';
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
 * Drives `beatwatch serve` through a scenario over real sockets and its own Redis, kills whom it is told to, and reads what
 * came of it. With a standby: a second process that only folds.
 */
export async function playRealDay(scope: TestScope, { scenario, standby, kills }: RealDay): Promise<RealRun> {
  const district = await temporaryFolder(scope);
  const [plan] = scenario.plans;
  if (plan === undefined) throw new Error('bug: a scenario without a plan');
  await writeDistrict(district, REAL_DISTRICT, plan);
  const site = await openSite(scope, {
    BEATWATCH_DISTRICTS: district,
    BEATWATCH_CLOCK: `virtual@${new Date(T0 - LEAD_MS).toISOString()}`,
    BEATWATCH_LOG_LEVEL: 'error',
  });
  const server = new KeptProgram(() => serve(scope, site));
  await server.begin();
  const standbyPort = String(await freePort());
  const second = new KeptProgram(() =>
    serve(scope, site, {
      BEATWATCH_ROLES: 'engine',
      BEATWATCH_PORT: standbyPort,
      REDIS_URL: `unix://${join(site.folder, 'redis', 'redis.sock')}`,
    }),
  );
  if (standby) await second.begin();
  const tokens = new Map<string, string>();
  for (const { tracker } of plan.units) tokens.set(tracker, await site.token('tracker', tracker));
  const told: ToldAlert[] = [];
  let resyncs = 0;
  const supervisor = new SupervisorClient({
    url: `${site.socketUrl}/v1/districts/${REAL_DISTRICT}/live`,
    token: await site.token('supervisor', 'anna'),
    onAlert: (alert) => void told.push(alert),
    onResync: () => (resyncs += 1),
  });
  scope.teardown(() => supervisor.close());
  const killing = new Killing(kills, (victim) => {
    if (victim === 'redis') killRedis(site.folder);
    else (victim === 'server' ? server : second).kill();
  });
  await using trackers = new TrackerPool({
    url: `${site.socketUrl}/v1/ingest`,
    tokenOf: (tracker) => tokens.get(tracker) ?? '',
    seed: scenario.seed,
    backOff: { firstMs: 20, longestMs: 200 },
  });
  const token = await site.token('admin', 'driver');
  const moveClock = createHttpClock({ serverUrl: site.url, district: REAL_DISTRICT, token });
  for (let nowMs = T0 - LEAD_MS; nowMs < T0; nowMs += REAL_STEP_MS) await moveClock(nowMs);
  const acknowledged = new Set<string>();
  await runLockstep({
    source: scenarioSource(scenario, acknowledged),
    trackers,
    setClock: (nowMs) => killing.around(nowMs, () => moveClock(nowMs)),
    stepMs: REAL_STEP_MS,
  });
  await killing.settled();
  const contents = await readContents(site.folder, REAL_DISTRICT);
  // The last alert may have been told by a link that was cut since.
  await until(() => supervisor.lastTransition >= contents.alerts.length, 'every transition told');
  await supervisor.close();
  await second.end();
  await server.end();
  return { contents, told, resyncs, acknowledged, starts: server.starts + second.starts };
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
