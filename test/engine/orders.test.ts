import t from 'tap';
import { layeredPlan } from '../../src/district/layered-plan.js';
import { planSeries } from '../../src/district/plan-series.js';
import type { CompiledPlan, PlanOrder } from '../../src/model/plan.js';
import { at, Bench, checkpointGap, circle, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const FROM = T0 + HOUR;
const TO = T0 + 2 * HOUR;
const week = Object.fromEntries(
  ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => [day, 'day']),
);

function first(during: { modes: string[] } | { during: string } = { during: 'always' }): CompiledPlan {
  const rule = checkpointGap(['gate']);
  return plan({
    places: [circle('gate', at(0), 100)],
    units: [unit('car-1'), unit('car-2')],
    rules: ['modes' in during ? { ...rule, binds: 'mode:peak' } : rule],
    calendar: {
      calendar: { dayTypes: { day: { coverage: [], modes: [] } }, week },
      schedules: {},
      bindings: [{ id: rule.id, kind: rule.kind, ...during }],
    },
  });
}

const concert: PlanOrder = {
  id: 'concert',
  name: { zh: '音乐会', en: 'Concert' },
  fromMs: FROM,
  toMs: TO,
  reason: 'the concert',
  actor: 'anna',
  actionId: 'act-1',
  layer: {
    places: [circle('stage', at(3_000), 100)],
    closed: [],
    modes: [],
    duty: [],
    rules: [{ id: 'stage-post', kind: 'checkpoint-gap', thresholdS: 600, graceS: 0 }],
  },
};

function series(base: CompiledPlan, order: PlanOrder, newestVersion = 1): readonly CompiledPlan[] {
  const wish = { id: order.actionId, standing: [base], newestVersion, beforeVersion: 1, fromMs: order.fromMs };
  return planSeries({ ...wish, nowMs: T0, base: null, orders: [order] }) ?? [];
}

t.test(
  'a gap at an order’s post begins with the order, says so, and ends with it; nothing is raised for the time before',
  async (t) => {
    const base = first();
    const bench = new Bench(base);
    const tracks = { 'car-1': () => at(0), 'car-2': () => at(8_000) };
    bench.drive(T0 + 10 * MINUTE, tracks);
    for (const one of series(base, concert)) bench.append(bench.nowMs, { kind: 'plan', plan: one });
    bench.drive(FROM + 9 * MINUTE, tracks);
    t.same(bench.alerts, [], 'nothing at the instant at which it begins, nor for ten minutes after');
    bench.drive(FROM + 11 * MINUTE, tracks);
    t.match(bench.alerts, [
      {
        place: 'stage',
        change: 'raised',
        fromMs: FROM,
        toMs: null,
        certainty: 'uncovered',
        evidence: { planVersion: 2, orders: ['concert'] },
      },
    ]);
    t.equal(bench.alerts.length, 1);
    bench.drive(TO + MINUTE, tracks);
    t.match(latest(bench.alerts), [{ place: 'stage', condition: 'cleared', cause: 'plan', fromMs: FROM, toMs: TO }]);
    bench.drive(T0 + 4 * HOUR, tracks);
    t.match(latest(bench.alerts), [
      { place: 'stage', finality: 'confirmed', fromMs: FROM, toMs: TO, evidence: { orders: ['concert'] } },
    ]);
  },
);

t.test(
  'a mode that an order says binds the plan’s rules in its time alone, and their alerts name the order',
  async (t) => {
    const base = first({ modes: ['peak'] });
    const peak: PlanOrder = {
      ...concert,
      layer: { ...concert.layer, places: [], rules: [], modes: [{ mode: 'peak', fromMs: FROM, toMs: TO }] },
    };
    const bench = new Bench(base);
    const tracks = { 'car-1': () => at(8_000), 'car-2': () => at(8_000) };
    for (const one of series(base, peak)) bench.append(bench.nowMs, { kind: 'plan', plan: one });
    bench.drive(TO + 30 * MINUTE, tracks);
    t.match(latest(bench.alerts), [
      { place: 'gate', fromMs: FROM, toMs: TO, evidence: { orders: ['concert'], ending: 'window' } },
    ]);
    t.equal(latest(bench.alerts).length, 1);
  },
);

t.test('of a change that was overtaken nothing counts, though one of its numbers fits', async (t) => {
  const base = first();
  const bench = new Bench(base);
  const two = { ...concert, id: 'match', actionId: 'act-2', fromMs: FROM + MINUTE };
  const mine = series(base, concert);
  const both = planSeries({
    id: 'act-2',
    standing: [base],
    newestVersion: 1,
    beforeVersion: 1,
    fromMs: two.fromMs,
    nowMs: T0,
    base: null,
    orders: [two, { ...two, id: 'guard', actionId: 'act-3', toMs: TO + HOUR }],
  });
  for (const one of [...mine, ...(both ?? [])]) bench.append(bench.nowMs, { kind: 'plan', plan: one });
  t.same(
    bench.state.plans.map(({ plan: { version, orders = [] } }) => [version, orders.map(({ id }) => id).join()]),
    [
      [1, ''],
      [2, 'concert'],
      [3, ''],
    ],
  );
  t.equal(both?.at(-1)?.version, 4, 'its last would follow by its number');
  for (const one of mine) bench.append(bench.nowMs, { kind: 'plan', plan: one });
  t.equal(bench.state.plans.length, 3, 'and a repeat is nothing');
});

t.test('a unit that an order calls to duty is judged in that time', async (t) => {
  const called: PlanOrder = {
    ...concert,
    layer: { ...concert.layer, places: [], rules: [], duty: [{ unit: 'car-2', fromMs: FROM, toMs: TO }] },
  };
  const base = first();
  const off = { ...base, units: base.units.map((one) => ({ ...one, duty: 'mode:low' })) };
  const layered = layeredPlan({ ...off, inForceFromMs: FROM }, [called]);
  t.match(layered.units, [
    { id: 'car-1', duty: 'mode:low' },
    { id: 'car-2', duty: 'order:car-2' },
  ]);
  t.same(layered.schedules['order:car-2'], [FROM, TO]);
});
