import t from 'tap';
import type { CompiledPlan, PlanRule } from '../../src/model/plan.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const far = at(40_000);
/** Drives up and down, ten seconds away from the gate. */
const near = (ms: number): ReturnType<typeof at> => at(350 + 50 * (Math.floor(ms / 10_000) % 5));
const LIMIT = 12 * MINUTE;

function gapBench(more: Partial<CompiledPlan> & { rule?: Partial<PlanRule> } = {}): Bench {
  const { rule, ...rest } = more;
  return new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1'), unit('car-2')],
      rules: [checkpointGap(['gate'], rule)],
      ...rest,
    } as Parameters<typeof plan>[0]),
  );
}

t.test('a gap counts from the opening of the window, to the second, though nothing else happens then', async (t) => {
  const opensMs = T0 + HOUR + 400;
  const closesMs = T0 + 2 * HOUR;
  const bench = gapBench({
    rule: { binds: 'open' },
    schedules: { open: [opensMs, closesMs, T0 + 3 * HOUR, T0 + 4 * HOUR] },
  });
  const tracks = { 'car-1': () => far, 'car-2': () => far };
  bench.drive(opensMs + LIMIT - 2_400, tracks);
  t.same(bench.alerts, []);
  bench.drive(T0 + 3 * HOUR + LIMIT - 2_000, tracks);
  t.match(bench.alerts, [
    { change: 'raised', fromMs: opensMs, atMs: opensMs + LIMIT + 600, cause: 'timer', certainty: 'uncovered' },
    { change: 'confirmed' },
    { change: 'cleared', toMs: closesMs, atMs: closesMs, cause: 'timer' },
  ]);
  t.equal(bench.alerts.length, 3);
  bench.drive(T0 + 3 * HOUR + LIMIT, tracks);
  t.match(bench.alerts[3], { change: 'raised', fromMs: T0 + 3 * HOUR, atMs: T0 + 3 * HOUR + LIMIT });
});

t.test('a unit that stays after its duty is absent from the end of it', async (t) => {
  const endMs = T0 + HOUR;
  const bench = gapBench({
    units: [unit('car-1', { duty: 'early' }), unit('car-2')],
    schedules: { early: [T0 - HOUR, endMs] },
  });
  const tracks = { 'car-1': () => at(0), 'car-2': () => far };
  bench.drive(endMs + LIMIT - 2_000, tracks);
  t.same(bench.alerts, []);
  bench.drive(endMs + LIMIT + 10_000, tracks);
  t.match(bench.alerts, [{ change: 'raised', fromMs: endMs, atMs: endMs + LIMIT, certainty: 'uncovered' }]);
});

t.test('presence counts from minPresenceMs on, however long that is', async (t) => {
  for (const minPresenceMs of [60_000, 20 * MINUTE]) {
    const bench = gapBench({ rule: { minPresenceMs, thresholdMs: 28 * MINUTE } as Partial<PlanRule> });
    const comesMs = T0 + 40 * MINUTE;
    bench.drive(comesMs - 5_000, { 'car-1': near, 'car-2': () => far });
    bench.drive(comesMs + minPresenceMs - 2_000, { 'car-1': () => at(0), 'car-2': () => far });
    t.match(latest(bench.alerts), [{ condition: 'active' }], 'not yet');
    bench.drive(comesMs + minPresenceMs + 20_000, { 'car-1': () => at(0), 'car-2': () => far });
    const last = latest(bench.alerts);
    t.equal(last.length, 1);
    t.match(last, [{ condition: 'cleared', evidence: { byUnit: 'car-1' } }]);
    const cameMs = last[0]?.toMs ?? 0;
    t.ok(cameMs > comesMs - 5_000 && cameMs < comesMs + 15_000, 'dated when it came');
    const toldMs = last[0]?.atMs ?? 0;
    t.ok(toldMs >= cameMs + minPresenceMs && toldMs <= cameMs + minPresenceMs + 2_000, 'told when it counts');
  }
});

t.test('presence too short to count leaves the gap as it is', async (t) => {
  const bench = gapBench();
  bench.drive(T0 + 5 * MINUTE, { 'car-1': near, 'car-2': () => far });
  bench.drive(T0 + 6 * MINUTE - 10_000, { 'car-1': () => at(0), 'car-2': () => far });
  bench.drive(T0 + 15 * MINUTE, { 'car-1': near, 'car-2': () => far });
  t.match(bench.alerts, [{ change: 'raised', fromMs: T0, atMs: T0 + LIMIT }]);
});

t.test('a unit that came in time and stays raises nothing, one that goes again does', async (t) => {
  for (const stays of [true, false]) {
    const bench = gapBench();
    const cameMs = T0 + LIMIT - 31_000;
    const leavesMs = stays ? T0 + HOUR : cameMs + 35_000;
    const where = (ms: number): ReturnType<typeof at> => (ms < cameMs || ms > leavesMs ? near(ms) : at(0));
    bench.drive(T0 + LIMIT + 5 * MINUTE, { 'car-1': where, 'car-2': () => far });
    if (stays) t.same(bench.alerts, [], 'nothing is raised only to be taken back');
    else t.match(bench.alerts, [{ change: 'raised', fromMs: T0 }]);
  }
});
