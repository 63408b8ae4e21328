import t from 'tap';
import type { Fix } from '../../src/model/fix.js';
import { runRound, runStop, standsOf } from '../support/stop-run.js';
import { at, fix, T0 } from './support.js';

/** `npm run bench -- stops` is the measurement; this is small, so its bars are wider. */
const SEEDS = Array.from({ length: 120 }, (_, i) => 1_001 + i);

/** One fix each 10 s: metres east by the count. */
function track(...eastM: readonly number[]): Fix[] {
  return eastM.map((m, i) => fix(T0 + 10_000 * i, at(m)));
}

const stay = (count: number, m: number): number[] => Array.from({ length: count }, () => m);

/** When the stands began and were last seen, in fixes. */
function spans(fixes: readonly Fix[]): [since: number, last: number][] {
  return standsOf(fixes).map(({ sinceMs, lastMs }) => [(sinceMs - T0) / 10_000, (lastMs - T0) / 10_000]);
}

t.test('noise in the first fixes seldom puts off a stand (seeds 1001-1120)', async (t) => {
  const starts = SEEDS.map((seed) => runStop(seed, { kind: 'car', speedMps: 10, drifts: true }) / 1_000);
  const late = starts.filter((s) => s > 10).length / SEEDS.length;
  const early = Math.min(...starts);
  t.ok(late <= 0.12, `${late} begin more than a report late, at most 0.12`);
  t.ok(early >= -20, `the earliest ${-early} s early, at most 20`);
});

t.test('under open sky a stand begins with the first position at rest, or the one before it', async (t) => {
  const starts = SEEDS.map((seed) => runStop(seed, { kind: 'car', speedMps: 10, drifts: false }) / 1_000);
  t.same([...new Set(starts)].sort(), [-10, 0]);
});

t.test('a first fix that is off is not where the unit stands', async (t) => {
  t.same(spans(track(-300, -200, -100, 0, 12, 12, 12, ...stay(30, 12))), [[4, 36]], 'beyond its σ: on the way');
  t.same(spans(track(-300, -200, -100, 4, 12, 12, 12, ...stay(30, 12))), [[3, 36]], 'within: at rest');
  const [stand] = standsOf(track(-300, -200, -100, 4, 12, 12, 12, ...stay(30, 12)));
  t.equal(stand?.lngE7, at(12).lngE7, 'the middle is the median');
});

t.test('one multipath burst does not put off a stand', async (t) => {
  for (const burst of [1, 2, 3, 4, 5, 6]) {
    const rest = stay(30, 0).map((m, i) => (i === burst ? 90 : m));
    t.same(spans(track(-300, -200, -100, ...rest)), [[3, 32]], `fix ${burst} of the stop`);
  }
});

t.test('a unit that moved on a little stands there from when it came', async (t) => {
  t.same(spans(track(...stay(20, 0), 100, ...stay(30, 250))), [
    [0, 19],
    [21, 50],
  ]);
});

t.test('a unit that drives or walks stands nowhere for a minute', async (t) => {
  for (const stepM of [15, 30, 100]) {
    const longest = Math.max(...spans(track(...stay(60, 0).map((_, i) => stepM * i))).map(([from, to]) => to - from));
    t.ok(longest < 6, `${stepM} m each 10 s: at most ${longest} intervals`);
  }
});

t.test('a stop of a minute in the next street is a stand of its own, and ends the one before', async (t) => {
  t.same(spans(track(...stay(12, 0), 80, ...stay(6, 80), 160, ...stay(17, 160))), [
    [0, 11],
    [12, 18],
    [19, 36],
  ]);
});

t.test('few stops of a delivery van make no stand (seeds 1001-1020, a fix each 5 or 10 s)', async (t) => {
  for (const intervalMs of [5_000, 10_000]) {
    const rounds = Array.from({ length: 20 }, (_, i) => runRound(1_001 + i, intervalMs));
    const missed = rounds.reduce((sum, round) => sum + round.missed, 0);
    const stops = rounds.reduce((sum, round) => sum + round.stops, 0);
    t.ok(missed <= 0.05 * stops, `${missed} of ${stops} missed, a fix each ${intervalMs / 1_000} s`);
  }
});
