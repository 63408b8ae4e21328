import { circle, distance, lineString, point, pointToLineDistance } from '@turf/turf';
import t from 'tap';
import { toGcj02, toWgs84 } from '../../src/geo/datum.js';
import { distanceM, type Ruler, rulerAt } from '../../src/geo/ruler.js';
import { segmentMeets, signedDistanceM } from '../../src/geo/shape.js';
import type { Shape } from '../../src/model/plan.js';
import type { LngLat, PositionE7 } from '../../src/model/position.js';
import { fromLngLat, toLngLat } from '../../src/model/position.js';
import { exactContains, exactOnBoundary, exactSegmentMeets } from './oracle.js';
import { nearBoundary, needs, Random, readJson, sharedData, star } from './support.js';

const SEED = 20_240_503;
const MIDDLE: PositionE7 = { lngE7: 1_161_000_000, latE7: 242_900_000 };
/** turf measures on a sphere: up to 0.39 % off north-south here. */
const SPHERE = 0.005;
t.comment(`seed ${SEED}`);

t.test('the ruler gives the published lengths of a degree on WGS-84', async (t) => {
  // Latitude, km of a degree of latitude, km of a degree of longitude (tables of the ellipsoid, rounded to a metre).
  for (const [degrees, latKm, lngKm] of [
    [0, 110.574, 111.32],
    [15, 110.649, 107.55],
    [30, 110.852, 96.486],
    [45, 111.132, 78.847],
    [60, 111.412, 55.8],
    [75, 111.618, 28.902],
  ] as const) {
    for (const sign of [1, -1]) {
      const ruler = rulerAt(sign * degrees * 1e7);
      t.ok(
        Math.abs(ruler.metresPerLatE7 * 1e4 - latKm) < 6e-4,
        `${degrees}° latitude: ${ruler.metresPerLatE7 * 1e4} km`,
      );
      t.ok(
        Math.abs(ruler.metresPerLngE7 * 1e4 - lngKm) < 6e-4,
        `${degrees}° longitude: ${ruler.metresPerLngE7 * 1e4} km`,
      );
    }
  }
});

t.test('distances agree with turf within its sphere', async (t) => {
  const random = new Random(SEED);
  const ruler = rulerAt(MIDDLE.latE7);
  const wrong: unknown[] = [];
  for (let i = 0; i < 2_000; i += 1) {
    const [a, b] = [around(random, MIDDLE, 100_000), around(random, MIDDLE, 100_000)];
    const expected = distance([...toLngLat(a)], [...toLngLat(b)], { units: 'meters' });
    if (Math.abs(distanceM(ruler, a, b) - expected) > expected * SPHERE + 0.001) wrong.push({ a, b, expected });
  }
  t.same(wrong.slice(0, 3), []);
});

t.test('circles agree with turf, half a percent of the radius left out', async (t) => {
  const random = new Random(SEED + 1);
  const ruler = rulerAt(MIDDLE.latE7);
  let [inside, outside, leftOut] = [0, 0, 0];
  const wrong: unknown[] = [];
  for (let i = 0; i < 5_000; i += 1) {
    const radiusM = random.pick([5, 50, 100, 1_000]);
    const shape: Shape = { type: 'circle', center: MIDDLE, radiusM };
    const p = around(random, MIDDLE, Math.round(radiusM * 130));
    const expectedM = distance([...toLngLat(MIDDLE)], [...toLngLat(p)], { units: 'meters' });
    if (Math.abs(expectedM - radiusM) <= radiusM * SPHERE) {
      leftOut += 1;
      continue;
    }
    if (expectedM < radiusM) inside += 1;
    else outside += 1;
    const got = signedDistanceM(ruler, shape, p);
    if (got <= 0 !== expectedM < radiusM || Math.abs(got + radiusM - expectedM) > expectedM * SPHERE + 0.001) {
      wrong.push({ radiusM, p, got, expectedM });
    }
  }
  t.same(wrong.slice(0, 3), []);
  t.ok(inside > 1_000 && outside > 500, `${inside} inside, ${outside} outside, ${leftOut} left out`);
  // And the rim itself, as turf draws it.
  const rim = circle([...toLngLat(MIDDLE)], 100, { units: 'meters', steps: 64 }).geometry.coordinates[0] ?? [];
  for (const [lng = 0, lat = 0] of rim) {
    const onRim = signedDistanceM(ruler, { type: 'circle', center: MIDDLE, radiusM: 100 }, fromLngLat([lng, lat]));
    t.ok(Math.abs(onRim) < 100 * SPHERE, `${onRim} m`);
  }
});

t.test('corridors agree with turf', async (t) => {
  const random = new Random(SEED + 2);
  const ruler = rulerAt(MIDDLE.latE7);
  const wrong: unknown[] = [];
  let inside = 0;
  for (let i = 0; i < 1_500; i += 1) {
    const vertices = Array.from({ length: random.int(2, 8) }, () => around(random, MIDDLE, 100_000));
    const shape: Shape = { type: 'corridor', lines: [vertices.flatMap((v) => [v.lngE7, v.latE7])], corridorM: 60 };
    const [lngE7, latE7] = nearBoundary(random, shape.lines, random.pick([0, 3_000, 20_000]));
    const line = lineString(vertices.map((v) => [...toLngLat(v)]));
    const expectedM = pointToLineDistance(point([lngE7 / 1e7, latE7 / 1e7]), line, { units: 'meters' });
    const got = signedDistanceM(ruler, shape, { lngE7, latE7 });
    if (got <= 0) inside += 1;
    if (Math.abs(got + 60 - expectedM) > expectedM * SPHERE + 0.05)
      wrong.push({ vertices, lngE7, latE7, got, expectedM });
  }
  t.same(wrong.slice(0, 3), []);
  t.ok(inside > 500 && inside < 1_400, `${inside} inside`);
});

t.test('the sign for polygons is exact and never zero outside', async (t) => {
  const random = new Random(SEED + 3);
  const ruler = rulerAt(MIDDLE.latE7);
  const wrong: unknown[] = [];
  let [on, onInside] = [0, 0];
  for (let i = 0; i < 6_000; i += 1) {
    const rings = [star(random, MIDDLE.lngE7, MIDDLE.latE7, 400, 9), star(random, MIDDLE.lngE7, MIDDLE.latE7, 90, 5)];
    const [x, y] = nearBoundary(random, rings, i % 3);
    const got = signedDistanceM(ruler, { type: 'polygon', rings }, { lngE7: x, latE7: y });
    const inside = exactContains(rings, x, y);
    const isOn = exactOnBoundary(rings, x, y);
    if (isOn) on += 1;
    if (isOn && inside) onInside += 1;
    if (inside ? !(got <= 0) : !(got > 0)) wrong.push({ rings, x, y, got, inside });
    if (isOn && Math.abs(got) > 1e-9) wrong.push({ rings, x, y, got });
    if (Object.is(got, -0)) wrong.push({ rings, x, y, got: '-0' });
  }
  t.same(wrong.slice(0, 3), []);
  t.ok(onInside > 500 && on - onInside > 500, `${on} on the boundary, ${onInside} of them inside`);
});

t.test('distances to a polygon equal those to its outline as turf measures them', async (t) => {
  const random = new Random(SEED + 4);
  const ruler = rulerAt(MIDDLE.latE7);
  const ring = star(random, MIDDLE.lngE7, MIDDLE.latE7, 100_000, 12);
  const pairs = Array.from({ length: 13 }, (_, i) => [
    (ring[(i % 12) * 2] as number) / 1e7,
    (ring[(i % 12) * 2 + 1] as number) / 1e7,
  ]);
  const wrong: unknown[] = [];
  for (let i = 0; i < 800; i += 1) {
    const p = around(random, MIDDLE, 150_000);
    const expectedM = pointToLineDistance([...toLngLat(p)], lineString(pairs), { units: 'meters' });
    const got = Math.abs(signedDistanceM(ruler, { type: 'polygon', rings: [ring] }, p));
    if (Math.abs(got - expectedM) > expectedM * SPHERE + 0.05) wrong.push({ p, got, expectedM });
  }
  t.same(wrong.slice(0, 3), []);
});

t.test('a segment meets a polygon exactly where big integers say so', async (t) => {
  const random = new Random(SEED + 5);
  const ruler = rulerAt(0);
  const wrong: unknown[] = [];
  let [meets, crossings] = [0, 0];
  for (let i = 0; i < 12_000; i += 1) {
    // Small numbers: segments that end on, touch, run along edges and pass through vertices are common.
    const size = i % 4 === 3 ? 1_800_000_000 : 6;
    const one = (): number => random.int(-size, size);
    const rings = [Array.from({ length: random.int(3, 6) * 2 }, one)];
    const [a, b] = [[one(), one()] as const, [one(), one()] as const];
    const got = segmentMeets(ruler, { type: 'polygon', rings }, positionOf(a), positionOf(b));
    const expected = exactSegmentMeets(rings, a, b);
    if (expected) meets += 1;
    if (expected && !exactContains(rings, ...a) && !exactContains(rings, ...b)) crossings += 1;
    if (got !== expected) wrong.push({ rings, a, b, expected });
  }
  t.same(wrong.slice(0, 3), []);
  t.ok(crossings > 500 && meets < 11_000, `${meets} meet, ${crossings} only pass through`);
});

t.test('a segment meets circles and corridors where a walk along it comes inside', async (t) => {
  const random = new Random(SEED + 6);
  const ruler = rulerAt(MIDDLE.latE7);
  const wrong: unknown[] = [];
  let [meets, crossings] = [0, 0];
  for (let i = 0; i < 3_000; i += 1) {
    const near = (): PositionE7 => around(random, MIDDLE, 30_000);
    const shape: Shape =
      i % 2 === 0
        ? { type: 'circle', center: near(), radiusM: 80 }
        : { type: 'corridor', lines: [[near(), near(), near()].flatMap((v) => [v.lngE7, v.latE7])], corridorM: 40 };
    const [a, b] = [near(), near()];
    const least = leastOnWalk(ruler, shape, a, b);
    // The walk steps by about 2 m, so it may miss the nearest point by that.
    if (Math.abs(least) < 2) continue;
    const got = segmentMeets(ruler, shape, a, b);
    if (got) meets += 1;
    if (got && signedDistanceM(ruler, shape, a) > 0 && signedDistanceM(ruler, shape, b) > 0) crossings += 1;
    if (got !== least < 0) wrong.push({ shape, a, b, least });
  }
  t.same(wrong.slice(0, 3), []);
  t.ok(crossings > 300 && meets < 2_500, `${meets} meet, ${crossings} only pass through`);
});

t.test('GCJ-02 is inverted', async (t) => {
  const random = new Random(SEED + 7);
  const wrong: unknown[] = [];
  for (let i = 0; i < 2_000; i += 1) {
    const wgs: LngLat = [75 + random.next() * 58, 4 + random.next() * 48];
    const back = toWgs84('GCJ02', toGcj02(wgs));
    if (Math.abs(back[0] - wgs[0]) > 1e-9 || Math.abs(back[1] - wgs[1]) > 1e-9) wrong.push({ wgs, back });
  }
  t.same(wrong.slice(0, 3), []);
  t.same(toWgs84('WGS84', [116.1, 24.3]), [116.1, 24.3]);
  t.same(toWgs84('CGCS2000', [116.1, 24.3]), [116.1, 24.3]);
  t.same(toWgs84('GCJ02', [-97.7, 30.3]), [-97.7, 30.3], 'outside China nothing is shifted');
  // A point that every map shows: Tian'anmen. About 570 m apart in the two datums.
  const [lng, lat] = toWgs84('GCJ02', [116.397428, 39.90923]);
  t.ok(Math.abs(lng - 116.391186) < 2e-5 && Math.abs(lat - 39.907826) < 2e-5, `${lng}, ${lat}`);
  // On the edge of the box in which GCJ-02 is defined nothing is the inverse; it must end all the same.
  for (const edge of [72.0045, 72.0041, 137.8346]) t.ok(Number.isFinite(toWgs84('GCJ02', [edge, 30])[0]));
});

t.test(
  'Meizhou as published becomes Meizhou in WGS-84',
  needs('zones/meizhou_8_districts_gcj02.geojson'),
  async (t) => {
    const read = (name: string): LngLat[] =>
      readJson<{ features: { geometry: { coordinates: LngLat[][] } }[] }>(
        sharedData(`zones/${name}`) ?? '',
      ).features.flatMap(({ geometry }) => geometry.coordinates.flat());
    const published = read('meizhou_8_districts_gcj02.geojson');
    const converted = read('meizhou_8_districts_wgs84.geojson');
    t.equal(published.length, converted.length);
    const ruler = rulerAt(MIDDLE.latE7);
    const apart = published.map((p, i) => {
      const expected = converted[i] ?? [0, 0];
      return [
        distanceM(ruler, fromLngLat(toWgs84('GCJ02', p)), fromLngLat(expected)),
        distanceM(ruler, fromLngLat(p), fromLngLat(expected)),
      ];
    });
    t.ok(Math.max(...apart.map(([d = 9]) => d)) < 0.02, 'each vertex within 2 cm');
    t.ok(Math.min(...apart.map(([, d = 0]) => d)) > 300, 'and unconverted hundreds of metres off');
  },
);

function around(random: Random, { lngE7, latE7 }: PositionE7, spread: number): PositionE7 {
  return { lngE7: lngE7 + random.int(-spread, spread), latE7: latE7 + random.int(-spread, spread) };
}

function positionOf([lngE7, latE7]: readonly [number, number]): PositionE7 {
  return { lngE7, latE7 };
}

function leastOnWalk(ruler: Ruler, shape: Shape, a: PositionE7, b: PositionE7): number {
  const steps = 400;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= steps; i += 1) {
    const lngE7 = a.lngE7 + ((b.lngE7 - a.lngE7) * i) / steps;
    const latE7 = a.latE7 + ((b.latE7 - a.latE7) * i) / steps;
    least = Math.min(least, signedDistanceM(ruler, shape, { lngE7, latE7 }));
  }
  return least;
}
