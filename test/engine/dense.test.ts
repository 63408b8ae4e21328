import t from 'tap';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import { countersOf, takeHotDelta } from '../../src/engine/hot-view.js';
import { step } from '../../src/engine/pipeline.js';
import {
  DENSE_FLOOR_MS,
  HORIZON_MS,
  MAX_COPIES_PER_INSTANT,
  REFOLD_FIXES_PER_S,
  REFOLD_WAIT_MS,
} from '../../src/model/limits.js';
import type { Fix } from '../../src/model/fix.js';
import { recentPoints } from '../../src/engine/track/recent.js';
import type { TrackPoint } from '../../src/engine/track/fold.js';
import { type UnitState, unitState } from '../../src/engine/track/unit.js';
import { type DenseRun, denseBench, denseRuns, playDense } from '../support/dense-runs.js';
import { at, Bench, circle, fix, MINUTE, plan, T0, unit } from './support.js';
import { latestVisits, random } from './verdicts.js';

const SEED = 20_261_129;
const TRICKLE_S = 15;
/** Instants of one unit that count within the horizon, at most. */
const MAX_HELD = HORIZON_MS / DENSE_FLOOR_MS + 1;

/** Fixes folded at one entry at most, and in all. */
function costs(run: DenseRun): { most: number; all: number; lastS: number; held: number } {
  const bench = denseBench();
  const firstMs = bench.nowMs;
  let [most, before] = [0, bench.state.foldedFixes];
  const append = bench.append.bind(bench);
  bench.append = (ms, entry) => {
    const id = append(ms, entry);
    most = Math.max(most, bench.state.foldedFixes - before);
    before = bench.state.foldedFixes;
    return id;
  };
  playDense(run, bench);
  const held = bench.state.units.get('car-1')?.fixes.open().length ?? 0;
  return { most, all: before, lastS: (bench.nowMs - firstMs) / 1_000, held };
}

/** Anything at any time in any order, in bursts. */
function drawn(seed: number): DenseRun {
  const next = random(seed);
  let atMs = T0 + 40 * MINUTE;
  const sends = Array.from({ length: 80 }, () => {
    atMs += Math.floor(next() * next() * 20_000);
    const fromMs = atMs - Math.floor(next() * HORIZON_MS);
    const stepMs = (next() < 0.5 ? -1 : 1) * Math.floor(next() * next() * 3_000);
    const fixes = Array.from({ length: 1 + Math.floor(next() * next() * 400) }, (_, i) =>
      fix(fromMs + i * stepMs, at(2_000 * next() * next(), 30 * next()), {
        hdopCenti: 80 + Math.floor(next() * 3_000),
      }),
    );
    return { atMs, fixes };
  });
  return { name: `drawn, seed ${seed}`, sends };
}

/** More fixes within the horizon than may be held, were each of them to count. */
function crammed(): DenseRun {
  const atMs = T0 + 40 * MINUTE;
  const [reports, stepMs] = [16, 100];
  const sends = Array.from({ length: reports }, (_, report) => ({
    atMs,
    fixes: Array.from({ length: 1_000 }, (_, i) =>
      fix(atMs - stepMs * (1_000 * (reports - report) - i), at((i % 2) * 10)),
    ),
  }));
  return { name: `${reports} reports of 1,000 fixes ${stepMs} ms apart`, sends };
}

t.test('whatever a tracker sends, what it costs to fold is bounded: at an instant, and in the long run', async (t) => {
  for (const run of [...denseRuns(SEED, TRICKLE_S), crammed(), drawn(SEED), drawn(SEED + 1), drawn(SEED + 2)]) {
    const sent = run.sends.reduce((sum, { fixes }) => sum + fixes.length, 0);
    const { most, all, lastS, held } = costs(run);
    // Once into the base, once into the head that is made again, and what comes in order.
    t.ok(most <= 3 * MAX_HELD, `${run.name}: ${most} fixes folded at one entry`);
    const budget = 2 * sent + MAX_HELD + REFOLD_FIXES_PER_S * (lastS + REFOLD_WAIT_MS / 1_000);
    t.ok(all <= budget, `${run.name}: ${sent} fixes sent, ${all} folded in ${lastS} s, at most ${budget}`);
    t.ok(held <= MAX_COPIES_PER_INSTANT * MAX_HELD, `${run.name}: ${held} held`);
  }
});

/** A car whose tracker says everything several times, each time a little otherwise, within half a second. */
function crowd(seed: number): Fix[] {
  const next = random(seed);
  const fixes: Fix[] = [];
  for (let i = 0; i < 150; i += 1) {
    const ms = T0 + 40 * MINUTE + 5_000 * i;
    const east = 400 - Math.abs(400 - 6 * i);
    for (let k = Math.floor(next() * 4); k >= 0; k -= 1) {
      const own = ms + Math.floor(next() * 900);
      fixes.push(fix(own, next() < 0.2 ? null : at(east + 20 * next()), { hdopCenti: next() < 0.5 ? 100 : 200 }));
      for (let c = Math.floor(next() * 7); c > 0; c -= 1)
        fixes.push(fix(own, at(east + (next() < 0.5 ? 3_000 : 40) * next()), { hdopCenti: next() < 0.7 ? 100 : 200 }));
    }
  }
  return fixes;
}

const GATES = Array.from({ length: 3 }, (_, i) => circle(`gate-${i}`, at(130 * i), 60));

/** Each fix at most 25 minutes late, by a draw of its own. */
function playCrowd(fixes: readonly Fix[], delaySeed: number | null): Bench {
  const bench = new Bench(plan({ places: GATES, units: [unit('car-1')], rules: [] }));
  const next = random(delaySeed ?? 1);
  const sends = fixes
    .map((one) => ({ one, atMs: one.eventTimeMs + (delaySeed === null ? 0 : Math.floor(next() * 25 * MINUTE)) }))
    .sort((a, b) => a.atMs - b.atMs);
  for (const { one, atMs } of sends) {
    bench.tickTo(Math.max(bench.nowMs, atMs), 5_000);
    bench.send('car-1', one);
  }
  bench.tickTo(T0 + 90 * MINUTE, 5_000);
  return bench;
}

function recentOf({ head, fixes }: UnitState): readonly TrackPoint[] {
  return head === null ? [] : recentPoints(head, fixes);
}

function comesTo(bench: Bench): unknown {
  const car = bench.state.units.get('car-1');
  const bounds = latestVisits(bench.visits)
    .filter(({ state }) => state !== 'retracted')
    .map(({ place, kind, innerFromMs, innerToMs, outerFromMs, outerToMs }) =>
      [place, kind, innerFromMs, innerToMs, outerFromMs, outerToMs].join(' '),
    );
  return { bounds: bounds.sort(), last: car?.head?.last, recent: car && recentOf(car), stands: car?.head?.stands };
}

t.test('which of dense fixes and conflicting copies count depends on what came, not on its order', async (t) => {
  for (let seed = 1; seed <= 2; seed += 1) {
    const fixes = crowd(seed);
    const inOrder = playCrowd(fixes, null);
    const expected = comesTo(inOrder);
    t.ok((countersOf(inOrder.state).flags['too-dense'] ?? 0) > 30, 'some are too dense');
    t.ok((countersOf(inOrder.state).flags.conflict ?? 0) > 100, 'some are in conflict');
    for (let order = 1; order <= 2; order += 1)
      t.same(comesTo(playCrowd(fixes, 100 * seed + order)), expected, `seed ${seed}, order ${order}`);
  }
});

t.test('of equally sure copies of an instant the one counts that the unit can have reached', async (t) => {
  for (const side of [-1, 1]) {
    const made = new Bench(plan({ places: GATES, units: [unit('car-1')], rules: [] }));
    const ms = made.nowMs - 60_000;
    const far = fix(ms + 10_000, at(side * 3_000));
    const near = fix(ms + 10_000, at(100 * side));
    for (const copies of [
      [far, near],
      [near, far],
    ]) {
      made.send('car-1', ...copies);
      // Which of them can be reached is known only by a fix that comes last.
      made.tickTo(made.nowMs + 2_000);
    }
    made.send('car-1', fix(ms, at(0)));
    made.tickTo(made.nowMs + 20_000);
    t.match(made.state.units.get('car-1')?.head?.last, near.position, side < 0 ? 'the eastern one' : 'the western one');
  }
});

t.test(
  'of two fixes in one stretch the first that says where counts, and a surer one is no surer for it',
  async (t) => {
    const made = new Bench(plan({ places: GATES, units: [unit('car-1')], rules: [], denseFactor: 5 }));
    const ms = Math.floor(made.nowMs / 2_000) * 2_000 - 60_000;
    made.send('car-1', fix(ms + 1_999, at(3), { hdopCenti: 50 }), fix(ms + 1_000, at(2)), fix(ms + 500, null));
    made.send('car-1', fix(ms + 2_000, at(4)));
    made.tickTo(made.nowMs + 2_000);
    const car = unitState(made.state, 'car-1');
    t.same(
      recentOf(car).map((one) => one.eventTimeMs),
      [ms + 1_000, ms + 2_000],
    );
    t.match(countersOf(made.state), { admitted: 2, flags: { 'too-dense': 2 } });
  },
);

t.test('late fixes that wait are said to wait, change nothing until then, and survive a restore', async (t) => {
  const run = denseRuns(SEED, TRICKLE_S).find(({ name }) => name === 'one late fix a second behind a full horizon');
  if (run === undefined) return t.fail('the run is there');
  const bench = denseBench();
  playDense({ ...run, sends: run.sends.slice(0, 12) }, bench);
  const { log } = bench;
  const waits = new Set<boolean>();
  let state = restoreState(dumpState(denseBench().state));
  const whole = denseBench().state;
  takeHotDelta(whole);
  const from = denseBench().log.length;
  for (const { id, entry } of log.slice(from)) {
    t.strictSame(step(state, id, entry), step(whole, id, entry));
    const record = takeHotDelta(whole).units.get('car-1');
    t.same(takeHotDelta(state).units.get('car-1'), record);
    if (record !== null && record !== undefined) waits.add(record.refoldAtMs !== null);
    state = restoreState(dumpState(state));
  }
  t.same(waits, new Set([true, false]), 'both were seen');
  t.same(dumpState(state), dumpState(whole));
  const last = whole.units.get('car-1');
  t.same([last?.standing, last?.fixes.length], [null, last?.folded], 'in the end nothing waits');
});
