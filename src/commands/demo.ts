import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyPair } from '../access/keys.js';
import { signToken } from '../access/tokens.js';
import { type RunningServer, startServer } from '../app.js';
import type { DistrictHost } from '../app/district-host.js';
import { readConfig } from '../config.js';
import { createLogger } from '../ops/logger.js';
import { createVirtualClock } from '../ops/clock.js';
import { runLockstep } from '../simulator/driver.js';
import { createFleet, type Fleet } from '../simulator/fleet.js';
import { SupervisorClient, type ToldAlert } from '../simulator/supervisor-client.js';
import { TrackerPool } from '../simulator/tracker-pool.js';
import { truthLines } from '../simulator/truth-record.js';
import { FAULT_OPTIONS, readFaults } from './fault-options.js';
import { FLEET_OPTIONS, readFleetOptions } from './fleet-options.js';
import { MEIXIAN_FOLDER } from './fixture.js';
import { durationMs, instantMs, type Options, readOptions, wholeNumber } from './options.js';
import { alertLine, createReporter, type Reporter } from './reporter.js';
import { stopSignal } from './stopping.js';
import { summarise } from './summary.js';

const USAGE = `beatwatch demo [--span 12h] [--json] [--seed 1] [--neglect N] [--speed 60] …

The server in a fresh folder, and a seeded fleet of real WebSocket clients that drives the district's plan on a virtual
clock. Without --span it runs at 60 times real time until it is stopped or the day is over; with --span as fast as it goes.`;

const OPTIONS = {
  span: { type: 'string', value: '12h', help: 'virtual time to drive; as fast as it goes' },
  json: { type: 'boolean', help: 'one JSON object a line on stdout, a summary last' },
  ...FLEET_OPTIONS,
  speed: { type: 'string', value: '60', help: 'virtual seconds a second' },
  from: { type: 'string', value: '2026-11-24T07:20:00+08:00', help: 'virtual time at the start' },
  district: { type: 'string', value: 'FOLDER', help: 'district folder; the Meixian fixture unless given' },
  port: { type: 'string', value: '8080', help: 'port of the server; a free one unless given' },
  truth: { type: 'boolean', help: 'print what was true: who was where, what was left alone' },
  ...FAULT_OPTIONS,
} as const;

const DEFAULT_FROM = '2026-11-24T07:20:00+08:00';
const WHOLE_DAY_MS = 12 * 3_600_000 + 40 * 60_000;
/** The plan is logged this long before the fleet starts: it takes force a minute after. */
const LEAD_MS = 180_000;
const TOKEN_LIFE_S = 12 * 3_600;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const signal = stopSignal();
  const folder = await mkdtemp(join(tmpdir(), 'beatwatch-demo-'));
  try {
    await drive(options, folder, signal);
    return 0;
  } catch (error) {
    if (signal.aborted) return 0;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function drive(options: Options, folder: string, signal: AbortSignal): Promise<void> {
  const startedAtMs = performance.now();
  const json = options.flag('json');
  const span = options.text('span');
  const fromMs = instantMs('from', options.text('from') ?? DEFAULT_FROM);
  const key = await createKeyPair(join(folder, 'keys'));
  const environment = readConfig();
  const logger = createLogger({ level: environment.logLevel === 'info' ? 'warn' : environment.logLevel });
  const server = await startServer({
    config: {
      ...environment,
      port: wholeNumber('port', options.text('port') ?? '0', 0, 65_535),
      dataFolder: folder,
      publicKeys: null,
      redisUrl: null,
      districtFolders: [options.text('district') ?? MEIXIAN_FOLDER],
    },
    clock: createVirtualClock(fromMs - LEAD_MS),
    logger,
  });
  try {
    const host = onlyDistrict(server);
    const plan = host.plan;
    if (plan === null) throw new Error('bug: the server started without a plan');
    await host.setClock(plan.inForceFromMs);
    const fleet = createFleet(plan, {
      fromMs,
      spanMs: span === null ? WHOLE_DAY_MS : durationMs('span', span),
      ...readFleetOptions(options),
      faults: readFaults(options),
    });
    const sign = (role: 'supervisor' | 'tracker', subject: string) =>
      signToken({ key, role, subject, districts: [host.id], ttlS: TOKEN_LIFE_S, nowMs: Date.now() });
    const reporter = createReporter({ json, timeZone: plan.timeZone });
    const told: ToldAlert[] = [];
    const socketUrl = server.url.replace(/^http/, 'ws');
    const supervisorToken = await sign('supervisor', 'demo');
    const supervisor = new SupervisorClient({
      url: `${socketUrl}/v1/districts/${host.id}/live`,
      token: supervisorToken,
      onAlert: (alert) => {
        told.push(alert);
        reporter.line(alertLine(alert));
      },
    });
    reporter.started({ url: server.url, district: host.id, token: supervisorToken, seed: fleet.truth.seed, fromMs });
    const tokens = new Map(
      await Promise.all(fleet.trackers.map(async (id) => [id, await sign('tracker', id)] as const)),
    );
    await using trackers = new TrackerPool({
      url: `${socketUrl}/v1/ingest`,
      tokenOf: (tracker) => tokens.get(tracker) ?? '',
      seed: fleet.truth.seed,
      signal,
    });
    const speed = options.text('speed') ?? (span === null ? '60' : null);
    await runLockstep({
      source: fleet.source,
      trackers,
      setClock: async (nowMs) => void (await host.setClock(nowMs)),
      signal,
      onProgress: ({ nowMs, toMs, counters }) =>
        reporter.progress({ nowMs, fromMs, toMs: toMs ?? nowMs, acknowledged: counters.acknowledged }),
      ...(speed === null ? {} : { speed: wholeNumber('speed', speed, 1) }),
    });
    const sent = trackers.counters();
    const { lastAlert } = await host.hot.readLive();
    await supervisor.untilTold(lastAlert);
    await supervisor.close();
    if (options.flag('truth')) printTruth(fleet, reporter);
    reporter.summary(
      await summarise({
        hot: host.hot,
        district: host.id,
        fromMs,
        toMs: fleet.truth.toMs,
        wallMs: performance.now() - startedAtMs,
        sent,
        alerts: told,
        neglects: fleet.truth.neglects.length,
        transitions: supervisor.seen,
      }),
    );
  } finally {
    await server.close();
  }
}

function onlyDistrict(server: RunningServer): DistrictHost {
  const [host] = server.districts.values();
  if (host === undefined) throw new Error('bug: the server started without a district');
  return host;
}

function printTruth(fleet: Fleet, reporter: Reporter): void {
  for (const line of truthLines(fleet.truth)) reporter.line({ json: line.trimEnd(), text: line.trimEnd() });
}
