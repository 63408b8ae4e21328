import t from 'tap';
import type { Fix } from '../../src/model/fix.js';
import type { CompiledPlan, PlanRule } from '../../src/model/plan.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { latest, latestVisits } from './verdicts.js';

const far = at(5_000);
const silence: PlanRule = {
  id: 'silence',
  kind: 'tracker-silence',
  severity: 'medium',
  binds: 'always',
  units: ['car-1', 'car-2', 'car-3'],
};
const stand: PlanRule = {
  id: 'stand',
  kind: 'dwell-long',
  severity: 'low',
  binds: 'always',
  units: ['car-1'],
  maxStandMs: 25 * MINUTE,
};

function first(more: Partial<CompiledPlan> & { rules?: PlanRule[] } = {}): CompiledPlan {
  return plan({
    places: [circle('gate', at(0), 100), circle('mast', at(3_000), 100)],
    units: [unit('car-1'), unit('car-2'), unit('car-3')],
    rules: [checkpointGap(['gate', 'mast'])],
    ...more,
  } as Parameters<typeof plan>[0]);
}

/** The same district again, as the loader renews it before its calendar runs out. */
function renew(
  bench: Bench,
  before: CompiledPlan,
  inForceFromMs: number,
  more: Partial<CompiledPlan> = {},
): CompiledPlan {
  const next = { ...before, version: before.version + 1, inForceFromMs, ...more };
  bench.append(bench.nowMs, { kind: 'plan', plan: next });
  return next;
}

t.test('a renewed plan restarts no clock and changes no verdict, not even when the old one is forgotten', async (t) => {
  const runs = [true, false].map((renewed) => {
    const plan1 = first({ rules: [checkpointGap(['gate', 'mast']), stand, silence] });
    const bench = new Bench(plan1);
    const tracks = {
      'car-1': () => at(0),
      'car-2': (ms: number) => (ms < T0 + 20 * MINUTE ? at(3_000) : far),
      'car-3': (ms: number) => (ms < T0 + 45 * MINUTE ? null : far),
    };
    bench.drive(T0 + 28 * MINUTE, tracks);
    if (renewed) renew(bench, plan1, T0 + 30 * MINUTE + 500);
    bench.drive(T0 + 4 * HOUR, tracks);
    bench.drive(T0 + 4 * HOUR + 5 * MINUTE, { 'car-1': () => at(0), 'car-2': () => at(3_000), 'car-3': () => far });
    return bench;
  });
  const [renewed, plain] = runs as [Bench, Bench];
  const named = (bench: Bench): object[] =>
    bench.alerts.map(({ change, rule, subject, fromMs, toMs, certainty }) => {
      return { change, rule, subject: subject.id, fromMs, toMs, certainty };
    });
  t.same(named(renewed), named(plain));
  t.ok(
    latest(plain.alerts).some(({ rule, fromMs }) => rule === 'checkpoint-gap' && fromMs === T0 + 20 * MINUTE - 10_000),
    'a gap ran over the renewal',
  );
});

t.test('what a unit did before a plan removed it still counts', async (t) => {
  const plan1 = first({ rules: [checkpointGap(['gate'])] });
  const bench = new Bench(plan1);
  const tracks = { 'car-1': () => at(0), 'car-2': () => far, 'car-3': () => far };
  bench.drive(T0 + 28 * MINUTE, tracks);
  renew(bench, plan1, T0 + 30 * MINUTE, { units: plan1.units.filter(({ id }) => id !== 'car-1') });
  bench.drive(T0 + 35 * MINUTE, tracks);
  t.same(bench.alerts, [], 'nobody was absent');
  bench.drive(T0 + 4 * HOUR, { 'car-2': () => far, 'car-3': () => far });
  t.match(latest(bench.alerts), [
    { fromMs: T0 + 30 * MINUTE - 9_000, toMs: null, evidence: { lastUnit: 'car-1' }, certainty: 'uncovered' },
  ]);
  t.notOk(bench.alerts.some(({ change }) => change === 'corrected' || change === 'retracted'));
});

t.test('a renewed plan does not end an outage of the network', async (t) => {
  const plan1 = first({ rules: [silence] });
  const bench = new Bench(plan1);
  const tracks = { 'car-1': () => far, 'car-2': () => far, 'car-3': () => far };
  bench.drive(T0 + 5 * MINUTE, tracks);
  bench.tickTo(T0 + 10 * MINUTE);
  renew(bench, plan1, T0 + 12 * MINUTE);
  bench.tickTo(T0 + 15 * MINUTE);
  t.match(
    bench.alerts.filter(({ rule }) => rule === 'network-outage'),
    [{ change: 'raised' }],
  );
  t.equal(bench.alerts.filter(({ rule }) => rule === 'network-outage').length, 1);
  t.notOk(bench.alerts.some(({ cause }) => cause === 'plan'));
});

t.test('a unit that was silent when a plan removed it is not silent since then when it is back', async (t) => {
  const plan1 = first({ rules: [{ ...silence, units: ['car-1'] } as PlanRule] });
  const bench = new Bench(plan1);
  bench.drive(T0 + 5 * MINUTE, { 'car-2': () => far });
  const plan2 = renew(bench, plan1, T0 + 7 * MINUTE, { units: plan1.units.filter(({ id }) => id !== 'car-1') });
  bench.drive(T0 + 50 * MINUTE, { 'car-2': () => far });
  renew(bench, plan2, T0 + 52 * MINUTE, { units: plan1.units });
  bench.drive(T0 + 55 * MINUTE, { 'car-2': () => far });
  t.match(latest(bench.alerts), [
    { fromMs: T0, toMs: T0 + 7 * MINUTE, condition: 'cleared' },
    { fromMs: T0 + 52 * MINUTE, toMs: null, condition: 'active' },
  ]);
});
