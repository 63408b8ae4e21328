import { join } from 'node:path';
import { runLockstep } from '../../../src/simulator/driver.js';
import { createHttpClock } from '../../../src/simulator/http-clock.js';
import type { PositionRecord } from '../../../src/model/hot.js';
import { SupervisorClient, type ToldAlert } from '../../../src/simulator/supervisor-client.js';
import { TrackerPool } from '../../../src/simulator/tracker-pool.js';
import { openSite, serve, type Site, until } from '../../e2e/served-district.js';
import { T0 } from '../../engine/support.js';
import { temporaryFolder, type TestScope } from '../../support/redis-server.js';
import type { Scenario } from '../scenario.js';
import { REAL_STEP_MS } from './draw-real.js';
import { KeptProgram } from './kept-program.js';
import { readContents, type RedisContents } from './redis-contents.js';
import { scenarioSource } from './scenario-source.js';
import { writeDistrict } from './write-district.js';

export const REAL_DISTRICT = 'all-day';
/** The plan takes force a minute after the server's first look at its clock. */
const LEAD_MS = 65_000;

/** What came of one deployment's day. */
export interface DeploymentRun {
  readonly contents: RedisContents;
  /** What the supervisor was told, in order, and how often it could not go on where it stood. */
  readonly told: readonly ToldAlert[];
  readonly resyncs: number;
  /** Positions that the supervisor was shown. */
  readonly shown: readonly PositionRecord[];
  /** Fixes that their trackers got an ack for: all of them, for they do not give up. */
  readonly acknowledged: ReadonlySet<string>;
  /** Times that the server was started, and that a tracker was welcomed. */
  readonly starts: number;
  readonly welcomes: number;
  readonly trackers: number;
}

export interface Deployment {
  readonly site: Site;
  readonly server: KeptProgram;
  /** Drives the scenario to its end; `around` each move of the clock. */
  play(around: (nowMs: number, move: () => Promise<void>) => Promise<void>): Promise<void>;
  /** When all has come to rest. Ends the server. */
  end(): Promise<DeploymentRun>;
}

/**
 * `beatwatch serve` with a district of the scenario's first plan, its trackers' sockets and one supervisor's. `beside`: the socket of
 * another's Redis, of which it has database 1; null: it starts its own, and has database 0.
 */
export async function deploy(scope: TestScope, scenario: Scenario, beside: string | null): Promise<Deployment> {
  const district = await temporaryFolder(scope);
  const [plan] = scenario.plans;
  if (plan === undefined) throw new Error('bug: a scenario without a plan');
  await writeDistrict(district, REAL_DISTRICT, plan);
  const site = await openSite(scope, {
    BEATWATCH_DISTRICTS: district,
    BEATWATCH_CLOCK: `virtual@${new Date(T0 - LEAD_MS).toISOString()}`,
    BEATWATCH_LOG_LEVEL: 'error',
    ...(beside === null ? {} : { REDIS_URL: `unix://${beside}?db=1` }),
  });
  const where = { socketPath: beside ?? socketOf(site), database: beside === null ? 0 : 1, folder: site.folder };
  const server = new KeptProgram(() => serve(scope, site));
  await server.begin();
  const tokens = new Map<string, string>();
  for (const { tracker } of plan.units) tokens.set(tracker, await site.token('tracker', tracker));
  const told: ToldAlert[] = [];
  const shown: PositionRecord[] = [];
  let resyncs = 0;
  const supervisor = new SupervisorClient({
    url: `${site.socketUrl}/v1/districts/${REAL_DISTRICT}/live`,
    token: await site.token('supervisor', 'anna'),
    onAlert: (alert) => void told.push(alert),
    onPositions: (positions) => void shown.push(...positions),
    onResync: () => (resyncs += 1),
  });
  scope.teardown(() => supervisor.close());
  const trackers = new TrackerPool({
    url: `${site.socketUrl}/v1/ingest`,
    tokenOf: (tracker) => tokens.get(tracker) ?? '',
    seed: scenario.seed,
    backOff: { firstMs: 20, longestMs: 200 },
  });
  scope.teardown(() => trackers.close());
  const moveClock = createHttpClock({
    serverUrl: site.url,
    district: REAL_DISTRICT,
    token: await site.token('admin', 'driver'),
  });
  const acknowledged = new Set<string>();
  return {
    site,
    server,
    async play(around) {
      for (let nowMs = T0 - LEAD_MS; nowMs < T0; nowMs += REAL_STEP_MS) await moveClock(nowMs);
      await runLockstep({
        source: scenarioSource(scenario, acknowledged),
        trackers,
        setClock: (nowMs) => around(nowMs, () => moveClock(nowMs)),
        stepMs: REAL_STEP_MS,
      });
    },
    async end() {
      const contents = await readContents(where, REAL_DISTRICT);
      // The last alert may have been told by a link that was cut since.
      await until(() => supervisor.lastTransition >= contents.alerts.length, 'every transition told');
      await supervisor.close();
      await trackers.close();
      await server.end();
      const welcomes = trackers.counters().connections;
      const counts = { starts: server.starts, welcomes, trackers: plan.units.length };
      return { contents, told, resyncs, shown, acknowledged, ...counts };
    },
  };
}

export function socketOf({ folder }: Site): string {
  return join(folder, 'redis', 'redis.sock');
}
