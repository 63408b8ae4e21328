import t from 'tap';
import { HORIZON_MS } from '../../src/model/limits.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, square, T0, unit } from './support.js';
import { latest, latestVisits } from './verdicts.js';

// Input that must be expected: what it moves, and what it does not.

t.test(
  'a tracker 8 hours ahead for an hour: its fixes move nothing, before, during or after (E1) [clock]',
  async (t) => {
    const rule = checkpointGap(['gate'], { thresholdMs: 10 * MINUTE, graceMs: 0 });
    const bench = new Bench(plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [rule] }));
    bench.drive(T0 + 30 * MINUTE, { 'car-1': () => at(0) });
    const badFromMs = bench.nowMs;
    for (const [untilMs, certainty] of [
      [badFromMs + 25 * MINUTE, 'unknown'],
      [badFromMs + HOUR, 'uncovered'],
    ] as const) {
      while (bench.nowMs < untilMs) {
        bench.tickTo(bench.nowMs + 10_000);
        bench.send('car-1', fix(bench.nowMs + 8 * HOUR, at(0)));
      }
      t.match(latest(bench.alerts), [{ rule: 'checkpoint-gap', certainty, condition: 'active' }]);
    }
    const silentSinceMs = badFromMs - 1_000;
    t.match(latest(bench.alerts), [{ evidence: { notReporting: [{ unit: 'car-1', sinceMs: silentSinceMs }] } }]);
    t.equal(bench.state.counts.flags['clock-ahead'], 360);
    const rightAgainMs = bench.nowMs;
    bench.drive(rightAgainMs + 20 * MINUTE, { 'car-1': () => at(0) });
    t.match(latest(bench.alerts), [{ condition: 'cleared' }], 'with a right clock it counts at once');
    const visits = latestVisits(bench.visits);
    t.match(visits, [{ place: 'gate' }, { place: 'gate', state: 'open' }]);
    t.ok((visits[1]?.innerFromMs ?? 0) > rightAgainMs);
    // Eight hours later the instants come that it had claimed.
    bench.tickTo(badFromMs + 8 * HOUR);
    bench.drive(bench.nowMs + 10 * MINUTE, { 'car-1': () => at(0) });
    t.equal(bench.state.counts.duplicate, 0, 'what was not believed is not remembered');
  },
);

t.test(
  'a week of backlog newest first: what is beyond the horizon is told as late and is not kept (E2) [backlog]',
  async (t) => {
    const bench = new Bench(plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [] }));
    bench.tickTo(T0 + HOUR, 10_000);
    const newestMs = bench.nowMs;
    const week = (7 * 24 * HOUR) / 10_000;
    for (let sent = 0; sent < week; sent += 1_000) {
      const fixes = Array.from({ length: 1_000 }, (_, i) => fix(newestMs - (sent + i) * 10_000, at(0)));
      bench.send('car-1', ...fixes);
      bench.tickTo(bench.nowMs + 1_000);
    }
    const held = bench.state.units.get('car-1')?.fixes.open().length ?? 0;
    t.ok(held <= HORIZON_MS / 10_000 + 1, `${held} fixes are held`);
    const { late = 0, 'unknown-tracker': before = 0 } = bench.state.counts.flags;
    t.equal(late + before, Math.ceil(week / 1_000) * 1_000 - HORIZON_MS / 10_000 - 1, 'each of the others is told');
    t.match(latestVisits(bench.visits), [{ innerFromMs: newestMs - HORIZON_MS }], 'a visit of the horizon, no more');
  },
);

t.test(
  'a zone is removed while units are inside: their visits end with its plan, and so does what was said of it [plan-change]',
  async (t) => {
    const rule = checkpointGap(['gate', 'zone'], { thresholdMs: 10 * MINUTE, graceMs: 0 });
    const first = plan({
      places: [circle('gate', at(5_000), 100), square('zone', at(0), 500)],
      units: [unit('car-1'), unit('car-2')],
      rules: [rule],
    });
    const bench = new Bench(first);
    const inside = { 'car-1': () => at(0), 'car-2': () => at(100) };
    bench.drive(T0 + 20 * MINUTE, inside);
    const inForceFromMs = bench.nowMs + 2 * MINUTE;
    const places = first.places.filter(({ id }) => id !== 'zone');
    const rules = [checkpointGap(['gate'], { thresholdMs: 10 * MINUTE, graceMs: 0 })];
    bench.append(bench.nowMs, { kind: 'plan', plan: { ...first, version: 2, inForceFromMs, places, rules } });
    bench.drive(inForceFromMs + 40 * MINUTE, inside);
    for (const { place, state, innerToMs } of latestVisits(bench.visits)) {
      t.same([place, state], ['zone', 'closed']);
      t.ok(innerToMs !== null && innerToMs < inForceFromMs && innerToMs > inForceFromMs - 15_000, 'until its end');
    }
    t.equal(latestVisits(bench.visits).length, 2);
    t.same(
      latest(bench.alerts).map(({ place, condition }) => [place, condition]),
      [['gate', 'active']],
      'nothing is said of a zone that is not there',
    );
  },
);
