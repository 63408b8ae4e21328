import t, { type Test } from 'tap';
import { FenceHits, FenceIndex } from '../../src/geo/fence-index.js';
import { MAX_CELLS } from '../../src/geo/grid-layout.js';
import { type Ruler, rulerAt } from '../../src/geo/ruler.js';
import { signedDistanceM } from '../../src/geo/shape.js';
import { EXIT_BUFFER_M, MAX_FENCE_SIGMA_M } from '../../src/model/limits.js';
import type { PlanPlace } from '../../src/model/plan.js';
import { exactContains } from './oracle.js';
import { atlas, meizhou, nearBoundary, needs, placeOf, polygonPlace, Random, star, subdivision } from './support.js';

const SEED = 20_240_502;
const REACH_M = EXIT_BUFFER_M + MAX_FENCE_SIGMA_M;
t.comment(`seed ${SEED}`);

type Point = readonly [x: number, y: number];

t.test('every point around tiny cells: vertices on legs, on middles and on cell borders', async (t) => {
  const random = new Random(SEED);
  // Cells of 4 × 3 units, a reach of one or two units: each coincidence of vertex, middle and query occurs.
  const ruler: Ruler = { metresPerLngE7: 16.3, metresPerLatE7: 21.7 };
  for (let round = 0; round < 8; round += 1) {
    const { quads } = subdivision(random, 4, 4, 12, round % 6);
    const places = quads.map(polygonPlace);
    places.push(
      placeOf('star-in-star', { type: 'polygon', rings: [star(random, 20, 20, 30, 9), star(random, 20, 20, 9, 5)] }),
    );
    places.push(placeOf('circle', { type: 'circle', center: { lngE7: 30, latE7: 9 }, radiusM: 170 }));
    places.push(
      placeOf('corridor', {
        type: 'corridor',
        lines: [
          [0, 0, 20, 30, 44, 31],
          [9, 9, 9, 30],
        ],
        corridorM: 45,
      }),
    );
    const index = new FenceIndex(ruler, places, 30);
    t.ok(index.size.cells > 200, `${index.size.cells} cells`);
    const points: Point[] = [];
    for (let x = -16; x <= 64; x += 1) for (let y = -16; y <= 64; y += 1) points.push([x, y]);
    compare(t, `round ${round}`, { index, ruler, places, reachM: 30 }, points);
    const zones = quads.length;
    const wrong = points.filter(([x, y]) => {
      const holders = placesOf(index, places.length, x, y).filter(([place, d]) => place < zones && d <= 0);
      return holders.length !== quads.filter(({ rings }) => exactContains(rings, x, y)).length || holders.length > 1;
    });
    t.same(wrong.slice(0, 3), [], 'and each is in exactly one quadrilateral');
  }
});

t.test('a district of zones with holes, circles and corridors', async (t) => {
  const random = new Random(SEED + 1);
  const [x, y] = [1_161_000_000, 242_900_000];
  const places: PlanPlace[] = [];
  for (let i = 0; i < 12; i += 1) {
    const [cx, cy] = [x + random.int(-400_000, 400_000), y + random.int(-400_000, 400_000)];
    const rings = [
      star(random, cx, cy, 200_000, 40),
      star(random, cx, cy, 50_000, 7),
      star(random, cx + 300_000, cy, 60_000, 3),
    ];
    places.push(placeOf(`zone-${i}`, { type: 'polygon', rings }));
  }
  for (let i = 0; i < 30; i += 1) {
    const center = { lngE7: x + random.int(-500_000, 500_000), latE7: y + random.int(-500_000, 500_000) };
    places.push(
      placeOf(`post-${i}`, { type: 'circle', center, radiusM: random.pick([5, 50, 100, 1_500]) }, 'checkpoint'),
    );
    const line = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? x : y) + random.int(-500_000, 500_000));
    places.push(
      placeOf(`route-${i}`, { type: 'corridor', lines: [line], corridorM: random.pick([20, 60, 300]) }, 'route'),
    );
  }
  const ruler = rulerAt(y);
  const index = new FenceIndex(ruler, places, REACH_M);
  compare(t, 'anywhere and near', { index, ruler, places, reachM: REACH_M }, pointsAround(random, places, 6_000));
});

t.test('the districts of Meizhou', needs('zones/meizhou_8_districts_wgs84.geojson'), async (t) => {
  const places = meizhou().map(polygonPlace);
  const ruler = rulerAt(241_000_000);
  const index = new FenceIndex(ruler, places, REACH_M);
  t.ok(index.size.bytes < 64e6, `${index.size.bytes} bytes`);
  compare(t, 'Meizhou', { index, ruler, places, reachM: REACH_M }, pointsAround(new Random(SEED + 2), places, 6_000));
});

t.test('a country is one grid of bigger cells', async (t) => {
  const counties = atlas('us-atlas/counties-10m.json', 'counties');
  const places = counties.filter((_, i) => i % 40 === 0).map(polygonPlace);
  const ruler = rulerAt(400_000_000);
  const index = new FenceIndex(ruler, places, REACH_M);
  t.ok(index.size.cells <= MAX_CELLS && index.size.cells > MAX_CELLS * 0.8, `${index.size.cells} cells`);
  t.ok(index.size.cellM > 200, `${index.size.cellM} m`);
  compare(t, 'counties', { index, ruler, places, reachM: REACH_M }, pointsAround(new Random(SEED + 3), places, 2_000));
});

t.test('far outside, without places, without room', async (t) => {
  const ruler = rulerAt(0);
  const place = placeOf('post', { type: 'circle', center: { lngE7: 0, latE7: 0 }, radiusM: 50 });
  const index = new FenceIndex(ruler, [place], REACH_M);
  const hits = new FenceHits(1);
  for (const far of [-2_147_483_648, -100_000, 100_000, 2_147_483_647]) {
    index.query(far, 0, hits);
    t.equal(hits.count, 0);
    index.query(0, far, hits);
    t.equal(hits.count, 0);
  }
  index.query(0, 0, hits);
  t.same([hits.count, hits.placeIndex[0], hits.distanceM[0]], [1, 0, -50]);
  new FenceIndex(ruler, [], REACH_M).query(0, 0, hits);
  t.equal(hits.count, 0);
  t.throws(() => index.query(0, 0, new FenceHits(0)), { message: /room for every place/ });
});

/** What an index answers for a point, as [place, distance]. */
function placesOf(index: FenceIndex, count: number, x: number, y: number): [number, number][] {
  const hits = new FenceHits(count);
  index.query(x, y, hits);
  return Array.from({ length: hits.count }, (_, i) => [hits.placeIndex[i] as number, hits.distanceM[i] as number]);
}

/** The index equals the plain formula over every place, bit for bit. */
function compare(
  t: Test,
  name: string,
  { index, ruler, places, reachM }: { index: FenceIndex; ruler: Ruler; places: readonly PlanPlace[]; reachM: number },
  points: readonly Point[],
): void {
  const wrong: unknown[] = [];
  let near = 0;
  let deep = 0;
  for (const [x, y] of points) {
    const expected = places
      .map(({ shape }, place): [number, number] => [place, signedDistanceM(ruler, shape, { lngE7: x, latE7: y })])
      .filter(([, distance]) => distance <= reachM)
      .map(([place, distance]): [number, number] => [place, distance < -reachM ? Number.NEGATIVE_INFINITY : distance]);
    near += expected.filter(([, distance]) => distance >= -reachM).length;
    deep += expected.filter(([, distance]) => distance < -reachM).length;
    const got = placesOf(index, places.length, x, y);
    const same =
      got.length === expected.length &&
      got.every(([place, distance], i) => place === expected[i]?.[0] && Object.is(distance, expected[i]?.[1]));
    if (!same) wrong.push({ point: [x, y], got, expected });
  }
  t.same(wrong.slice(0, 3), [], `${name}: ${points.length} points`);
  t.ok(near > 300 && deep > 30, `${name}: ${near} near, ${deep} deep inside`);
}

/** On boundaries, within a few units, within the reach, within a cell or two, and anywhere. */
function pointsAround(random: Random, places: readonly PlanPlace[], count: number): Point[] {
  return Array.from({ length: count }, (_, i) => {
    const { shape } = random.pick(places);
    const lines =
      shape.type === 'polygon'
        ? shape.rings
        : shape.type === 'corridor'
          ? shape.lines
          : [[shape.center.lngE7, shape.center.latE7]];
    return nearBoundary(random, lines, [0, 2, 7_000, 12_000, 60_000, 1_000_000][i % 6] ?? 0);
  });
}
