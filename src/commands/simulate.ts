import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSigningKey, PRIVATE_KEY_FILE, type SigningKey } from '../access/keys.js';
import { signToken } from '../access/tokens.js';
import { readConfig } from '../config.js';
import { compilePlan } from '../district/compile-plan.js';
import { loadDistrict } from '../district/load-district.js';
import type { CompiledPlan } from '../model/plan.js';
import { runLockstep, runWall } from '../simulator/driver.js';
import { createFleet } from '../simulator/fleet.js';
import { createHttpClock } from '../simulator/http-clock.js';
import { TrackerPool } from '../simulator/tracker-pool.js';
import { truthLines } from '../simulator/truth-record.js';
import { FAULT_OPTIONS, readFaults } from './fault-options.js';
import { FLEET_OPTIONS, readFleetOptions } from './fleet-options.js';
import { MEIXIAN_FOLDER } from './fixture.js';
import { durationMs, instantMs, type Options, readOptions, wholeNumber, serverUrl } from './options.js';
import { openOutput } from './output.js';
import { createReporter } from './reporter.js';
import { stopSignal } from './stopping.js';

const USAGE = `beatwatch simulate --url http://127.0.0.1:8080 [--span 1h] [--seed 1] …

Drives a running server with a seeded fleet of real WebSocket clients, one for each tracker of the district. It signs their
tokens itself, so it needs the private key. For a server with a virtual clock give --from: then the fleet drives that clock.`;

const OPTIONS = {
  url: { type: 'string', value: 'URL', help: 'the server; default: http://127.0.0.1:8080' },
  keys: { type: 'string', value: 'FOLDER', help: 'folder with private.jwk; default: `keys` in the data folder' },
  district: {
    type: 'string',
    value: 'FOLDER',
    help: 'the district folder of the server; default: the Meixian fixture',
  },
  span: { type: 'string', value: '1h', help: 'how long to drive' },
  from: {
    type: 'string',
    value: '2026-11-24T07:20:00+08:00',
    help: 'start on the virtual clock; default: now, on the wall clock',
  },
  speed: { type: 'string', value: '60', help: 'virtual seconds a second, at most' },
  'truth-file': {
    type: 'string',
    value: 'FILE',
    help: 'file for the truth, as NDJSON: who was where, what was left alone',
  },
  ...FLEET_OPTIONS,
  ...FAULT_OPTIONS,
} as const;

const DAY_MS = 86_400_000;
/** On the wall clock the first reports are due after this. */
const START_IN_MS = 2_000;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const signal = stopSignal();
  try {
    await drive(options, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return 0;
}

async function drive(options: Options, signal: AbortSignal): Promise<void> {
  const from = options.text('from');
  const fromMs = from === null ? Date.now() + START_IN_MS : instantMs('from', from);
  const plan = await planAround(options.text('district') ?? MEIXIAN_FOLDER, fromMs);
  const fleet = createFleet(plan, {
    fromMs,
    spanMs: durationMs('span', options.text('span') ?? '1h'),
    ...readFleetOptions(options),
    faults: readFaults(options),
  });
  const truthFile = options.text('truth-file');
  if (truthFile !== null) await writeFile(truthFile, [...truthLines(fleet.truth)].join(''));
  const url = serverUrl(options);
  const key = await loadSigningKey(
    join(options.text('keys') ?? join(readConfig().dataFolder, 'keys'), PRIVATE_KEY_FILE),
  );
  const tokens = new Map(
    await Promise.all(fleet.trackers.map(async (id) => [id, await sign(key, 'tracker', id, plan.district)] as const)),
  );
  await using trackers = new TrackerPool({
    url: `${url.replace(/^http/, 'ws')}/v1/ingest`,
    tokenOf: (tracker) => tokens.get(tracker) ?? '',
    seed: fleet.truth.seed,
    signal,
  });
  const output = openOutput({ json: true });
  const reporter = createReporter({ json: true, timeZone: plan.timeZone, output });
  const onProgress: NonNullable<Parameters<typeof runWall>[0]['onProgress']> = ({ nowMs, toMs, counters }) =>
    reporter.progress({ nowMs, fromMs, toMs: toMs ?? nowMs, acknowledged: counters.acknowledged });
  const common = { source: fleet.source, trackers, signal, onProgress };
  if (from === null) await runWall(common);
  else {
    const token = await sign(key, 'admin', 'simulate', plan.district);
    const speed = options.text('speed');
    const setClock = createHttpClock({ serverUrl: url, district: plan.district, token });
    await runLockstep({ ...common, setClock, ...(speed === null ? {} : { speed: wholeNumber('speed', speed, 1) }) });
  }
  const { handedOver, acknowledged, resentReports } = trackers.counters();
  const neglects = fleet.truth.neglects.length;
  output.end();
  reporter.line({
    json: JSON.stringify({ type: 'simulated', sent: handedOver, acknowledged, resentReports, neglects }),
    text: '',
  });
}

/** The server's plan, made of the same files; the fleet needs no more of it than its calendar and its places. */
async function planAround(folder: string, fromMs: number): Promise<CompiledPlan> {
  const source = await loadDistrict(folder);
  return compilePlan(source, { version: 1, inForceFromMs: fromMs, expandFromMs: fromMs - 2 * DAY_MS, expandDays: 35 });
}

async function sign(key: SigningKey, role: 'tracker' | 'admin', subject: string, district: string): Promise<string> {
  return await signToken({ key, role, subject, districts: [district], ttlS: 12 * 3_600, nowMs: Date.now() });
}
