import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { countersOf } from '../../src/engine/hot-view.js';
import { compareCopies } from '../../src/engine/track/copies.js';
import { sigmaM } from '../../src/engine/track/sigma.js';
import { unitState } from '../../src/engine/track/unit.js';
import type { Fix } from '../../src/model/fix.js';
import type { FixCounters } from '../../src/model/hot.js';
import { CLOCK_AHEAD_MS, HORIZON_MS, MAX_TRACK_SIGMA_M } from '../../src/model/limits.js';
import { at, Bench, circle, fix, MINUTE, plan, T0, unit } from './support.js';

const SEED = 20_261_124;
const ZERO: FixCounters = { admitted: 0, duplicate: 0, flagged: 0, refused: 0, flags: {} };

function bench(): Bench {
  const made = new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1'), unit('foot-1', { kind: 'foot' })],
      rules: [],
    }),
  );
  made.tickTo(T0 + 2 * HORIZON_MS, 10_000);
  return made;
}

/** Counters once everything that was sent is settled. */
function counted(made: Bench): FixCounters {
  made.tickTo(made.nowMs + 1_000);
  return countersOf(made.state);
}

/** The fixes of car-1 that may still be joined by others. */
function heldOf(made: Bench): readonly Fix[] {
  return unitState(made.state, 'car-1').fixes.open();
}

/** Where hot state would say that the unit is. */
function position(made: Bench, unitId = 'car-1'): { lngE7: number; latE7: number; eventTimeMs: number } | null {
  const last = made.state.units.get(unitId)?.head?.last ?? null;
  return last === null ? null : { lngE7: last.lngE7, latE7: last.latE7, eventTimeMs: last.eventTimeMs };
}

t.test('a fix counts once, however often it comes (O1)', async (t) => {
  const made = bench();
  const one = fix(made.nowMs, at(10));
  made.send('car-1', one, one);
  made.send('car-1', one);
  t.same(counted(made), { ...ZERO, admitted: 1, duplicate: 2 });
  made.send('car-1', one);
  t.same(counted(made), { ...ZERO, admitted: 1, duplicate: 3 });
});

t.test('a repeat is a duplicate up to the horizon and late beyond it, whatever the fold has forgotten', async (t) => {
  const made = bench();
  const old = fix(made.nowMs, at(10));
  made.send('car-1', old);
  made.tickTo(old.eventTimeMs + HORIZON_MS, 10_000);
  made.send('car-1', old);
  t.same(counted(made), { ...ZERO, admitted: 1, duplicate: 1 }, 'at the horizon');
  made.send('car-1', fix(made.nowMs, at(10)), old);
  t.same(heldOf(made)[0], old, 'it is held');
  t.same(counted(made), { ...ZERO, admitted: 2, duplicate: 1, flagged: 1, flags: { late: 1 } }, 'beyond it');
  t.not(heldOf(made)[0]?.eventTimeMs, old.eventTimeMs, 'it is forgotten');
  made.send('car-1', old);
  t.same(counted(made), { ...ZERO, admitted: 2, duplicate: 1, flagged: 2, flags: { late: 2 } }, 'far beyond it');
});

t.test('a fix is late one millisecond beyond the horizon (E2)', async (t) => {
  const made = bench();
  made.send('car-1', fix(made.nowMs - HORIZON_MS, at(10)), fix(made.nowMs - HORIZON_MS - 1, at(20)));
  t.same(counted(made), { ...ZERO, admitted: 1, flagged: 1, flags: { late: 1 } });
});

t.test(
  'another copy of an instant beyond the horizon moves nothing, though the first is still held (E2)',
  async (t) => {
    const made = bench();
    const first = fix(made.nowMs, at(500));
    made.send('car-1', first);
    made.tickTo(first.eventTimeMs + HORIZON_MS + 1_000, 10_000);
    t.ok(compareCopies(fix(first.eventTimeMs, at(-500), { hdopCenti: 50 }), first) < 0, 'the copy would count');
    made.send('car-1', fix(first.eventTimeMs, at(-500), { hdopCenti: 50 }), first);
    t.same(counted(made), { ...ZERO, admitted: 1, flagged: 2, flags: { late: 2 } });
    t.match(position(made), first.position);
  },
);

t.test('a clock may be a minute ahead, not more (E1)', async (t) => {
  const made = bench();
  const aheadMs = made.nowMs + CLOCK_AHEAD_MS;
  made.send('car-1', fix(aheadMs, at(10)));
  made.send('foot-1', fix(aheadMs + 1, at(20)));
  t.same(counted(made), { ...ZERO, admitted: 1, flagged: 1, flags: { 'clock-ahead': 1 } });
  t.match(position(made), { eventTimeMs: aheadMs });
  made.tickTo(aheadMs + 1 - CLOCK_AHEAD_MS + 10_000);
  made.send('foot-1', fix(aheadMs + 1, at(20)));
  t.match(counted(made), { admitted: 2, flagged: 1 }, 'a copy that comes in time counts: the first is not remembered');
});

t.test('positions that say nothing move nothing', async (t) => {
  const made = bench();
  const now = made.nowMs;
  made.send(
    'car-1',
    fix(now, at(10)),
    fix(now + 1_000, null),
    fix(now + 2_000, { lngE7: 0, latE7: 0 }),
    fix(now + 3_000, { lngE7: 1_000, latE7: -1_000 }),
    fix(now + 4_000, at(20), { located: false }),
    fix(now + 5_000, at(20), { hdopCenti: null, satellites: 3 }),
    fix(now + 6_000, at(20), { accuracyDm: 10 * MAX_TRACK_SIGMA_M + 1 }),
  );
  made.append(made.nowMs, {
    kind: 'fixes',
    batches: [
      { tracker: 'stranger', reportId: '02', fixes: [fix(now, at(10))], rejected: [] },
      { tracker: 't-car-1', reportId: '03', fixes: [], rejected: [{ index: 0, code: 'time-missing' }] },
    ],
  });
  const flags = { 'no-position': 1, 'not-located': 2, 'too-vague': 1, 'null-island': 2, 'unknown-tracker': 1 };
  t.same(counted(made), { admitted: 1, duplicate: 0, flagged: 7, refused: 1, flags });
  t.match(position(made), { eventTimeMs: now });
  t.notOk(made.state.units.has('stranger'));
});

t.test(
  'σ by the accuracy in metres, else by HDOP, else by satellites, else assumed; no satellite is no position',
  async (t) => {
    const table: [Partial<Fix>, number | null][] = [
      [{ hdopCenti: 0 }, 5],
      [{ hdopCenti: 100 }, 5],
      [{ hdopCenti: 101 }, 5.05],
      [{ hdopCenti: 1_200, satellites: 3 }, 60],
      [{ hdopCenti: null, satellites: 8 }, 8],
      [{ hdopCenti: null, satellites: 7 }, 15],
      [{ hdopCenti: null, satellites: 5 }, 15],
      [{ hdopCenti: null, satellites: 4 }, 30],
      [{ hdopCenti: null, satellites: 3 }, null],
      [{ hdopCenti: null, satellites: 0 }, null],
      [{ hdopCenti: null, satellites: null }, 15],
      [{ hdopCenti: null, satellites: null, located: null }, 15],
      [{ hdopCenti: 40_000 }, 2_000],
      [{ accuracyDm: 650 }, 65],
      [{ accuracyDm: 650, hdopCenti: null, satellites: null, located: null }, 65],
      [{ accuracyDm: 1 }, 5],
      [{ accuracyDm: 1_000_000 }, 100_000],
      [{ accuracyDm: 650, satellites: 3 }, 65],
      [{ accuracyDm: 50, satellites: 0 }, null],
      [{ hdopCenti: 90, satellites: 0 }, null],
      [{ accuracyDm: 50, located: false }, null],
      [{ located: false }, null],
    ];
    for (const [fields, expected] of table) t.equal(sigmaM(fix(T0, at(0), fields)), expected, JSON.stringify(fields));
  },
);

t.test('of several copies of an instant the least counts, whatever order they came in', async (t) => {
  const now = bench().nowMs;
  const copy = fc.record({
    eastM: fc.integer({ min: -3, max: 3 }),
    hdopCenti: fc.constantFrom(80, 100, 200, null),
    satellites: fc.constantFrom(3, 6, 12, null),
    located: fc.constantFrom(true, false, null),
    speedCmps: fc.constantFrom(0, 100, null),
    lightbar: fc.constantFrom(true, false, null),
  });
  fc.assert(
    fc.property(
      fc.array(copy, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
      (drawn, keys) => {
        const fixes = drawn.map(({ eastM, ...fields }) => fix(now, at(eastM), fields));
        const shuffled = fixes.map((f, i) => [keys[i] ?? 0, f] as const).sort((a, b) => a[0] - b[0]);
        const ends = [fixes, shuffled.map(([, f]) => f)].map((order) => {
          const made = bench();
          for (const [i, f] of order.entries()) {
            made.send('car-1', f);
            if (i % 2 === 1) made.tickTo(made.nowMs + 1_000);
          }
          const { admitted, duplicate, flagged } = counted(made);
          assert.equal(admitted + duplicate + flagged, order.length, 'each copy has one disposition');
          return heldOf(made);
        });
        assert.deepEqual(ends[0], ends[1]);
      },
    ),
    { seed: SEED, numRuns: 60 },
  );
  t.pass(`seed ${SEED}`);
});

t.test('each field of a fix decides between copies that are equal in all before it', async (t) => {
  const some = fix(T0, at(0), { altitudeDm: 5, speedCmps: 5, courseCdeg: 5, hdopCenti: 90, beidouSatellites: 5 });
  const flags = { power: false, ignition: false, lightbar: false, sos: false, backfill: false } as const;
  const whole: Fix = { ...some, accuracyDm: 50, batteryPercent: 80, ...flags };
  // σ does not tell these apart: the floor of 5 m holds for all of them.
  const others: Partial<Fix>[] = [
    { position: at(1) },
    { position: at(0, 1) },
    { altitudeDm: 6 },
    { speedCmps: 6 },
    { courseCdeg: 6 },
    { located: null },
    { satellites: 11 },
    { beidouSatellites: 6 },
    { hdopCenti: 80 },
    { accuracyDm: 40 },
    { power: true },
    { batteryPercent: 90 },
    { ignition: true },
    { lightbar: true },
    { sos: true },
    { backfill: true },
  ];
  for (const other of others) {
    const ends = [
      [whole, { ...whole, ...other }],
      [{ ...whole, ...other }, whole],
    ].map((copies) => {
      const made = bench();
      made.send('car-1', ...copies.map((copy) => ({ ...copy, eventTimeMs: made.nowMs })));
      return heldOf(made);
    });
    t.same(ends[0], ends[1], JSON.stringify(other));
  }
});

t.test(
  'a hole in the trace begins at 120 s, or at three intervals, and what was before says nothing after',
  async (t) => {
    for (const [intervalMs, gapMs, holes] of [
      [10_000, 119_999, 0],
      [10_000, 120_000, 1],
      [50_000, 149_999, 0],
      [50_000, 150_000, 1],
    ] as const) {
      const made = new Bench(
        plan({
          places: [circle('gate', at(0), 100)],
          units: [unit('car-1', { expectedIntervalMs: intervalMs })],
          rules: [],
        }),
      );
      made.drive(T0 + 5 * MINUTE, { 'car-1': () => at(1_000) });
      const lastMs = made.nowMs - 1_000;
      for (const lateMs of [0, 10_000, 20_000]) {
        made.tickTo(lastMs + gapMs + lateMs);
        made.send('car-1', fix(lastMs + gapMs + lateMs, at(0)));
      }
      made.tickTo(made.nowMs + 1_000);
      const head = made.state.units.get('car-1')?.head;
      t.equal(head?.holes.filter(({ from }) => from !== null).length, holes, `${gapMs} ms at ${intervalMs} ms`);
      t.equal(head?.recentFromMs === lastMs + gapMs, holes === 1, 'whether it stands is judged from the hole on');
    }
  },
);

t.test('a jump that no car can make is believed when three positions agree, from the first of them on', async (t) => {
  const made = bench();
  const start = made.nowMs;
  const send = (s: number, eastM: number): void => made.send('car-1', fix(start + s * 1_000, at(eastM)));
  for (const s of [0, 10, 20]) send(s, 0);
  send(30, 30_000);
  send(40, 30_050);
  t.same(counted(made), { ...ZERO, admitted: 3, flagged: 2, flags: { outlier: 2 } });
  t.match(position(made), at(0));
  made.tickTo(start + 50_000);
  send(50, 30_100);
  t.same(counted(made), { ...ZERO, admitted: 6 });
  t.match(position(made), at(30_100));
});

t.test('wild positions that do not agree are outliers for ever', async (t) => {
  const made = bench();
  const start = made.nowMs;
  const eastM = [0, 0, 50_000, 90_000, 0, 50_000, 50_010, 10, 50_000, -50_000, 50_000, 20];
  for (const [i, m] of eastM.entries()) made.send('car-1', fix(start + i * 5_000, at(m)));
  t.same(counted(made), { ...ZERO, admitted: 5, flagged: 7, flags: { outlier: 7 } });
});

t.test('what is too fast depends on the kind of unit, and on both accuracies', async (t) => {
  const made = bench();
  const now = made.nowMs;
  // 20 s at 55.56 m/s and σ 5 m each: 1,121.2 m. At 8.33 m/s: 176.6 m.
  made.send('car-1', fix(now, at(0)), fix(now + 20_000, at(1_121)), fix(now + 40_000, at(1_121 + 1_122)));
  made.send('foot-1', fix(now, at(0)), fix(now + 20_000, at(176.5)), fix(now + 40_000, at(176.5 + 177)));
  t.same(counted(made), { ...ZERO, admitted: 4, flagged: 2, flags: { outlier: 2 } });
});

t.test('the counters sum to what was sent', async (t) => {
  const drawn = fc.record({
    tracker: fc.constantFrom('t-car-1', 't-foot-1', 'stranger'),
    ageS: fc.constantFrom(-61, -60, -10, 0, 5, 10, 20, 30, 600, 1_799, 1_800, 1_801, 4_000),
    eastM: fc.constantFrom(0, 5, 4_000, null),
    located: fc.constantFrom(true, false),
    waitMs: fc.constantFrom(0, 0, 400, 1_000, 30_000, 400_000),
  });
  fc.assert(
    fc.property(fc.array(drawn, { maxLength: 60 }), (list) => {
      const made = bench();
      for (const { tracker, ageS, eastM, located, waitMs } of list) {
        if (waitMs > 0) made.tickTo(made.nowMs + waitMs, 9_000);
        const fixes = [fix(made.nowMs - ageS * 1_000, eastM === null ? null : at(eastM), { located })];
        const rejected = [{ index: 1, code: 'time-missing' as const }];
        made.append(made.nowMs, { kind: 'fixes', batches: [{ tracker, reportId: '01', fixes, rejected }] });
      }
      const { admitted, duplicate, flagged, refused, flags } = counted(made);
      assert.equal(admitted + duplicate + flagged, list.length);
      assert.equal(refused, list.length);
      assert.equal(
        flagged,
        Object.values(flags).reduce((sum, n) => sum + n, 0),
      );
    }),
    { seed: SEED, numRuns: 60 },
  );
  t.pass(`seed ${SEED}`);
});

t.test('a tracker that says anything is heard, a stranger is not', async (t) => {
  const made = bench();
  const heard = (): (number | null)[] => ['car-1', 'foot-1'].map((id) => made.state.units.get(id)?.lastHeardMs ?? null);
  t.same(heard(), [null, null]);
  made.append(made.nowMs, { kind: 'heartbeat', trackers: ['stranger', 't-car-1'] });
  const first = made.nowMs;
  t.same(heard(), [first, null]);
  made.tickTo(made.nowMs + MINUTE);
  made.send('foot-1', fix(made.nowMs + 10 * MINUTE, at(0)));
  t.same(heard(), [first, made.nowMs]);
});
