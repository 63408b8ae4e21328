import t from 'tap';
import { polygonContains } from '../../src/geo/polygon.js';
import { cleanRing, geometryFaults } from '../../src/geo/validate.js';
import type { PlanPlace, RingE7 } from '../../src/model/plan.js';
import { exactContains, exactCross, exactOnBoundary, exactOrientation } from './oracle.js';
import {
  atlas,
  boxesMeet,
  boxOf,
  edgesOf,
  keyOf,
  meizhou,
  type Named,
  needs,
  placeOf,
  polygonPlace,
  Random,
  subdivision,
} from './support.js';

const SEED = 20_240_506;
t.comment(`seed ${SEED}`);

const SQUARE: RingE7 = [0, 0, 10, 0, 10, 10, 0, 10];

t.test('a cleaned ring contains the same points', async (t) => {
  const random = new Random(SEED);
  t.same(cleanRing([0, 0, 0, 0, 10, 0, 10, 10, 15, 15, 10, 10, 10, 10, 0, 10, 0, 0]), {
    ring: [0, 0, 10, 0, 10, 10, 0, 10],
    droppedZeroLengthEdges: 2,
    droppedSpikes: 1,
    sourceVertex: [0, 2, 3, 7],
  });
  const atSeam = { ring: SQUARE, droppedZeroLengthEdges: 0, droppedSpikes: 1 };
  t.same(
    cleanRing([...SQUARE, 0, 0, -5, -5]),
    { ...atSeam, sourceVertex: [0, 1, 2, 3] },
    'a spike after the last vertex',
  );
  t.same(cleanRing([-5, -5, ...SQUARE, 0, 0]), { ...atSeam, sourceVertex: [1, 2, 3, 4] }, 'a spike before the first');
  t.same(cleanRing([3, 3, 3, 3, 3, 3]), {
    ring: [3, 3],
    droppedZeroLengthEdges: 1,
    droppedSpikes: 0,
    sourceVertex: [0],
  });
  t.same(cleanRing([]), { ring: [], droppedZeroLengthEdges: 0, droppedSpikes: 0, sourceVertex: [] });
  const wrong: unknown[] = [];
  for (let i = 0; i < 3_000; i += 1) {
    // Few values, so that repeats and ways back are everywhere, at the seam too.
    const ring = Array.from({ length: random.int(2, 9) * 2 }, () => random.int(0, 2) * 2);
    const clean = cleanRing(ring);
    for (const [x, y] of [
      [random.int(-1, 5), random.int(-1, 5)],
      [1, 1],
      [3, 2],
    ] as const) {
      if (polygonContains([clean.ring], x, y) !== exactContains([ring], x, y)) wrong.push({ ring, clean, x, y });
    }
    if (clean.sourceVertex.some((source, n) => ring[source * 2] !== clean.ring[n * 2])) wrong.push({ ring, clean });
    const points = edgesOf([clean.ring]).map(([x, y]) => `${x},${y}`);
    const isClean = points.every((point, n) => point !== points[n - 1] && point !== points[n - 2]);
    const isCleanAtSeam = points[0] !== points.at(-1) && points[0] !== points.at(-2) && points[1] !== points.at(-1);
    if (points.length > 2 && !(isClean && isCleanAtSeam)) wrong.push({ ring, clean });
  }
  t.same(wrong.slice(0, 3), []);
});

t.test('generated subdivisions are fine; each change of one corner is seen', async (t) => {
  const random = new Random(SEED + 1);
  for (let round = 0; round < 30; round += 1) {
    const { quads } = subdivision(random, 6, 6, 1_000, 300);
    t.same(geometryFaults(quads.map(polygonPlace), sizesOf(quads)), [], `round ${round}`);
    // Moved in one of the four quadrilaterals around it, the corner leaves an overlap or a gap with no vertex on it.
    const moves = quads.map((quad, i) => {
      if (i !== 14) return polygonPlace(quad);
      const [x = 0, y = 0, ...rest] = quad.rings[0] ?? [];
      return polygonPlace({ ...quad, rings: [[x - 40, y - 30, ...rest]] });
    });
    const faults = geometryFaults(moves);
    t.ok(
      faults.some(({ reason }) => reason.includes('q-2-2') || reason.startsWith('overlaps')),
      `round ${round}: a corner moved`,
    );
  }
});

t.test('Meizhou has no faults but what cleaning drops', needs('zones/meizhou_8_districts_wgs84.geojson'), async (t) => {
  const districts = meizhou();
  t.same(geometryFaults(districts.map(polygonPlace), sizesOf(districts)), []);
  // The same with one shared vertex left out of one district.
  const mutilated = districts.map((district, i) =>
    i === 2 ? { ...district, rings: [without(district.rings[0] ?? [], 700)] } : district,
  );
  const faults = geometryFaults(mutilated.map(polygonPlace), sizesOf(districts));
  t.ok(faults.length > 0, JSON.stringify(faults));
});

t.test('the crossings of 3,231 real counties are those that big integers find', async (t) => {
  const counties = atlas('us-atlas/counties-10m.json', 'counties').filter(({ rings }) =>
    rings.every((ring) => ring.length >= 6),
  );
  const faults = geometryFaults(counties.map(polygonPlace), sizesOf(counties));
  const edges = counties.map(({ rings }) => edgesOf(rings));
  const boxes = edges.map((list) => boxOf(list.flat()));
  const isNear = (a: number, b: number): boolean => boxesMeet(boxes[a] ?? [], boxes[b] ?? []);
  const crossing = new Set<string>();
  const crossesItself = new Set<string>();
  counties.forEach((one, a) => {
    counties.slice(0, a + 1).forEach((other, b) => {
      if (!isNear(a, b)) return;
      const mine = (edges[a] ?? []).filter((edge) => boxesMeet(boxOf(edge), boxes[b] ?? []));
      const theirs = (edges[b] ?? []).filter((edge) => boxesMeet(boxOf(edge), boxes[a] ?? []));
      if (!mine.some((e) => theirs.some((f) => boxesMeet(boxOf(e), boxOf(f)) && exactCross(e, f)))) return;
      if (a === b) crossesItself.add(one.name);
      else crossing.add(`${one.name} ${other.name}`);
    });
  });
  const reported = (pattern: RegExp): Set<string> =>
    new Set(
      faults.flatMap(({ placeId, reason }) => {
        const match = pattern.exec(reason);
        return match === null ? [] : [[placeId, ...match.slice(1)].join(' ')];
      }),
    );
  t.same(reported(/crosses itself near/), crossesItself);
  t.ok(crossesItself.size > 0, `${crossesItself.size} counties that cross themselves`);
  // Zones with a fault of their own are not compared with others.
  const faulty = new Set(faults.filter(({ reason }) => reason.startsWith('the ring')).map(({ placeId }) => placeId));
  const comparable = [...crossing].filter((pair) => pair.split(' ').every((name) => !faulty.has(name)));
  t.same(reported(/^overlaps zone (\S+): their boundaries cross/), new Set(comparable));
});

t.test('pairs of zones are refused when they overlap or have a T-junction, and only then', async (t) => {
  const random = new Random(SEED + 2);
  const wrong: unknown[] = [];
  const counts = { fine: 0, overlap: 0, junction: 0 };
  for (let i = 0; i < 6_000; i += 1) {
    const [a, b] = [triangle(random), triangle(random)];
    const overlap = !isSeparated(a, b) && !isSeparated(b, a);
    const junction = hasVertexOnEdge(a, b) || hasVertexOnEdge(b, a);
    const faults = geometryFaults([zone('a', [a]), zone('b', [b])]);
    if (overlap) counts.overlap += 1;
    else if (junction) counts.junction += 1;
    else counts.fine += 1;
    const saysOverlap = faults.some(({ reason }) => reason.startsWith('overlaps'));
    const saysJunction = faults.some(({ reason }) => reason.startsWith('T-junction'));
    // An overlap with a T-junction may be told as either.
    const right = overlap ? saysOverlap || (junction && saysJunction) : !saysOverlap;
    if (!right || junction !== saysJunction) wrong.push({ a, b, overlap, junction, faults });
  }
  t.same(wrong.slice(0, 3), [], JSON.stringify(counts));
  t.ok(counts.fine > 200 && counts.overlap > 1_000 && counts.junction > 200);
});

t.test('a ring is refused when it meets itself in more than whole vertices', async (t) => {
  const random = new Random(SEED + 3);
  const wrong: unknown[] = [];
  const counts = { fine: 0, refused: 0, touching: 0 };
  for (let i = 0; i < 6_000; i += 1) {
    const { ring } = cleanRing(Array.from({ length: random.int(3, 7) * 2 }, () => random.int(0, 4) * 1_000));
    if (ring.length < 6) continue;
    const edges = edgesOf([ring]);
    const meets = edges.some((e, n) => edges.slice(0, n).some((f) => exactCross(e, f) || keyOf(e) === keyOf(f)));
    const refused = geometryFaults([zone('a', [ring])]).length > 0;
    const repeats = new Set(edges.map(([x, y]) => `${x},${y}`)).size < edges.length;
    const bad = meets || hasVertexOnEdge(ring, ring);
    // With a vertex visited twice, the ways through it may cross there or only touch.
    if (bad ? !refused : refused && !repeats) wrong.push({ ring, refused });
    if (!refused && repeats) counts.touching += 1;
    counts[refused ? 'refused' : 'fine'] += 1;
    // Even-odd over a ring that only touches itself equals the area on one side of it: no vertex crossing was missed.
    if (!refused && repeats && Math.abs(signedArea(ring)) !== evenOddArea(ring))
      wrong.push({ ring, area: signedArea(ring) });
  }
  t.same(wrong.slice(0, 3), [], JSON.stringify(counts));
  t.ok(counts.fine > 500 && counts.refused > 1_000 && counts.touching > 10);
});

function zone(id: string, rings: readonly RingE7[]): PlanPlace {
  return placeOf(id, { type: 'polygon', rings });
}

function without(ring: RingE7, vertex: number): RingE7 {
  return ring.filter((_, i) => Math.floor(i / 2) !== vertex);
}

function sizesOf(areas: readonly Named[]): Map<string, readonly number[]> {
  return new Map(areas.map(({ name, partSizes }) => [name, partSizes]));
}

function triangle(random: Random): RingE7 {
  for (;;) {
    const ring = Array.from({ length: 6 }, () => random.int(0, 5) * 1_000);
    if (signedArea(ring) !== 0) return ring;
  }
}

/** Whether the line of some edge of triangle a has all of triangle b on its other side: then their insides are apart. */
function isSeparated(a: RingE7, b: RingE7): boolean {
  const turn = Math.sign(signedArea(a));
  return edgesOf([a]).some(([ax = 0, ay = 0, bx = 0, by = 0]) =>
    edgesOf([b]).every(([x = 0, y = 0]) => exactOrientation(ax, ay, bx, by, x, y) !== turn),
  );
}

function signedArea(ring: RingE7): number {
  return edgesOf([ring]).reduce((sum, [ax = 0, ay = 0, bx = 0, by = 0]) => sum + (ax * by - ay * bx) / 2, 0);
}

/** Area by even-odd of a ring on the lattice of 1,000, from the heights of its edges in thin columns. */
function evenOddArea(ring: RingE7): number {
  const edges = edgesOf([ring]);
  let area = 0;
  for (const [west, east] of [...new Set(edges.map(([x = 0]) => x))]
    .sort((a, b) => a - b)
    .map((x, i, all) => [x, all[i + 1] ?? x] as const)) {
    // Between two vertices' longitudes no edges cross: their heights at the middle, paired in order, bound the inside.
    const middle = (west + east) / 2;
    const heights = edges
      .filter(([ax = 0, , bx = 0]) => ax > middle !== bx > middle)
      .map(([ax = 0, ay = 0, bx = 0, by = 0]) => ay + ((middle - ax) * (by - ay)) / (bx - ax))
      .sort((a, b) => a - b);
    heights.forEach((height, i) => {
      area += (i % 2 === 0 ? -height : height) * (east - west);
    });
  }
  return Math.round(area);
}

function hasVertexOnEdge(a: RingE7, b: RingE7): boolean {
  return edgesOf([a]).some(([x = 0, y = 0]) =>
    edgesOf([b]).some((edge) => !isEnd(edge, x, y) && exactOnBoundary([edge], x, y)),
  );
}

function isEnd([ax, ay, bx, by]: RingE7, x: number, y: number): boolean {
  return (ax === x && ay === y) || (bx === x && by === y);
}
