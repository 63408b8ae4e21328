import { booleanPointInPolygon, polygon } from '@turf/turf';
import type { MultiPolygon, Polygon, Position } from 'geojson';
import pointInPolygon from 'point-in-polygon-hao';
import t, { type Test } from 'tap';
import { orientation, shiftedSide } from '../../src/geo/orientation.js';
import { polygonContains } from '../../src/geo/polygon.js';
import type { RingE7 } from '../../src/model/plan.js';
import { exactContains, exactOnBoundary, exactOrientation } from './oracle.js';
import {
  atlas,
  boxOf,
  edgesOf,
  keyOf,
  meizhou,
  type Named,
  nearBoundary,
  needs,
  Random,
  readJson,
  sharedData,
  star,
  subdivision,
} from './support.js';

const SEED = 20_240_501;
t.comment(`seed ${SEED}`);

t.test('orientation is exact where doubles are, where they nearly are and where they are not', async (t) => {
  const random = new Random(SEED);
  const wrong: number[][] = [];
  let zeros = 0;
  for (let i = 0; i < 30_000; i += 1) {
    const size = random.pick([4, 1_000, 2 ** 26, 1_800_000_000]);
    const one = (): number => random.int(-size, size);
    const [ax, ay, bx, by] = [one(), one(), one(), one()];
    // A third anywhere, a third on the line's rounding, a third exactly on the line.
    const along = random.int(-2, 3);
    const [px, py] =
      i % 3 === 0
        ? [one(), one()]
        : i % 3 === 1
          ? [Math.round((ax + bx) / 2) + random.int(-1, 1), Math.round((ay + by) / 2) + random.int(-1, 1)]
          : [ax + along * (bx - ax), ay + along * (by - ay)];
    const expected = exactOrientation(ax, ay, bx, by, px, py);
    if (expected === 0) zeros += 1;
    if (orientation(ax, ay, bx, by, px, py) !== expected) wrong.push([ax, ay, bx, by, px, py]);
    if (expected !== 0 && shiftedSide(ax, ay, bx, by, px, py) !== expected) wrong.push([ax, ay, bx, by, px, py]);
  }
  t.ok(zeros > 5_000, `${zeros} points on the line`);
  t.same(wrong.slice(0, 3), []);
});

t.test('orientation is exact one step off a line of any length', async (t) => {
  const random = new Random(SEED + 5);
  const wrong: unknown[] = [];
  let beyondDoubles = 0;
  for (let i = 0; i < 3_000; i += 1) {
    // p with determinant −1, 0 or 1 against a → b: coprime differences and Bézout's coefficients. Rounded products of
    // about 2^63 cannot tell them apart.
    const [dx, dy] = [random.int(1, 3_600_000_000), random.int(1, 1_800_000_000)];
    const [ax, ay] = [-1_800_000_000, -900_000_000];
    const bezout = bezoutOf(dx, dy);
    if (bezout === null) continue;
    const [px, py] = [ax + bezout.x, ay + bezout.y];
    for (const [ex, ey] of [
      [px, py],
      [ax + dx - bezout.x, ay + dy - bezout.y],
      [ax + dx, ay + dy],
    ] as const) {
      const expected = exactOrientation(ax, ay, ax + dx, ay + dy, ex, ey);
      if (orientation(ax, ay, ax + dx, ay + dy, ex, ey) !== expected) wrong.push([dx, dy, ex, ey, expected]);
      if (orientation(ax + dx, ay + dy, ax, ay, ex, ey) !== -expected + 0) wrong.push([dx, dy, ex, ey, -expected]);
    }
    if (dx * bezout.y >= 2 ** 53) beyondDoubles += 1;
  }
  t.ok(beyondDoubles > 1_000, `${beyondDoubles} with products that doubles round`);
  t.same(wrong.slice(0, 3), []);
});

t.test('containment equals the half-open rule in big integers', async (t) => {
  const random = new Random(SEED + 1);
  let onBoundary = 0;
  const check = (name: string, rings: readonly RingE7[], points: readonly (readonly [number, number])[]): void => {
    const wrong = points.filter(([x, y]) => polygonContains(rings, x, y) !== exactContains(rings, x, y));
    onBoundary += points.filter(([x, y]) => exactOnBoundary(rings, x, y)).length;
    t.same(wrong.slice(0, 3), [], `${name}, ${points.length} points`);
  };
  const grid = lattice(-7, 7);
  // Arbitrary closed lines: they cross themselves, repeat vertices and run along themselves; even-odd has an answer.
  const tangles = Array.from({ length: 60 }, () => [
    Array.from({ length: random.int(3, 12) * 2 }, () => random.int(-6, 6)),
    Array.from({ length: random.int(1, 4) * 2 }, () => random.int(-6, 6)),
  ]);
  for (const [i, rings] of tangles.entries()) check(`tangle ${i}`, rings, grid);
  for (const { name, rings, spread } of shapes(random)) {
    const points = Array.from({ length: 240 }, (_, i) => nearBoundary(random, rings, i % 4 === 3 ? spread : i % 4));
    check(name, rings, points);
  }
  t.ok(onBoundary > 1_500, `${onBoundary} points exactly on a boundary`);
});

t.test('two libraries agree off the boundary', async (t) => {
  const random = new Random(SEED + 2);
  for (const { name, rings, spread } of shapes(random)) {
    const closed = rings.map(closedPairs);
    const degrees = polygon(closed.map((ring) => ring.map(([x, y]) => [x / 1e7, y / 1e7])));
    const wrong: unknown[] = [];
    let compared = 0;
    for (let i = 0; i < 300; i += 1) {
      const [x, y] = nearBoundary(random, rings, i % 3 === 2 ? spread : (i % 3) + 1);
      if (exactOnBoundary(rings, x, y)) continue;
      compared += 1;
      const inside = polygonContains(rings, x, y);
      // Its arithmetic is exact on integers; turf's is not on degrees, so turf gets the points of the wide spread.
      if (pointInPolygon([x, y], closed) !== inside) wrong.push(['point-in-polygon-hao', x, y]);
      if (i % 3 === 2 && booleanPointInPolygon([x / 1e7, y / 1e7], degrees) !== inside) {
        wrong.push(['turf', x, y]);
      }
    }
    t.same(wrong.slice(0, 3), [], `${name}, ${compared} points`);
  }
});

t.test('areas that share edges partition the plane', async (t) => {
  const random = new Random(SEED + 3);
  for (let round = 0; round < 20; round += 1) {
    const { quads, outline } = subdivision(random, 5, 5, 8, 3);
    const wrong = lattice(-5, 46).filter(([x, y]) => {
      const count = quads.filter(({ rings }) => polygonContains(rings, x, y)).length;
      return count !== (exactContains([outline], x, y) ? 1 : 0);
    });
    t.same(wrong.slice(0, 3), [], `subdivision ${round}`);
  }
});

t.test(
  'every point of Meizhou is in exactly one district',
  needs('zones/meizhou_8_districts_wgs84.geojson'),
  async (t) => {
    const districts = meizhou();
    t.equal(districts.length, 8);
    partition(t, districts);
  },
);

t.test('every point on a border between counties is in exactly one of them', async (t) => {
  const inland = atlas('us-atlas/counties-10m.json', 'counties').filter(({ rings }) => {
    const [west, south, east, north] = boxOf(rings.flat());
    return west > -1_010_000_000 && east < -950_000_000 && south > 370_000_000 && north < 420_000_000;
  });
  t.ok(inland.length > 50, `${inland.length} counties`);
  partition(t, inland);
});

t.test('the cases of three projects', needs('geometry/point_in_polygon_cases.json'), async (t) => {
  const cases = readJson<Case[]>(sharedData('geometry/point_in_polygon_cases.json') ?? '');
  t.equal(cases.length, 55);
  for (const { name, point, geometry, exact } of cases) {
    const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    const degrees = parts.flat();
    // Doubles become integers at a scale of a power of two; a few cases are finer than 1e-7 degree.
    const largest = Math.max(...[...degrees.flat(2), ...point].map(Math.abs));
    for (const scale of [2 ** (51 - Math.ceil(Math.log2(largest))), 1e7]) {
      const rings = degrees.map((ring) => ring.flatMap((p) => p.map((value) => Math.round(value * scale))));
      const [x, y] = point.map((value) => Math.round(value * scale)) as [number, number];
      const inside = polygonContains(rings, x, y);
      t.equal(inside, exactContains(rings, x, y), `${name} ×${scale}: the half-open rule`);
      if (exact === 'boundary' || exactOnBoundary(rings, x, y)) continue;
      t.equal(inside, exact === 'interior', `${name} ×${scale}: ${exact}`);
    }
  }
});

interface Case {
  name: string;
  point: Position;
  geometry: Polygon | MultiPolygon;
  exact: 'interior' | 'exterior' | 'boundary';
}

/** Polygons of every kind, with how far from the boundary a point may be to be interesting. */
function shapes(random: Random): { name: string; rings: readonly RingE7[]; spread: number }[] {
  const middle = [1_161_000_000, 242_900_000] as const;
  const stars = [30, 3_000, 3_000_000].flatMap((radius) =>
    [5, 40].map((vertices) => ({
      name: `star ${radius} × ${vertices}`,
      rings: [star(random, ...middle, radius, vertices)],
      spread: radius,
    })),
  );
  const withHoles = {
    name: 'star with two holes and a second part',
    rings: [
      star(random, ...middle, 100_000, 30).map(
        (v, i) => middle[i % 2 === 0 ? 0 : 1] + (v - middle[i % 2 === 0 ? 0 : 1]) * 4,
      ),
      star(random, middle[0] - 40_000, middle[1], 30_000, 9),
      star(random, middle[0] + 40_000, middle[1], 30_000, 9),
      star(random, middle[0] + 2_000_000, middle[1], 300_000, 12),
    ],
    spread: 500_000,
  };
  const huge = [
    -1_800_000_000, -900_000_000, 1_800_000_000, -899_999_990, 1_799_999_999, 900_000_000, -1_799_999_993, 899_999_998,
  ];
  const countries = atlas('world-atlas/countries-50m.json', 'countries').filter(
    ({ rings }) => rings.flat().length < 4_000,
  );
  const some = Array.from({ length: 6 }, () => random.pick(countries));
  return [
    ...stars,
    withHoles,
    { name: 'the whole range of int32', rings: [huge], spread: 1_000_000_000 },
    ...some.map(({ name, rings }) => ({ name: `country ${name}`, rings, spread: 20_000_000 })),
    ...meizhou().map(({ name, rings }) => ({ name, rings, spread: 3_000_000 })),
  ];
}

/** A point on or beside a border is in at most one area; beside a border between two, away from the outside, in one. */
function partition(t: Test, areas: readonly Named[]): void {
  const random = new Random(SEED + 4);
  const edges = areas.flatMap(({ rings }) => edgesOf(rings));
  const uses = new Map<string, number>();
  for (const edge of edges) uses.set(keyOf(edge), (uses.get(keyOf(edge)) ?? 0) + 1);
  const shared = edges.filter((edge) => uses.get(keyOf(edge)) === 2);
  const outer = edges.filter((edge) => uses.get(keyOf(edge)) === 1);
  const boxes = areas.map(({ rings }) => boxOf(rings.flat()));
  const wrong: unknown[] = [];
  let inner = 0;
  for (let i = 0; i < 8_000; i += 1) {
    const [x, y] = nearBoundary(random, [random.pick(i % 8 === 0 ? outer : shared)], i % 4);
    const holders = areas.filter(({ rings }, n) => {
      const [west, south, east, north] = boxes[n] ?? [0, 0, 0, 0];
      return x >= west && x <= east && y >= south && y <= north && polygonContains(rings, x, y);
    });
    const isInner = i % 8 !== 0 && !outer.some((edge) => isInBox(edge, x, y, 10));
    if (isInner) inner += 1;
    if (holders.length > 1 || (isInner && holders.length === 0)) wrong.push([x, y, holders.map(({ name }) => name)]);
  }
  t.same(wrong.slice(0, 3), []);
  t.ok(inner > 3_000, `${inner} points between two areas`);
}

function isInBox([ax = 0, ay = 0, bx = 0, by = 0]: RingE7, x: number, y: number, slack: number): boolean {
  return (
    x >= Math.min(ax, bx) - slack &&
    x <= Math.max(ax, bx) + slack &&
    y >= Math.min(ay, by) - slack &&
    y <= Math.max(ay, by) + slack
  );
}

/** GeoJSON's ring: pairs, the first repeated. */
function closedPairs(ring: RingE7): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i <= ring.length; i += 2) {
    pairs.push([ring[i % ring.length] as number, ring[(i + 1) % ring.length] as number]);
  }
  return pairs;
}

function lattice(from: number, to: number): [number, number][] {
  const points: [number, number][] = [];
  for (let x = from; x <= to; x += 1) for (let y = from; y <= to; y += 1) points.push([x, y]);
  return points;
}

/** x and y with dx · y − dy · x = 1, 0 ≤ x ≤ dx; null when dx and dy have a common divisor. */
function bezoutOf(dx: number, dy: number): { x: number; y: number } | null {
  let [r0, r1] = [BigInt(dx), BigInt(dy)];
  let [s0, s1, t0, t1] = [1n, 0n, 0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1] = [r1, r0 - q * r1];
    [s0, s1] = [s1, s0 - q * s1];
    [t0, t1] = [t1, t0 - q * t1];
  }
  if (r0 !== 1n) return null;
  // dx · s0 + dy · t0 = 1.
  const turns = t0 > 0n ? 1n : 0n;
  return { x: Number(turns * BigInt(dx) - t0), y: Number(s0 + turns * BigInt(dy)) };
}
