import t from 'tap';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import { at, Bench, checkpointGap, circle, MINUTE, plan, T0, unit } from './support.js';
import { latest } from './verdicts.js';

// What is forgotten must change nothing: the engine prunes each ten minutes what is older than two horizons.

const far = at(60_000);

function gateBench(): Bench {
  return new Bench(
    plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [checkpointGap(['gate'])] }),
  );
}

t.test('the last visit of a unit that fell silent still counts after it was forgotten', async (t) => {
  const bench = gateBench();
  bench.drive(T0 + 30 * MINUTE, { 'car-1': () => at(0) });
  bench.drive(T0 + 40 * MINUTE, { 'car-1': () => far });
  bench.tickTo(T0 + 150 * MINUTE, 9_000);
  const restored = restoreState(dumpState(bench.state));
  bench.drive(T0 + 155 * MINUTE, { 'car-1': () => far });
  t.match(latest(bench.alerts), [{ fromMs: T0 + 30 * MINUTE, toMs: null }]);
  t.notOk(
    bench.alerts.some(({ change }) => change === 'corrected' || change === 'retracted'),
    'nothing is corrected by forgetting',
  );
  t.same(restored.units.get('car-1')?.head?.places.get('gate')?.visits ?? [], [], 'a restore does not bring it back');
});
