import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { compilePlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import type { Fix } from '../../src/model/fix.js';
import { HORIZON_MS } from '../../src/model/limits.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { readTrace, type TraceFile } from '../../src/simulator/traces/read-trace.js';
import { Bench } from '../engine/support.js';
import { random, standing } from '../engine/verdicts.js';
import { temporaryFolder } from '../support/redis-server.js';
import { districtFolder, LONGEST_RUN_MS, needs, printed, recording } from './days.js';

// Real days through the engine alone, without sockets and Redis: whatever the order of arrival within the horizon, and however
// often a fix comes, the same visits and the same verdicts stand.

const SEEDS = [1, 2, 3];
const TICK_MS = 10_000;
const DAY_MS = 86_400_000;

interface Arrival {
  readonly atMs: number;
  readonly tracker: string;
  readonly fix: Fix;
}

/** Each fix once, when it was taken. */
async function inOrder(file: TraceFile, keep: (tracker: string, fix: Fix) => boolean): Promise<Arrival[]> {
  const arrivals = new Map<string, Arrival>();
  for await (const item of readTrace(file)) {
    if (item.kind !== 'fix' || !keep(item.tracker, item.fix)) continue;
    const { tracker, fix } = item;
    arrivals.set(`${tracker} ${fix.eventTimeMs}`, { atMs: fix.eventTimeMs, tracker, fix });
  }
  return [...arrivals.values()].sort((a, b) => a.atMs - b.atMs);
}

/** Share of fixes that come at any time below the horizon, by seed; the others come within seconds. */
const LATE_SHARES = [0.1, 1, 0.4];

/** Delays drawn below the horizon; some fixes come again, or more than once. */
function shuffled(day: readonly Arrival[], seed: number): Arrival[] {
  const next = random(seed);
  const lateShare = LATE_SHARES[seed % LATE_SHARES.length] as number;
  const arrivals = day.flatMap((arrival) => {
    const delays = [next() < lateShare ? next() * HORIZON_MS : next() * 20_000];
    while (next() < 0.25) delays.push(next() * HORIZON_MS);
    return delays.map((delayMs) => ({ ...arrival, atMs: arrival.atMs + Math.floor(delayMs) }));
  });
  return arrivals.sort((a, b) => a.atMs - b.atMs);
}

function play(plan: CompiledPlan, arrivals: readonly Arrival[], untilMs: number): Bench {
  const bench = new Bench(plan);
  for (const { atMs, tracker, fix } of arrivals) {
    bench.tickTo(atMs, TICK_MS);
    bench.append(bench.nowMs, { kind: 'fixes', batches: [{ tracker, reportId: '01', fixes: [fix], rejected: [] }] });
  }
  bench.tickTo(untilMs, TICK_MS);
  return bench;
}

async function planFor(folder: string, day: readonly Arrival[]): Promise<CompiledPlan> {
  const source = await loadDistrict(folder);
  const firstMs = day[0]?.atMs ?? 0;
  return compilePlan(source, {
    version: 1,
    inForceFromMs: firstMs - 60_000,
    expandFromMs: firstMs - DAY_MS,
    expandDays: 10,
  });
}

function checkDay(t: Test, plan: CompiledPlan, day: readonly Arrival[]): void {
  const untilMs = (day.at(-1)?.atMs ?? 0) + 2 * HORIZON_MS;
  const expected = standing(play(plan, day, untilMs));
  t.comment(`${day.length} fixes, ${expected.visits.length} visits, ${expected.alerts.length} verdicts`);
  t.ok(expected.visits.length >= 20 && expected.alerts.length >= 10, 'there is something to compare');
  for (const seed of SEEDS) {
    const disordered = play(plan, shuffled(day, seed), untilMs);
    t.same(standing(disordered), expected, `seed ${seed}`);
    t.ok(
      disordered.alerts.some(({ cause }) => cause === 'late-data'),
      `seed ${seed}: late fixes corrected some`,
    );
    t.ok(disordered.state.counts.duplicate > 0, `seed ${seed}: ${disordered.state.counts.duplicate} duplicates`);
    t.same(disordered.state.counts.flags, {}, `seed ${seed}: nothing was late beyond the horizon`);
  }
}

const YUNNAN = 'yunnan_border_fleet_arrival_order.ndjson';
t.setTimeout(LONGEST_RUN_MS);

t.test(...needs(YUNNAN, `any shuffle and duplication of the Yunnan day, seeds ${SEEDS}`), async (t) => {
  const mapping = { vehicle: 'veh', time: 'fix', lat: 'lat', lng: 'lon', speed: 'speed' };
  const day = await inOrder({ path: recording(YUNNAN), mapping }, () => true);
  checkDay(t, await planFor(districtFolder('yunnan'), day), day);
});

const AUSTIN = 'austin_buses_2017-03-21.csv.gz';
const AUSTIN_BUSES = 40;
t.test(...needs(AUSTIN, `any shuffle and duplication of an Austin morning, seeds ${SEEDS}`), async (t) => {
  const folder = await temporaryFolder(t);
  await cp(districtFolder('austin'), folder, { recursive: true });
  await writeFile(join(folder, 'units.json'), await printed(districtFolder('austin-units.mjs'), recording(AUSTIN)));
  const [fromMs, toMs] = ['2017-03-21T06:00:00-05:00', '2017-03-21T08:00:00-05:00'].map(Date.parse) as [number, number];
  const mapping = { vehicle: 'vehicle_id', time: 'timestamp', lat: 'latitude', lng: 'longitude', speed: 'speed' };
  const whole = await planFor(folder, [{ atMs: fromMs } as Arrival]);
  const step = Math.floor(whole.units.length / AUSTIN_BUSES);
  const units = whole.units.filter((_, i) => i % step === 0);
  const trackers = new Set(units.map(({ tracker }) => tracker));
  const day = await inOrder(
    { path: recording(AUSTIN), mapping: { ...mapping, speedUnit: 'mps' } },
    (tracker, { eventTimeMs }) => trackers.has(tracker) && eventTimeMs >= fromMs && eventTimeMs < toMs,
  );
  const unitIds = new Set(units.map(({ id }) => id));
  const rules = whole.rules.map((rule) =>
    'units' in rule ? { ...rule, units: rule.units.filter((id) => unitIds.has(id)) } : rule,
  );
  checkDay(t, { ...whole, units, rules }, day);
});
