import t from 'tap';
import { finalAfterMs } from '../../src/engine/plan/plans.js';
import { certaintyOf } from '../../src/engine/rules/gap/certainty.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import type { AlertVersion } from '../../src/model/alert.js';
import { drawScenario, play } from './scenario.js';
import { at, Bench, checkpointGap, circle, HOUR, MINUTE, plan, T0, unit } from './support.js';
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

t.test('a gap that the end of its window closed at the very edge of what is settled stands', async (t) => {
  const closesMs = T0 + 18 * MINUTE;
  const bench = new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1')],
      rules: [checkpointGap(['gate'], { binds: 'open' })],
      schedules: { open: [T0, closesMs] },
    }),
  );
  const settlesMs = closesMs + finalAfterMs(bench.state);
  bench.drive(settlesMs + 20_000, { 'car-1': () => far });
  t.ok(bench.state.finalToMs <= closesMs && bench.state.finalToMs > closesMs - 10 * MINUTE);
  bench.drive(settlesMs + 12 * MINUTE, { 'car-1': () => null });
  t.match(latest(bench.alerts), [{ condition: 'cleared', toMs: closesMs }]);
});

t.test('what is certain of a time that is partly forgotten', async (t) => {
  const remembered = { sure: [12, 37, 60, 100], longestMs: 40, sureMs: 50, units: ['a'] };
  const possible =
    (...spans: (readonly [string, number, number])[]) =>
    () =>
      spans.map(([unit, fromMs, toMs]) => ({ unit, fromMs, toMs }));
  const of = (fromMs: number, toMs: number, ...spans: (readonly [string, number, number])[]): object =>
    certaintyOf(fromMs, toMs, 1_000, {
      nowMs: 1_000,
      sinceMs: 100,
      remembered,
      possible: possible(...spans),
      covered: [],
      countsAfterMs: () => 0,
      outages: [],
    });
  t.match(of(10, 150), { longestMs: 90, sureMs: 100, runningFromMs: 60, units: ['a'] }, 'sure since before');
  t.match(
    of(10, 150, ['b', 90, 101]),
    { longestMs: 49, sureMs: 99, runningFromMs: 101, units: ['a', 'b'] },
    'doubt over the edge',
  );
  t.match(of(10, 150, ['b', 104, 150]), { longestMs: 44, sureMs: 54, runningFromMs: null, units: ['a', 'b'] });
  t.match(
    of(10, 105, ['b', 100, 105]),
    { longestMs: 40, sureMs: 50, runningFromMs: null, units: ['a', 'b'] },
    'the longest was before',
  );
  t.match(of(80, 150), { longestMs: 70, runningFromMs: 80, units: ['a'] }, 'not before the gap itself');
  t.match(of(120, 150), { longestMs: 30, sureMs: 30, runningFromMs: 120, units: [] }, 'another gap');
});

/** All of a version but by which plan it fell due: of a gap that began before the oldest plan that is kept, that is forgotten. */
function saidOf(alert: AlertVersion | undefined): string {
  return JSON.stringify(alert ?? null).replace(/"planVersion":\d+/, '');
}

for (const seed of [2, 3]) {
  t.test(`seed ${seed}: forgetting changes no visit and no alert (S2)`, async (t) => {
    const arrivals = drawScenario(seed, { hours: 3, delayMs: 25 * MINUTE, plans: true, events: true });
    const untilMs = T0 + 5 * HOUR;
    const [forgets, keeps] = [true, false].map((prune) => play(arrivals, { untilMs, prune })) as [Bench, Bench];
    t.ok(forgets.state.finalToMs > 0 && keeps.state.finalToMs === 0, 'one of them forgets');
    t.ok(
      keeps.alerts.length > 100 && keeps.visits.length > 100,
      `${keeps.alerts.length} alerts, ${keeps.visits.length} visits`,
    );
    t.same(forgets.visits, keeps.visits);
    const first = forgets.alerts.findIndex((alert, i) => saidOf(alert) !== saidOf(keeps.alerts[i]));
    t.equal(saidOf(forgets.alerts[first]), saidOf(keeps.alerts[first]), `alert version ${first}`);
    t.equal(forgets.alerts.length, keeps.alerts.length);
  });
}
