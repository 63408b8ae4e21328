import t from 'tap';
import { findWhereabouts } from '../../src/engine/presence/presence.js';
import { unitState } from '../../src/engine/track/unit.js';
import { at, Bench, circle, fix, plan, T0, unit } from './support.js';

const UNITS = ['car-1', 'car-2'];

/** A district in which two cars report, and all is up to date. */
function settledBench(): Bench {
  const bench = new Bench(
    plan({ places: [circle('gate', at(0), 100)], units: UNITS.map((id) => unit(id)), rules: [] }),
  );
  for (let ms = T0 + 10_000; ms <= T0 + 60_000; ms += 10_000) {
    bench.tickTo(ms);
    for (const id of UNITS) bench.send(id, fix(ms, at(0)));
  }
  bench.tickTo(bench.nowMs + 1_000);
  return bench;
}

t.test('a unit whose track changes after somebody asked what was known of it is looked at again', async (t) => {
  const { state } = settledBench();
  t.strictSame(findWhereabouts(state).changing, []);
  state.presence.recall(state, 'car-1');
  const { head } = unitState(state, 'car-1');
  if (head === null || head.last === null) throw new Error('car-1: got no position');
  head.candidates = [head.last];
  t.strictSame(
    findWhereabouts(state).changing.map(({ id }) => id),
    ['car-1'],
  );
});

t.test('a unit that changes no more is kept again', async (t) => {
  const { state } = settledBench();
  state.presence.recall(state, 'car-1');
  const { head } = unitState(state, 'car-1');
  if (head === null || head.last === null) throw new Error('car-1: got no position');
  head.candidates = [head.last];
  findWhereabouts(state);
  head.candidates = [];
  t.strictSame(findWhereabouts(state).changing, []);
});
