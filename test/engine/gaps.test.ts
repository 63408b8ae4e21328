import t from 'tap';
import type { CompiledPlan, PlanRule } from '../../src/model/plan.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const far = at(40_000);
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
