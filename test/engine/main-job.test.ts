import t from 'tap';
import { at, Bench, checkpointGap, circle, MINUTE, plan, T0, unit } from './support.js';

t.test('a checkpoint that nobody visits has one gap alert, cleared when somebody comes', async (t) => {
  const bench = new Bench(
    plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [checkpointGap(['gate'])] }),
  );
  const away = at(1_000);
  bench.drive(T0 + 5 * MINUTE, { 'car-1': () => at(0) });
  bench.drive(T0 + 20 * MINUTE, { 'car-1': () => away });
  t.match(bench.alerts, [
    { change: 'raised', rule: 'checkpoint-gap', fromMs: T0 + 5 * MINUTE, certainty: 'uncovered', place: 'gate' },
  ]);
  t.equal(bench.alerts.length, 1);
  bench.drive(T0 + 25 * MINUTE, { 'car-1': () => at(0) });
  t.match(bench.alerts.slice(1), [
    { change: 'updated', certainty: 'unknown', condition: 'active', evidence: { possibleUnits: ['car-1'] } },
    { change: 'cleared', certainty: 'uncovered', condition: 'cleared', version: 3, previous: 2 },
  ]);
});
