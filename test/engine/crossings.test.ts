import t from 'tap';
import { at, Bench, checkpointGap, circle, fix, MINUTE, plan, square, T0, unit } from './support.js';

function bench(): Bench {
  const places = [circle('gate', at(0), 60), square('zone', at(0, 5_000), 500)];
  return new Bench(plan({ places, units: [unit('car-1')], rules: [checkpointGap(['gate'])] }));
}

t.test('a car that passes between two fixes is told as a cross, with its bounds, and covers nothing', async (t) => {
  const b = bench();
  b.send('car-1', fix(T0 + 1_000, at(-300)), fix(T0 + 21_000, at(300)));
  b.tickTo(T0 + 30_000);
  t.match(b.visits, [
    {
      kind: 'cross',
      place: 'gate',
      state: 'closed',
      innerFromMs: T0 + 11_000,
      outerFromMs: T0 + 1_000,
      outerToMs: T0 + 21_000,
    },
  ]);
  b.drive(T0 + 15 * MINUTE, { 'car-1': () => at(300) });
  t.match(b.alerts, [{ change: 'raised', fromMs: T0 }], 'the gap runs from the opening: the cross was no presence');
});

t.test('a gap of more than 60 s between the fixes proves no pass', async (t) => {
  const b = bench();
  b.tickTo(T0 + 140_000);
  b.send('car-1', fix(T0 + 1_000, at(-300)), fix(T0 + 61_001, at(300)));
  b.send('car-1', fix(T0 + 70_000, at(300)), fix(T0 + 130_000, at(-300)));
  b.tickTo(T0 + 150_000);
  t.match(b.visits, [{ kind: 'cross', outerFromMs: T0 + 70_000, outerToMs: T0 + 130_000 }]);
  t.equal(b.visits.length, 1);
});

t.test('one fix inside is a cross at that fix', async (t) => {
  const b = bench();
  b.send('car-1', fix(T0 + 1_000, at(-300)), fix(T0 + 11_000, at(5)), fix(T0 + 21_000, at(300)));
  b.tickTo(T0 + 30_000);
  t.match(b.visits, [
    {
      kind: 'cross',
      innerFromMs: T0 + 11_000,
      innerToMs: T0 + 11_000,
      outerFromMs: T0 + 1_000,
      outerToMs: T0 + 21_000,
    },
  ]);
  t.equal(b.visits.length, 1);
});

t.test('late fixes that show a stay take the cross back', async (t) => {
  const b = bench();
  b.send('car-1', fix(T0 + 1_000, at(-300)), fix(T0 + 51_000, at(300)));
  b.tickTo(T0 + 60_000);
  t.match(b.visits, [{ kind: 'cross', state: 'closed' }]);
  b.send('car-1', fix(T0 + 11_000, at(0)), fix(T0 + 21_000, at(0)), fix(T0 + 31_000, at(0)));
  b.tickTo(T0 + 70_000);
  t.match(
    b.visits
      .slice(1)
      .map(({ kind, state }) => `${kind} ${state}`)
      .sort(),
    ['cross retracted', 'visit open'],
  );
});
