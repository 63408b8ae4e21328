import * as turf from '@turf/turf';
import t from 'tap';
import { coveredSpans, findWhereabouts } from '../../src/engine/presence/presence.js';
import { sigmaM } from '../../src/engine/track/sigma.js';
import type { Fix } from '../../src/model/fix.js';
import type { PlanPlace } from '../../src/model/plan.js';
import { type PositionE7, toLngLat } from '../../src/model/position.js';
import { at, Bench, circle, fix, MINUTE, plan, square, T0, unit } from './support.js';
import { referenceVisits } from './reference-visits.js';
import { latestVisits, random } from './verdicts.js';

const SEEDS = Array.from({ length: 36 }, (_, i) => i + 1);
/** Of turf's sphere against the ellipsoid, with room. */
const RULER_ERROR = 0.005;

interface Place {
  readonly place: PlanPlace;
  readonly distanceM: (position: PositionE7) => number;
}

function circlePlace(id: string, center: PositionE7, radiusM: number): Place {
  return {
    place: circle(id, center, radiusM),
    distanceM: (position) =>
      turf.distance([...toLngLat(center)], [...toLngLat(position)], { units: 'meters' }) - radiusM,
  };
}

function squarePlace(id: string, middle: PositionE7, halfM: number): Place {
  const place = square(id, middle, halfM);
  const flat = place.shape.type === 'polygon' ? (place.shape.rings[0] ?? []) : [];
  const ring: [number, number][] = [];
  for (let i = 0; i < flat.length; i += 2)
    ring.push([...toLngLat({ lngE7: flat[i] ?? 0, latE7: flat[i + 1] ?? 0 })] as [number, number]);
  const polygon = turf.polygon([[...ring, ring[0] ?? [0, 0]]]);
  return {
    place,
    distanceM: (position) => turf.pointToPolygonDistance([...toLngLat(position)], polygon, { units: 'meters' }),
  };
}

const PLACES: readonly Place[] = [
  circlePlace('big', at(0), 100),
  circlePlace('inner', at(30, 10), 40),
  circlePlace('next', at(160), 70),
  squarePlace('zone', at(250), 120),
];
const HDOP_CENTI = [100, 100, 100, 300, 600, 1_200, 1_990];

/** A unit that wanders about the places and stands on their edges; no fix where turf could judge otherwise. */
function drawTrack(seed: number, intervalS: number): Fix[] {
  const next = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const fixes: Fix[] = [];
  let ms = T0 + 1_000;
  let east = -150;
  let goal = 0;
  while (ms < T0 + 50 * MINUTE) {
    if (next() < 0.15) goal = next() * 600 - 150;
    east += Math.max(-80, Math.min(80, goal - east)) + (next() - 0.5) * 30;
    const position = at(east, (next() - 0.5) * 20);
    const hdopCenti = pick(HDOP_CENTI);
    const sigma = hdopCenti / 20;
    const clear = PLACES.every(({ distanceM }) => {
      const distance = distanceM(position);
      const error = Math.abs(distance) * RULER_ERROR + 100 * RULER_ERROR + 0.1;
      return Math.abs(distance) > error && Math.abs(distance - sigma - 25) > error;
    });
    if (!clear) continue;
    fixes.push(fix(ms, position, { hdopCenti }));
    const steps = [intervalS, intervalS, intervalS, intervalS, 2 * intervalS, 59, 60, 119, 119.999, 120, 150];
    ms += next() < 0.8 ? intervalS * 1_000 : Math.round(pick(steps) * 1_000);
  }
  return fixes;
}

t.test(`the visits are those of the documents (seeds 1 to ${SEEDS.length})`, async (t) => {
  let compared = 0;
  for (const seed of SEEDS) {
    const intervalS = seed % 3 === 0 ? 30 : seed % 3 === 1 ? 10 : 45;
    const holeMs = Math.max(120_000, 3 * intervalS * 1_000);
    const fixes = drawTrack(seed, intervalS);
    const bench = new Bench(
      plan({
        places: PLACES.map(({ place }) => place),
        units: [unit('car-1', { expectedIntervalMs: intervalS * 1_000 })],
        rules: [],
      }),
    );
    for (const one of fixes) {
      bench.tickTo(one.eventTimeMs, 10_000);
      bench.send('car-1', one);
    }
    bench.tickTo(bench.nowMs + 1_000);
    for (const { place, distanceM } of PLACES) {
      const expected = referenceVisits(
        fixes,
        ({ position }) => (position === null ? 1e9 : distanceM(position)),
        (one) => sigmaM(one) ?? 1e9,
        holeMs,
      );
      const found = latestVisits(bench.visits)
        .filter((visit) => visit.place === place.id && visit.kind === 'visit' && visit.state !== 'retracted')
        .map(({ innerFromMs, innerToMs, outerFromMs, outerToMs }) => ({
          innerFromMs,
          innerToMs,
          outerFromMs,
          outerToMs,
        }));
      t.same(found, expected, `seed ${seed}, ${place.id}: ${expected.length} visits`);
      compared += expected.length;
    }
  }
  t.ok(compared > 300, `${compared} visits compared`);
});

/** A bench with one circle of 100 m and the visits to it that stand, in seconds after T0. */
function visited(fixes: readonly (readonly [s: number, eastM: number, hdopCenti?: number])[]): object[] {
  const bench = new Bench(plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [] }));
  for (const [s, eastM, hdopCenti = 100] of fixes) {
    const ms = T0 + Math.round(s * 1_000);
    bench.tickTo(ms, 10_000);
    bench.send('car-1', fix(ms, at(eastM), { hdopCenti }));
  }
  bench.tickTo(bench.nowMs + 1_000);
  const seconds = (ms: number | null): number | null => (ms === null ? null : (ms - T0) / 1_000);
  return latestVisits(bench.visits)
    .filter(({ kind, state }) => kind === 'visit' && state !== 'retracted')
    .map(({ state, innerFromMs, innerToMs, outerFromMs, outerToMs }) => ({
      state,
      inner: [seconds(innerFromMs), seconds(innerToMs)],
      outer: [seconds(outerFromMs), seconds(outerToMs)],
    }));
}

/** Outside for long enough to be out and closed: 200 m away each 10 s over 130 s from `s`. */
function away(s: number): (readonly [number, number])[] {
  return Array.from({ length: 14 }, (_, i) => [s + 10 * i, 200] as const);
}

t.test('two fixes in a row at or within the boundary enter, to the millisecond', async (t) => {
  t.same(visited([[0, 200], [10, 50], [20, 200], [30, 50], ...away(40)]), [], 'never two in a row');
  t.same(visited([[0, 200], [10.001, 99.9], [20.002, 99.9], ...away(30.003)]), [
    { state: 'closed', inner: [10.001, 20.002], outer: [0, 30.003] },
  ]);
  t.same(visited([[0, 200], [10, 100.2], [20, 100.2], ...away(30)]), [], 'just outside');
  t.same(
    visited([
      [10, 50],
      [20, 50],
    ]),
    [{ state: 'open', inner: [10, null], outer: [null, null] }],
  );
});

t.test('a fix with σ above 100 m neither enters nor leaves', async (t) => {
  t.match(
    visited([
      [0, 200],
      [10, 50, 2_000],
      [20, 50, 2_000],
    ]),
    [{ state: 'open', inner: [10, null] }],
  );
  t.same(
    visited([
      [0, 200],
      [10, 50, 2_001],
      [20, 50, 2_001],
      [30, 50],
    ]),
    [],
  );
  const vague = Array.from({ length: 9 }, (_, i) => [30 + 10 * i, 5_000 + 100 * i, 2_001] as const);
  t.match(visited([[0, 200], [10, 50], [20, 50], ...vague, [120, 50]]), [{ state: 'open' }]);
});

t.test('out by at least three fixes beyond doubt, with none between, that span a minute', async (t) => {
  const start = [
    [0, 200],
    [10, 50],
    [20, 50],
  ] as const;
  const closed = (fixes: readonly (readonly [number, number, number?])[]): boolean => {
    // The merge limit passes by fixes that are held, so that only the exit decides.
    const held = [100, 110, 120, 130, 140, 150, 160].map((s) => [s, 110] as const);
    const [visit] = visited([...start, ...fixes, ...held]) as { state: string }[];
    return visit?.state === 'closed';
  };
  t.ok(
    closed([
      [30, 131],
      [60, 131],
      [90, 131],
    ]),
    'three in a minute',
  );
  t.notOk(
    closed([
      [30, 131],
      [60, 131],
      [89.999, 131],
    ]),
    'a millisecond less',
  );
  t.notOk(
    closed([
      [30, 131],
      [90, 131],
    ]),
    'two',
  );
  t.notOk(
    closed([
      [30, 131],
      [60, 129],
      [90, 131],
      [95, 131],
    ]),
    'one between was not beyond doubt',
  );
  t.notOk(
    closed([
      [30, 129.8],
      [60, 129.8],
      [90, 129.8],
    ]),
    'at 25 m with σ 5 m',
  );
  t.ok(
    closed([
      [30, 130.2],
      [60, 130.2],
      [90, 130.2],
    ]),
    'beyond 25 m with σ 5 m',
  );
  t.notOk(
    closed([
      [30, 149.9, 500],
      [60, 149.9, 500],
      [90, 149.9, 500],
    ]),
    '50 m with σ 25 m',
  );
  t.ok(
    closed([
      [30, 151, 500],
      [60, 151, 500],
      [90, 151, 500],
    ]),
    '51 m with σ 25 m',
  );
});

t.test('two runs less than 120 s apart are one visit', async (t) => {
  const start = [
    [0, 200],
    [10, 50],
    [20, 50],
    [30, 200],
    [60, 200],
    [90, 200],
    [120, 200],
  ] as const;
  t.same(visited([...start, [139.999, 50], [150, 50], ...away(160)]), [
    { state: 'closed', inner: [10, 150], outer: [0, 160] },
  ]);
  t.same(visited([...start, [140, 50], [150, 50], ...away(160)]), [
    { state: 'closed', inner: [10, 20], outer: [0, 30] },
    { state: 'closed', inner: [140, 150], outer: [120, 160] },
  ]);
  t.match(visited([...start, [139.999, 50], [150, 200]]), [{ state: 'closed', inner: [10, 20] }], 'one fix is no run');
});

t.test('a hole in the trace breaks a visit, and its bounds lie beyond the hole', async (t) => {
  t.match(
    visited([
      [10, 50],
      [20, 50],
      [139.999, 50],
      [150, 50],
    ]),
    [{ state: 'open', inner: [10, null] }],
  );
  t.same(
    visited([
      [0, 200],
      [10, 50],
      [20, 50],
      [140, 50],
      [150, 50],
    ]),
    [
      { state: 'closed', inner: [10, 20], outer: [0, 140] },
      { state: 'open', inner: [140, null], outer: [20, null] },
    ],
  );
  t.same(
    visited([
      [0, 200],
      [10, 50],
      [20, 50],
      [30, 110],
      [150, 50],
    ]),
    [{ state: 'closed', inner: [10, 20], outer: [0, 150] }],
  );
});

t.test('what was inside before a hole says nothing of where a unit stands after it', async (t) => {
  const bench = new Bench(plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [] }));
  bench.drive(T0 + 5 * MINUTE, { 'car-1': () => at(80) });
  const start = bench.nowMs + 2 * MINUTE;
  for (const [i, eastM] of [99, 99, 112, 112, 112, 112, 112].entries()) {
    bench.tickTo(start + i * 10_000);
    bench.send('car-1', fix(bench.nowMs, at(eastM)));
  }
  bench.tickTo(bench.nowMs + 1_000);
  const track = bench.state.units.get('car-1')?.head?.places.get('gate');
  t.equal(track?.phase, 'in', 'held inside');
  t.equal(track?.weakSinceMs, start + 60_000, 'but standing outside, as soon as that can be told');
});

t.test(
  'a visit goes on when a plan moves its place a little, ends when it moves it away or drops it [plan-change]',
  async (t) => {
    const first = plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [] });
    const told = (places: readonly PlanPlace[], afterMs = 6 * MINUTE): object[] => {
      const bench = new Bench(first);
      bench.drive(T0 + 4 * MINUTE, { 'car-1': () => at(0) });
      bench.append(bench.nowMs, {
        kind: 'plan',
        plan: { ...first, version: 2, inForceFromMs: T0 + 6 * MINUTE, places },
      });
      bench.drive(T0 + 6 * MINUTE + afterMs, { 'car-1': () => at(0) });
      return latestVisits(bench.visits).map(({ place, state, innerFromMs, innerToMs }) => {
        return { place, state, from: innerFromMs - T0, to: innerToMs === null ? null : innerToMs - T0 };
      });
    };
    const from = 10_000;
    t.same(told([circle('gate', at(50), 100)]), [{ place: 'gate', state: 'open', from, to: null }]);
    const last = 6 * MINUTE - 9_000;
    t.same(told([circle('gate', at(500), 100)]), [{ place: 'gate', state: 'closed', from, to: last }]);
    t.same(
      told([circle('other', at(0), 100)], 10_000)[0],
      { place: 'gate', state: 'closed', from, to: last },
      'at once',
    );
    t.same(told([circle('other', at(0), 100)]), [
      { place: 'gate', state: 'closed', from, to: last },
      { place: 'other', state: 'open', from: last + 10_000, to: null },
    ]);
  },
);

t.test('in any order of arrival enter and exit alternate, and versions are a dense chain', async (t) => {
  for (const seed of [1, 2, 3, 4]) {
    const next = random(seed + 500);
    const arrivals = drawTrack(seed, 10)
      .map((one) => ({ one, atMs: one.eventTimeMs + Math.floor(next() < 0.3 ? next() * 25 * MINUTE : next() * 3_000) }))
      .sort((a, b) => a.atMs - b.atMs);
    const bench = new Bench(plan({ places: PLACES.map(({ place }) => place), units: [unit('car-1')], rules: [] }));
    for (const { one, atMs } of arrivals) {
      bench.tickTo(Math.max(bench.nowMs, atMs), 10_000);
      bench.send('car-1', one);
    }
    bench.tickTo(T0 + 90 * MINUTE, 10_000);
    const last = new Map<string, (typeof bench.visits)[number]>();
    for (const [i, visit] of bench.visits.entries()) {
      const before = last.get(visit.visitId);
      const chained = visit.previous === (before?.transition ?? null) && visit.version === (before?.version ?? 0) + 1;
      if (visit.transition !== i + 1 || !chained) t.fail(`seed ${seed}: transition ${visit.transition} is out of line`);
      if (before?.state === 'retracted') t.fail(`seed ${seed}: ${visit.visitId} came back`);
      last.set(visit.visitId, visit);
    }
    for (const { place } of PLACES) {
      const stays = [...last.values()]
        .filter((visit) => visit.place === place.id && visit.kind === 'visit' && visit.state !== 'retracted')
        .sort((a, b) => a.innerFromMs - b.innerFromMs);
      for (const [i, { innerFromMs }] of stays.entries()) {
        const before = stays[i - 1];
        if (before !== undefined && (before.innerToMs ?? Number.POSITIVE_INFINITY) >= innerFromMs)
          t.fail(`seed ${seed}, ${place.id}: entered twice without leaving`);
      }
      t.ok(stays.length > 0, `seed ${seed}, ${place.id}: ${stays.length} stays`);
    }
    t.ok(
      [...last.values()].some(({ state }) => state === 'retracted'),
      'some visits were retracted on the way',
    );
  }
});

t.test(
  'a unit that drives at the edge without a fix inside for five minutes is only possible, however it leaves',
  async (t) => {
    for (const leaves of ['by driving off', 'by falling silent']) {
      const bench = new Bench(plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [] }));
      const lastInsideMs = T0 + 60_000;
      for (let ms = T0 + 10_000; ms <= lastInsideMs + 15 * MINUTE; ms += 10_000) {
        bench.tickTo(ms);
        bench.send('car-1', fix(ms, at(ms <= lastInsideMs ? 0 : 110), { speedCmps: 900 }));
      }
      const untilMs = (): number[] =>
        coveredSpans(bench.state, findWhereabouts(bench.state), 'gate').map(({ toMs }) => toMs);
      bench.tickTo(bench.nowMs + 1_000);
      const held = untilMs();
      t.strictSame(held, [lastInsideMs + 5 * MINUTE + 10_000]);
      for (let i = 1; i <= 12; i += 1) {
        bench.tickTo(bench.nowMs + 10_000);
        if (leaves === 'by driving off') bench.send('car-1', fix(bench.nowMs, at(110 + 90 * i), { speedCmps: 900 }));
      }
      bench.tickTo(bench.nowMs + 5 * MINUTE);
      bench.send('car-1', fix(bench.nowMs, at(5_000)));
      bench.tickTo(bench.nowMs + 1_000);
      t.strictSame(untilMs(), held, leaves);
    }
  },
);
