import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compilePlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import type { Fix } from '../../src/model/fix.js';
import { HORIZON_MS } from '../../src/model/limits.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { readTrace, type TraceFile } from '../../src/simulator/traces/read-trace.js';
import { Bench } from '../engine/support.js';
import { random } from '../engine/verdicts.js';
import { temporaryFolder, type TestScope } from '../support/redis-server.js';
import { districtFolder, printed, recording } from './days.js';

// Real days through the engine alone, without sockets and Redis: whatever the order of arrival within the horizon, and however
// often a fix comes, the same visits and the same verdicts stand.

export const YUNNAN_FILE = 'yunnan_border_fleet_arrival_order.ndjson';
export const AUSTIN_FILE = 'austin_buses_2017-03-21.csv.gz';

const AUSTIN_TRACE: TraceFile = {
  path: recording(AUSTIN_FILE),
  mapping: {
    vehicle: 'vehicle_id',
    time: 'timestamp',
    lat: 'latitude',
    lng: 'longitude',
    speed: 'speed',
    speedUnit: 'mps',
  },
};

const TICK_MS = 10_000;
const DAY_MS = 86_400_000;

interface Arrival {
  readonly atMs: number;
  readonly tracker: string;
  readonly fix: Fix;
}

/** A recording's fixes, each once and when it was taken, and the plan that they are judged by. */
export interface RealDay {
  readonly plan: CompiledPlan;
  readonly arrivals: readonly Arrival[];
}

export async function yunnanDay(): Promise<RealDay> {
  const mapping = { vehicle: 'veh', time: 'fix', lat: 'lat', lng: 'lon', speed: 'speed' };
  const arrivals = await inOrder({ path: recording(YUNNAN_FILE), mapping }, () => true);
  return { plan: await planFor(districtFolder('yunnan'), arrivals[0]?.atMs ?? 0), arrivals };
}

/** The buses from one instant to another: so many of them, evenly taken out of the list of all. */
export async function austinDay(
  scope: TestScope,
  o: { readonly fromMs: number; readonly toMs: number; readonly buses: number },
): Promise<RealDay> {
  const folder = await temporaryFolder(scope);
  await cp(districtFolder('austin'), folder, { recursive: true });
  const units = await printed(districtFolder('austin-units.mjs'), recording(AUSTIN_FILE));
  await writeFile(join(folder, 'units.json'), units);
  const plan = withUnits(await planFor(folder, o.fromMs), o.buses);
  const trackers = new Set(plan.units.map(({ tracker }) => tracker));
  const arrivals = await inOrder(
    AUSTIN_TRACE,
    (tracker, { eventTimeMs }) => trackers.has(tracker) && eventTimeMs >= o.fromMs && eventTimeMs < o.toMs,
  );
  return { plan, arrivals };
}

/** The same fixes as the file has them, one after the other: each comes at the latest event time so far. Most are hours late. */
export async function inFileOrder({ plan }: RealDay): Promise<RealDay> {
  const trackers = new Set(plan.units.map(({ tracker }) => tracker));
  const arrivals: Arrival[] = [];
  let atMs = 0;
  for await (const item of readTrace(AUSTIN_TRACE)) {
    if (item.kind !== 'fix' || !trackers.has(item.tracker)) continue;
    atMs = Math.max(atMs, item.fix.eventTimeMs);
    arrivals.push({ atMs, tracker: item.tracker, fix: item.fix });
  }
  return { plan, arrivals };
}

/** Share of fixes that come at any time below the horizon, by seed; the others come within seconds. */
const LATE_SHARES = [0.1, 1, 0.4];

/** Delays drawn below the horizon; some fixes come again, or more than once. */
export function shuffled({ plan, arrivals }: RealDay, seed: number): RealDay {
  const next = random(seed);
  const lateShare = LATE_SHARES[seed % LATE_SHARES.length] as number;
  const disordered = arrivals.flatMap((arrival) => {
    const delays = [next() < lateShare ? next() * HORIZON_MS : next() * 20_000];
    while (next() < 0.25) delays.push(next() * HORIZON_MS);
    return delays.map((delayMs) => ({ ...arrival, atMs: arrival.atMs + Math.floor(delayMs) }));
  });
  return { plan, arrivals: disordered.sort((a, b) => a.atMs - b.atMs) };
}

/** The day through the engine, a fix an entry, until no fix of it could change anything. */
export function play({ plan, arrivals }: RealDay): Bench {
  const bench = new Bench(plan);
  let lastEventMs = 0;
  for (const { atMs, tracker, fix } of arrivals) {
    bench.tickTo(atMs, TICK_MS);
    bench.append(bench.nowMs, { kind: 'fixes', batches: [{ tracker, reportId: '01', fixes: [fix], rejected: [] }] });
    lastEventMs = Math.max(lastEventMs, fix.eventTimeMs);
  }
  bench.tickTo(lastEventMs + 2 * HORIZON_MS, TICK_MS);
  return bench;
}

async function inOrder(file: TraceFile, keep: (tracker: string, fix: Fix) => boolean): Promise<Arrival[]> {
  const arrivals = new Map<string, Arrival>();
  for await (const item of readTrace(file)) {
    if (item.kind !== 'fix' || !keep(item.tracker, item.fix)) continue;
    const { tracker, fix } = item;
    arrivals.set(`${tracker} ${fix.eventTimeMs}`, { atMs: fix.eventTimeMs, tracker, fix });
  }
  return [...arrivals.values()].sort((a, b) => a.atMs - b.atMs);
}

async function planFor(folder: string, firstMs: number): Promise<CompiledPlan> {
  return compilePlan(await loadDistrict(folder), {
    version: 1,
    inForceFromMs: firstMs - 60_000,
    expandFromMs: firstMs - DAY_MS,
    expandDays: 10,
  });
}

function withUnits(plan: CompiledPlan, count: number): CompiledPlan {
  const step = Math.max(1, Math.floor(plan.units.length / count));
  const units = plan.units.filter((_, i) => i % step === 0);
  const ids = new Set(units.map(({ id }) => id));
  const rules = plan.rules.map((rule) =>
    'units' in rule ? { ...rule, units: rule.units.filter((id) => ids.has(id)) } : rule,
  );
  return { ...plan, units, rules };
}
