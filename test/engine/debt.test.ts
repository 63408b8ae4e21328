import t from 'tap';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import type { AlertVersion } from '../../src/model/alert.js';
import type { PositionE7 } from '../../src/model/position.js';
import { at, Bench, circle, debtRule, fix, MINUTE, plan, T0, unit } from './support.js';

const GATE = circle('gate', at(0), 100);
const FAR = at(1_500);
const minute = (m: number): number => T0 + m * MINUTE;
const away = (): PositionE7 => FAR;

function bench(): Bench {
  return new Bench(plan({ places: [GATE], units: [unit('car-1')], rules: [debtRule(['gate'])] }));
}

function told({ alerts }: Bench): object[] {
  return alerts
    .filter(({ rule }: AlertVersion) => rule === 'debt')
    .map(({ change, certainty, fromMs, toMs }) => ({ change, certainty, fromMs, toMs }));
}

t.test('an outage may hide a stay, so a debt is in doubt until the upper balance, too, came to nothing', async (t) => {
  const one = bench();
  one.drive(minute(28), { 'car-1': away });
  // A hole of 70 s in the log: with somebody there it would be worth 560 s.
  one.append(minute(29) + 10_000, { kind: 'tick' });
  one.drive(minute(45), { 'car-1': away });
  const [first, second] = one.alerts;
  t.match(first, { rule: 'debt', change: 'raised', certainty: 'unknown', fromMs: minute(30) });
  t.equal(first?.evidence.debt?.leastMs, -5 * MINUTE, 'as it was when the grace was over');
  t.ok((first?.evidence.debt?.mostMs ?? 0) > 0);
  t.match(second, { change: 'updated', certainty: 'uncovered' });
});

t.test('what touches an outage is told when the reports of that time have had time to come', async (t) => {
  const one = bench();
  one.drive(minute(34), { 'car-1': away });
  one.append(minute(36), { kind: 'tick' });
  one.tickTo(minute(37));
  t.same(told(one), [], 'the outage was not over for a minute and a report interval');
  one.drive(minute(38), { 'car-1': away });
  t.match(told(one), [{ change: 'raised', certainty: 'unknown', fromMs: minute(30) }]);
});

t.test('a debt that goes on for hours says the same when its past is forgotten, or restored', async (t) => {
  const play = (renews: boolean): Bench => {
    const one = bench();
    for (let m = 20; m <= 280; m += 20) {
      const isThere = m === 100 || m === 260;
      one.drive(minute(m), { 'car-1': () => (isThere ? at(0) : FAR) });
      if (renews) one.state = restoreState(dumpState(one.state));
    }
    return one;
  };
  const [plain, renewed] = [play(false), play(true)];
  t.ok(plain.state.finalToMs > minute(120), 'much of it is forgotten');
  t.same(renewed.alerts, plain.alerts);
  t.same(dumpState(renewed.state), dumpState(plain.state));
  const credit = [...plain.state.credits.values()];
  t.match(credit, [{ opensMs: T0 }], 'the balance is kept');
});

t.test('a log that is resumed knows of no balance before', async (t) => {
  const one = bench();
  one.drive(minute(100), { 'car-1': away });
  t.equal(one.state.credits.size, 1);
  const times = { sinceMs: minute(80), atMs: minute(90), skippedToMs: one.nowMs };
  one.append(times.atMs, { kind: 'resume', ...times, actor: 'li', reason: 'the clock was wrong' });
  t.equal(one.state.credits.size, 0);
});

t.test('more units, or fixes that come twice, pay no more', async (t) => {
  const stay = (units: readonly string[], times: number): number => {
    const rules = [debtRule(['gate'])];
    const one = new Bench(plan({ places: [GATE], units: units.map((id) => unit(id)), rules }));
    for (let s = 0; s <= 2_400; s += 10) {
      one.tickTo(T0 + s * 1_000);
      const where = s >= 600 && s <= 660 ? at(0, s % 20 === 0 ? 50 : -50) : at(200, (s % 40) * 10 - 150);
      for (const id of units) for (let i = 0; i < times; i += 1) one.send(id, fix(T0 + s * 1_000, where));
    }
    one.tickTo(minute(60));
    return one.alerts.find(({ rule }) => rule === 'debt')?.fromMs ?? 0;
  };
  const once = stay(['car-1'], 1);
  t.equal(once, minute(30) + 540_000, 'a minute is worth eight, and takes one');
  t.equal(stay(['car-1', 'car-2'], 1), once);
  t.equal(stay(['car-1'], 3), once);
});
