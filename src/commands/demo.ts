import { runLockstep } from '../simulator/driver.js';
import { createFleet, type Fleet } from '../simulator/fleet.js';
import { truthLines } from '../simulator/truth-record.js';
import { FAULT_OPTIONS, readFaults } from './fault-options.js';
import { FLEET_OPTIONS, readFleetOptions } from './fleet-options.js';
import { MEIXIAN_FOLDER } from './fixture.js';
import { KEEP_OPTION, type LocalServer, tickTo, withLocalServer } from './local-server.js';
import { durationMs, instantMs, type Options, readOptions, wholeNumber } from './options.js';
import { type Output, openOutput } from './output.js';
import { alertLine, createReporter, type Reporter } from './reporter.js';
import { stoppedEarly, stopSignal } from './stopping.js';
import { summarise } from './summary.js';

const USAGE = `beatwatch demo [--span 12h] [--json] [--seed 1] [--neglect N] [--speed 60] …

Runs a server in a fresh folder, and a seeded fleet of real WebSocket clients that drives the district's plan on a virtual
clock. Without --span it runs at 60 times real time, until you stop it or the day is over. With --span it runs as fast as
it can.`;

const OPTIONS = {
  span: { type: 'string', value: '12h', help: 'virtual time to drive, as fast as possible' },
  json: { type: 'boolean', help: 'one JSON object a line on stdout, a summary last' },
  ...FLEET_OPTIONS,
  speed: { type: 'string', value: '60', help: 'virtual seconds a second' },
  from: { type: 'string', value: '2026-11-24T07:20:00+08:00', help: 'virtual time at the start' },
  district: { type: 'string', value: 'FOLDER', help: 'district folder; default: the Meixian fixture' },
  port: { type: 'string', value: 'PORT', help: 'port of the server; a free one unless given' },
  keep: KEEP_OPTION,
  truth: { type: 'boolean', help: 'print the truth: who was where, what was left alone' },
  ...FAULT_OPTIONS,
} as const;

const DEFAULT_FROM = '2026-11-24T07:20:00+08:00';
const WHOLE_DAY_MS = 12 * 3_600_000 + 40 * 60_000;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const startedAtMs = performance.now();
  const signal = stopSignal();
  const fromMs = instantMs('from', options.text('from') ?? DEFAULT_FROM);
  const output = openOutput({ json: options.flag('json') });
  output.state('starting');
  const local = {
    districtFolder: options.text('district') ?? MEIXIAN_FOLDER,
    fromMs,
    port: wholeNumber('port', options.text('port') ?? '0', 0, 65_535),
    signal,
    keep: options.text('keep'),
    output,
  };
  const whole = await withLocalServer(local, (server) =>
    drive({ options, fromMs, startedAtMs, signal, output, server }),
  );
  if (!whole && options.text('span') !== null) throw stoppedEarly('drive the whole span');
  return 0;
}

interface Drive {
  readonly options: Options;
  readonly fromMs: number;
  readonly startedAtMs: number;
  readonly signal: AbortSignal;
  readonly output: Output;
  readonly server: LocalServer;
}

async function drive({ options, fromMs, startedAtMs, signal, output, server }: Drive): Promise<void> {
  const { host, plan } = server;
  const span = options.text('span');
  const fleet = createFleet(plan, {
    fromMs,
    spanMs: span === null ? WHOLE_DAY_MS : durationMs('span', span),
    ...readFleetOptions(options),
    faults: readFaults(options),
  });
  const { seed, toMs, neglects } = fleet.truth;
  const reporter = createReporter({ json: options.flag('json'), timeZone: plan.timeZone, output });
  const supervision = await server.supervise((alert) => reporter.line(alertLine(alert)));
  const auditorToken = await server.auditorToken();
  reporter.started({ url: server.url, district: host.id, token: supervision.token, auditorToken, seed, fromMs });
  await using trackers = await server.connect(fleet.trackers, seed);
  await tickTo(host, plan.inForceFromMs, fromMs);
  const speed = options.text('speed') ?? (span === null ? '60' : null);
  await runLockstep({
    source: fleet.source,
    trackers,
    setClock: async (nowMs) => void (await host.setClock(nowMs)),
    signal,
    onProgress: ({ nowMs, toMs: endMs, counters }) =>
      reporter.progress({ nowMs, fromMs, toMs: endMs ?? nowMs, acknowledged: counters.acknowledged }),
    ...(speed === null ? {} : { speed: wholeNumber('speed', speed, 1) }),
  });
  const sent = trackers.counters();
  const transitions = await supervision.finish();
  if (options.flag('truth')) printTruth(fleet, reporter);
  reporter.summary(
    await summarise({
      hot: host.hot,
      versions: host.versions,
      district: host.id,
      fromMs,
      toMs,
      wallMs: performance.now() - startedAtMs,
      sent,
      alerts: supervision.told,
      neglects: neglects.length,
      transitions,
    }),
  );
}

function printTruth(fleet: Fleet, reporter: Reporter): void {
  for (const line of truthLines(fleet.truth)) reporter.line({ json: line.trimEnd(), text: line.trimEnd() });
}
