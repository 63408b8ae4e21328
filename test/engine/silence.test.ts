import t from 'tap';
import type { PlanRule } from '../../src/model/plan.js';
import { at, Bench, circle, MINUTE, plan, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const here = at(500);
const IDS = ['car-1', 'car-2', 'car-3', 'car-4'];
const FEET = ['foot-1', 'foot-2', 'foot-3', 'foot-4'];

function silence(id: string, units: readonly string[], more: Partial<PlanRule> = {}): PlanRule {
  return { id, kind: 'tracker-silence', severity: 'medium', binds: 'always', units, ...more } as PlanRule;
}

function all(ids: readonly string[]): Record<string, () => typeof here> {
  return Object.fromEntries(ids.map((id) => [id, () => here]));
}

t.test('an outage of one network says nothing of the units of another rule', async (t) => {
  const units = [...IDS.map((id) => unit(id)), ...FEET.map((id) => unit(id, { kind: 'foot' }))];
  const bench = new Bench(
    plan({ places: [circle('gate', at(0), 100)], units, rules: [silence('cars', IDS), silence('feet', FEET)] }),
  );
  bench.drive(T0 + 5 * MINUTE, all([...IDS, ...FEET]));
  bench.drive(T0 + 8 * MINUTE, all(IDS));
  bench.drive(T0 + 10 * MINUTE, all(IDS.slice(1)));
  t.match(
    latest(bench.alerts).filter(({ rule }) => rule === 'network-outage'),
    [{ ruleId: 'feet', condition: 'active', evidence: { units: FEET } }],
  );
  t.equal(bench.alerts.filter(({ rule }) => rule === 'network-outage').length, 1);
});

t.test('an outage that came and went is released once it has been calm, though nobody is silent', async (t) => {
  const bench = new Bench(
    plan({ places: [circle('gate', at(0), 100)], units: IDS.map((id) => unit(id)), rules: [silence('cars', IDS)] }),
  );
  bench.drive(T0 + MINUTE, all(IDS));
  for (let i = 0; i < 4; i += 1) {
    bench.tickTo(bench.nowMs + 75_000);
    bench.drive(bench.nowMs + 20_000, all(IDS));
  }
  const outages = (): object[] => latest(bench.alerts).filter(({ rule }) => rule === 'network-outage');
  t.match(outages(), [{ chattering: true, condition: 'active' }]);
  const calmSinceMs = bench.nowMs - 20_000;
  bench.drive(calmSinceMs + 12 * MINUTE, all(IDS));
  t.match(outages(), [{ chattering: true, condition: 'cleared' }]);
});
