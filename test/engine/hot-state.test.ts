import t from 'tap';
import { takeHotDelta } from '../../src/engine/hot-view.js';
import type { CoverageRecord, PositionRecord, UnitRecord } from '../../src/model/hot.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { toLngLat } from '../../src/model/position.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, routePassRule, T0, unit } from './support.js';

const far = at(40_000);
const endMs = T0 + HOUR;

function start(more: Partial<CompiledPlan> = {}): CompiledPlan {
  return plan({
    places: [circle('gate', at(0), 100), circle('mast', at(3_000), 100)],
    units: [unit('car-1', { duty: 'early' }), unit('car-2')],
    rules: [checkpointGap(['gate'])],
    schedules: { early: [T0 - HOUR, endMs] },
    ...more,
  } as Parameters<typeof plan>[0]);
}

/** What hot state holds after all deltas so far; null: deleted. */
class Hot {
  readonly positions = new Map<string, PositionRecord | null>();
  readonly units = new Map<string, UnitRecord | null>();
  readonly coverage = new Map<string, CoverageRecord | null>();
  readonly bench: Bench;

  constructor(bench: Bench) {
    this.bench = bench;
  }

  take(): this {
    const delta = takeHotDelta(this.bench.state);
    for (const [id, record] of delta.positions) this.positions.set(id, record);
    for (const [id, record] of delta.units) this.units.set(id, record);
    for (const [id, record] of delta.coverage) this.coverage.set(id, record);
    return this;
  }
}

t.test('coverage says how far a route was driven: each segment, the pass that goes on, and the last one', async (t) => {
  const line = [at(0), at(600)].flatMap(({ lngE7, latE7 }) => [lngE7, latE7]);
  const shape = { type: 'corridor', lines: [line], corridorM: 40 } as const;
  const places = [{ ...circle('avenue', at(0), 1), kind: 'route' as const, shape }];
  const bench = new Bench(start({ places, rules: [routePassRule(['avenue'])] }));
  const hot = new Hot(bench);
  const seconds = (n: number): number => T0 / 1_000 + n;
  const along = (ms: number) => at(Math.min(600, ((ms - T0) / 1_000 - 10) * 10));
  bench.drive(T0 + 40_000, { 'car-1': along, 'car-2': () => far });
  const half = hot.take().coverage.get('avenue')?.route;
  t.match(half, { lengthM: 600, inferred: [], lastPass: null, dueMs: T0 + HOUR + MINUTE });
  t.match(half?.segmentsSeenS, [seconds(15), seconds(25), seconds(35), 0, 0, 0]);
  t.match(half?.pass, { by: 'car-1', coveredPercent: 50 });
  bench.drive(T0 + 80_000, { 'car-1': along, 'car-2': () => far });
  const whole = hot.take().coverage.get('avenue')?.route;
  t.match(whole?.segmentsSeenS.at(-1), seconds(65));
  t.match(whole?.lastPass, { by: 'car-1', direction: 'forward', observedPercent: 90 });
  t.equal(hot.coverage.get('avenue')?.dueMs, null, 'no gap falls due');
  t.ok(JSON.stringify(whole).length < 400, 'it is small');
});

t.test('who covers a place, who did last, and when a gap falls due', async (t) => {
  const bench = new Bench(start());
  const hot = new Hot(bench);
  t.match(hot.take().coverage.get('gate'), {
    presence: 'unknown',
    possibleUnits: ['car-1', 'car-2'],
    lastCoveredMs: null,
    dueMs: T0 + 12 * MINUTE,
  });
  bench.drive(T0 + 10 * MINUTE, { 'car-1': () => at(0), 'car-2': () => far });
  t.match(hot.take().coverage.get('gate'), {
    presence: 'covered',
    units: ['car-1'],
    possibleUnits: [],
    lastCoveredMs: null,
    lastUnit: null,
    dueMs: null,
  });
  t.match(hot.units.get('car-1'), { health: 'live', onDuty: true, places: ['gate'] });
  t.match(hot.coverage.get('mast'), { presence: 'uncovered', units: [], lastCoveredMs: null, dueMs: null });
  const lastInMs = bench.nowMs - 1_000;
  bench.drive(T0 + 15 * MINUTE, { 'car-1': () => at(1_000), 'car-2': () => far });
  t.match(hot.take().coverage.get('gate'), {
    presence: 'uncovered',
    units: [],
    lastCoveredMs: lastInMs,
    lastUnit: 'car-1',
    dueMs: lastInMs + 12 * MINUTE,
  });
  t.match(hot.units.get('car-1')?.places, []);
});

t.test('a unit off duty covers nothing from that very instant on', async (t) => {
  const bench = new Bench(start());
  const hot = new Hot(bench);
  bench.drive(endMs + 10_000, { 'car-1': () => at(0), 'car-2': () => far });
  t.match(hot.take().coverage.get('gate'), {
    presence: 'uncovered',
    units: [],
    lastCoveredMs: endMs,
    lastUnit: 'car-1',
  });
  t.match(hot.units.get('car-1'), { health: 'off-duty', onDuty: false });
});

t.test('a unit that falls silent off duty is not possible either', async (t) => {
  const bench = new Bench(start());
  const hot = new Hot(bench);
  bench.drive(endMs - 2 * MINUTE, { 'car-1': () => at(0), 'car-2': () => far });
  bench.drive(endMs - 10_000, { 'car-2': () => far });
  t.match(hot.take().coverage.get('gate'), { presence: 'unknown', possibleUnits: ['car-1'] });
  bench.drive(endMs + 10_000, { 'car-2': () => far });
  t.match(hot.take().coverage.get('gate'), { presence: 'uncovered', possibleUnits: [] });
});

t.test('a doubt that ends at a whole second ends, though nothing else happens at the place', async (t) => {
  const bench = new Bench(start({ rules: [], possibleForMs: 20 * MINUTE }));
  const hot = new Hot(bench);
  bench.drive(T0 + 20 * MINUTE - 10_000, { 'car-1': () => far });
  t.match(hot.take().coverage.get('gate'), { presence: 'unknown', possibleUnits: ['car-2'] });
  bench.drive(T0 + 20 * MINUTE + 5_000, { 'car-1': () => far });
  t.match(hot.take().coverage.get('gate'), { presence: 'uncovered', possibleUnits: [] });
});

t.test('who covered a place last is known as long as nobody comes', async (t) => {
  const bench = new Bench(start());
  const hot = new Hot(bench);
  bench.drive(T0 + 10 * MINUTE, { 'car-1': () => at(3_000), 'car-2': () => at(0) });
  const lastMs = bench.nowMs - 1_000;
  bench.drive(T0 + 20 * MINUTE, { 'car-1': () => far, 'car-2': () => far });
  bench.tickTo(T0 + 3 * HOUR, 10_000);
  bench.drive(T0 + 3 * HOUR + MINUTE, { 'car-2': () => far });
  hot.take();
  t.match(hot.coverage.get('gate'), { lastCoveredMs: lastMs, lastUnit: 'car-2' });
  t.match(hot.coverage.get('mast'), { lastCoveredMs: lastMs, lastUnit: 'car-1' }, 'where no rule binds too');
});

t.test('what a plan removes has no fields left', async (t) => {
  const plan1 = start();
  const bench = new Bench(plan1);
  const hot = new Hot(bench);
  bench.drive(T0 + 5 * MINUTE, { 'car-1': () => at(3_000), 'car-2': () => at(0) });
  hot.take();
  const plan2 = {
    ...plan1,
    version: 2,
    inForceFromMs: T0 + 7 * MINUTE,
    places: plan1.places.filter(({ id }) => id === 'gate'),
    units: plan1.units.filter(({ id }) => id === 'car-2'),
  };
  bench.append(bench.nowMs, { kind: 'plan', plan: plan2 });
  bench.drive(T0 + 6 * MINUTE, { 'car-1': () => at(3_000), 'car-2': () => at(0) });
  hot.take();
  t.ok(hot.coverage.get('mast') && hot.units.get('car-1') && hot.positions.get('car-1'), 'until it is in force');
  bench.drive(T0 + 20 * MINUTE, { 'car-1': () => at(3_000), 'car-2': () => at(0) });
  hot.take();
  t.same([hot.coverage.get('mast'), hot.units.get('car-1'), hot.positions.get('car-1')], [null, null, null]);
  bench.send('car-1', fix(T0 + 6 * MINUTE + 5_000, at(3_000)));
  bench.tickTo(bench.nowMs + 5_000);
  hot.take();
  t.same(
    [hot.coverage.get('mast'), hot.units.get('car-1'), hot.positions.get('car-1')],
    [null, null, null],
    'a late fix brings nothing back',
  );
});

t.test('the latest position is the latest by event time, and all that the tracker said of it', async (t) => {
  const bench = new Bench(start());
  const hot = new Hot(bench);
  const now = bench.nowMs;
  bench.send(
    'car-1',
    fix(now, at(200), {
      speedCmps: 1_234,
      courseCdeg: 9_050,
      power: true,
      batteryPercent: 87,
      ignition: true,
      lightbar: false,
      hdopCenti: 100,
      accuracyDm: 125,
    }),
  );
  bench.tickTo(now + 5_000);
  bench.send('car-1', fix(now - 20_000, at(100)));
  bench.tickTo(now + 10_000);
  const [lng, lat] = toLngLat(at(200));
  t.same(hot.take().positions.get('car-1'), {
    unit: 'car-1',
    tracker: 't-car-1',
    eventTimeMs: now,
    lng,
    lat,
    sigmaM: 12.5,
    accuracyM: 12.5,
    speedMps: 12.34,
    courseDeg: 90.5,
    power: true,
    batteryPercent: 87,
    ignition: true,
    lightbar: false,
    sos: null,
  });
});

t.test('health by what the tracker says and does not say', async (t) => {
  const bench = new Bench(start());
  const hot = new Hot(bench);
  const health = (): string | undefined => hot.take().units.get('car-2')?.health;
  t.equal(health(), 'unseen');
  const now = bench.nowMs;
  bench.send('car-2', fix(now, far));
  bench.tickTo(now + 19_000, 1_000);
  t.equal(health(), 'live');
  bench.tickTo(now + 20_000, 1_000);
  t.equal(health(), 'late');
  bench.tickTo(now + 59_000, 1_000);
  t.equal(health(), 'late');
  bench.tickTo(now + 60_000, 1_000);
  t.equal(health(), 'silent');
  bench.append(bench.nowMs, { kind: 'heartbeat', trackers: ['t-car-2'] });
  bench.tickTo(bench.nowMs + 1_000);
  t.equal(health(), 'no-gnss', 'it talks, but its position is old');
  bench.send('car-2', fix(bench.nowMs - 200_000, far, { backfill: true }));
  bench.tickTo(bench.nowMs + 1_000);
  t.equal(health(), 'backfilling');
  bench.send('car-2', fix(bench.nowMs + 61_000, far));
  bench.tickTo(bench.nowMs + 1_000);
  t.equal(health(), 'clock-fault');
  bench.tickTo(bench.nowMs + 60_000, 1_000);
  bench.send('car-2', fix(bench.nowMs, far, { power: false }));
  bench.tickTo(bench.nowMs + 1_000);
  t.equal(health(), 'power-cut', 'at once, while it talks');
  bench.tickTo(bench.nowMs + 60_000, 1_000);
  t.equal(health(), 'power-cut');
});
