import t from 'tap';
import { cleanRing, geometryFaults } from '../../src/geo/validate.js';
import { contactOf } from '../../src/geo/edge-contacts.js';
import { polygonContains } from '../../src/geo/polygon.js';
import { MAX_RADIUS_M, MIN_RADIUS_M } from '../../src/geo/shape-faults.js';
import type { PlanPlace, RingE7, Shape } from '../../src/model/plan.js';
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

const SEED = 20_240_504;
t.comment(`seed ${SEED}`);

/** Squares of ten units; the y axis points north. */
const SQUARE: RingE7 = [0, 0, 10, 0, 10, 10, 0, 10];
const BESIDE: RingE7 = [10, 0, 20, 0, 20, 10, 10, 10];

t.test('good geometry has no faults', async (t) => {
  const good: Record<string, readonly PlanPlace[]> = {
    'one square': [zone('a', [SQUARE])],
    'squares that share an edge': [zone('a', [SQUARE]), zone('b', [BESIDE])],
    'squares that share a vertex': [zone('a', [SQUARE]), zone('b', [[10, 10, 20, 10, 20, 20]])],
    'squares that share nothing': [zone('a', [SQUARE]), zone('b', [moved(SQUARE, 100, 0)])],
    'a zone in the hole of another': [
      zone('a', [box(0, 0, 30, 30), box(10, 10, 20, 20)]),
      zone('b', [box(10, 10, 20, 20)]),
    ],
    'a hole that touches its shell in a vertex': [zone('a', [SQUARE, [0, 0, 5, 3, 3, 5]])],
    'a ring that touches itself in a vertex': [zone('a', [[0, 0, 10, 0, 10, 10, 5, 5, 0, 10, 0, 6, 5, 5, 0, 4]])],
    'two parts': [zone('a', [SQUARE, moved(SQUARE, 30, 0)])],
    // (10, 0) is within a rounding of another edge of the first, but it is a vertex of both.
    'a zone beside a thin one': [zone('a', [[10, 0, 10, 10, 7, 7, 12, -10]]), zone('b', [BESIDE])],
    'checkpoints and routes on top of each other and of zones': [
      zone('a', [SQUARE]),
      placeOf('b', { type: 'polygon', rings: [moved(SQUARE, 5, 5)] }, 'checkpoint'),
      placeOf('c', { type: 'polygon', rings: [moved(SQUARE, 5, 5)] }, 'checkpoint'),
      placeOf('d', circleShape(50), 'checkpoint'),
      placeOf('e', corridorShape([0, 0, 10, 10, 0, 10, 10, 0]), 'route'),
    ],
    'the smallest and the largest radius': [
      placeOf('a', circleShape(MIN_RADIUS_M)),
      placeOf('b', circleShape(MAX_RADIUS_M)),
    ],
    'zero-length edges, a repeated last vertex and a spike': [
      zone('a', [[0, 0, 0, 0, 10, 0, 10, 10, 15, 15, 10, 10, 10, 10, 0, 10, 0, 0]]),
    ],
  };
  for (const [name, places] of Object.entries(good)) {
    const sizes = new Map(places.map(({ id, shape }) => [id, partSizesOf(name, shape)]));
    t.same(geometryFaults(places), [], name);
    t.same(geometryFaults(places, sizes), [], `${name}, with its parts`);
  }
});

t.test('faults of one place name the ring, the vertex and the reason', async (t) => {
  const bad: readonly [name: string, shape: Shape, path: string, reason: RegExp][] = [
    [
      'a bow tie',
      polygon([0, 0, 10, 10, 10, 0, 0, 10]),
      'shape.rings[0]',
      /crosses itself near \[0\.0000005, 0\.0000005\]/,
    ],
    [
      'a bow tie through a vertex',
      polygon([0, 0, 5, 5, 10, 10, 10, 0, 5, 5, 0, 10]),
      'shape.rings[0][4]',
      /crosses itself in its vertex/,
    ],
    [
      'a vertex on an own edge',
      polygon([0, 0, 10, 0, 10, 10, 5, 0, 0, 10]),
      'shape.rings[0][3]',
      /touches itself at \[0\.0000005, 0/,
    ],
    [
      'an edge on an own edge',
      polygon([0, 0, 10, 0, 10, 10, 8, 10, 8, 0, 6, 0, 6, 10, 0, 10]),
      'shape.rings[0][4]',
      /along an edge of itself/,
    ],
    [
      'an own edge twice',
      polygon([0, 0, 10, 0, 10, 10, 20, 10, 20, 0, 10, 0, 10, 10, 0, 10]),
      'shape.rings[0]',
      /same edge twice/,
    ],
    ['nothing enclosed', polygon([0, 0, 5, 0, 10, 0, 5, 0]), 'shape.rings[0]', /encloses nothing/],
    ['three vertices on a line', polygon([0, 0, 5, 0, 10, 0]), 'shape.rings[0][1]', /runs along an edge of itself/],
    ['two vertices', polygon([0, 0, 10, 0, 0, 0]), 'shape.rings[0]', /got 2 distinct vertices, expected at least 3/],
    ['no ring', polygon(), 'shape', /got no ring/],
    ['an odd number of coordinates', polygon([0, 0, 10]), 'shape.rings[0]', /got 3 coordinates/],
    [
      'half a unit',
      polygon(SQUARE, [2, 2, 8.5, 2, 8, 8]),
      'shape.rings[1][1]',
      /got coordinates 8\.5, 2, expected whole units/,
    ],
    ['no number', polygon([0, 0, Number.NaN, 2, 8, 8]), 'shape.rings[0][1]', /got coordinates NaN/],
    [
      'latitude 91',
      polygon([0, 0, 10, 910_000_000, 10, 10]),
      'shape.rings[0][1]',
      /got latitude 91, expected -90 to 90/,
    ],
    [
      'longitude 181',
      polygon([0, 0, 10, 0, 1_810_000_000, 10]),
      'shape.rings[0][2]',
      /got longitude 181, expected -180 to 180/,
    ],
    [
      'across the antimeridian',
      polygon([1_790_000_000, 0, -1_790_000_000, 0, 1_790_000_000, 9]),
      'shape.rings[0][1]',
      /crosses the antimeridian/,
    ],
    [
      'its last edge across it',
      polygon([1_790_000_000, 0, 0, 9, -1_790_000_000, 0]),
      'shape.rings[0][0]',
      /crosses the antimeridian/,
    ],
    ['rings that cross', polygon(SQUARE, moved(SQUARE, 5, 5)), 'shape.rings[0]', /crosses ring 1 near/],
    [
      'rings that cross in a vertex',
      polygon([0, 0, 10, 0, 10, 10, 7, 10, 3, 10, 0, 10], [7, 10, 5, 5, 3, 10, 5, 15]),
      'shape.rings[1][0]',
      /crosses ring 0 in its vertex/,
    ],
    ['a small circle', circleShape(4.99), 'shape', /got a radius of 4.99 m, expected 5 to 5000 m/],
    ['a big circle', circleShape(5000.01), 'shape', /got a radius of 5000.01 m/],
    ['no radius', circleShape(Number.NaN), 'shape', /got a radius of NaN m/],
    [
      'a circle across the antimeridian',
      { type: 'circle', center: { lngE7: 1_799_999_999, latE7: 0 }, radiusM: 50 },
      'shape',
      /antimeridian/,
    ],
    [
      'a circle at the pole',
      { type: 'circle', center: { lngE7: 0, latE7: 900_000_000 }, radiusM: 50 },
      'shape',
      /antimeridian/,
    ],
    [
      'a circle nowhere',
      { type: 'circle', center: { lngE7: 0, latE7: 900_000_001 }, radiusM: 50 },
      'shape',
      /got latitude/,
    ],
    ['a wide corridor', corridorShape([0, 0, 10, 10], 5001), 'shape', /got a corridor of 5001 m/],
    [
      'a corridor of one point',
      corridorShape([7, 7, 7, 7]),
      'shape.lines[0]',
      /got 1 distinct vertices, expected at least 2/,
    ],
    ['a corridor without a line', { type: 'corridor', lines: [], corridorM: 50 }, 'shape', /got no line/],
    [
      'a corridor across the antimeridian',
      corridorShape([1_790_000_000, 0, -1_790_000_000, 0]),
      'shape.lines[0][1]',
      /antimeridian/,
    ],
  ];
  for (const [name, shape, path, reason] of bad) {
    const faults = geometryFaults([placeOf('place', shape)]);
    const [first] = faults;
    t.equal(first?.placeId, 'place', name);
    t.equal(first?.path, path, `${name}: path, got ${JSON.stringify(faults)}`);
    t.match(first?.reason, reason, `${name}: reason`);
  }
});

t.test('faults of nesting', async (t) => {
  const bad: readonly [name: string, rings: readonly RingE7[], partSizes: number[], path: string, reason: RegExp][] = [
    ['a hole beside its shell', [SQUARE, moved(SQUARE, 30, 0)], [2], 'shape.rings[1]', /outside its shell, ring 0/],
    ['a hole that is its shell', [SQUARE, SQUARE], [2], 'shape.rings[1]', /leaves nothing of its shell/],
    [
      'a hole where its shell already leaves a hole',
      [
        [0, 0, 10, 0, 10, 10, 0, 10, 0, 5, 3, 7, 6, 5, 3, 3, 0, 5],
        [0, 5, 3, 7, 6, 5, 3, 3],
      ],
      [2],
      'shape.rings[1]',
      /outside its shell/,
    ],
    ['a hole around its shell', [SQUARE, box(-5, -5, 15, 15)], [2], 'shape.rings[1]', /outside its shell/],
    [
      'a hole that shares an edge with its shell from outside',
      [SQUARE, BESIDE],
      [2],
      'shape.rings[1]',
      /outside its shell/,
    ],
    [
      'a hole in a hole',
      [box(0, 0, 30, 30), box(5, 5, 25, 25), box(10, 10, 20, 20)],
      [3],
      'shape.rings[2]',
      /overlaps the hole ring 1/,
    ],
    [
      'a part in a part',
      [box(0, 0, 30, 30), box(10, 10, 20, 20)],
      [1, 1],
      'shape.rings[1]',
      /overlaps the part of ring 0/,
    ],
    ['the same part twice', [SQUARE, SQUARE], [1, 1], 'shape.rings[1]', /overlaps the part of ring 0/],
    [
      'a part around a part and its hole',
      [box(0, 0, 9, 9), box(3, 3, 6, 6), box(-9, -9, 19, 19)],
      [2, 1],
      'shape.rings[2]',
      /overlaps the part/,
    ],
  ];
  for (const [name, rings, partSizes, path, reason] of bad) {
    const faults = geometryFaults([zone('a', rings)], new Map([['a', partSizes]]));
    t.equal(faults[0]?.path, path, `${name}: ${JSON.stringify(faults)}`);
    t.match(faults[0]?.reason, reason, name);
  }
  const island = [box(0, 0, 30, 30), box(5, 5, 25, 25), box(10, 10, 20, 20)];
  t.same(geometryFaults([zone('a', island)], new Map([['a', [2, 1]]])), [], 'an island in the hole is fine');
  const sharing = [SQUARE, BESIDE];
  t.same(geometryFaults([zone('a', sharing)], new Map([['a', [1, 1]]])), [], 'parts that share an edge are fine');
  const inside = [box(0, 0, 30, 30), [0, 0, 30, 0, 15, 9]];
  t.same(geometryFaults([zone('a', inside)], new Map([['a', [2]]])), [], 'a hole along an edge of its shell is fine');
});

t.test('faults between zones', async (t) => {
  const bad: readonly [name: string, other: readonly RingE7[], reason: RegExp][] = [
    [
      'overlapping',
      [moved(SQUARE, 5, 5)],
      /^overlaps zone a: their boundaries cross near \[0\.0000005, 0\.0000010\] \(2 crossings\)/,
    ],
    ['inside', [box(2, 2, 8, 8)], /^overlaps zone a at \[0\.0000002, 0\.0000002\]/],
    ['around', [box(-9, -9, 19, 19)], /^overlaps zone a at/],
    ['the same', [SQUARE], /^overlaps zone a at/],
    ['the same, the other way round', [[0, 0, 0, 10, 10, 10, 10, 0]], /^overlaps zone a at/],
    ['inside, from vertex to vertex', [[0, 0, 10, 0, 10, 10]], /^overlaps zone a at/],
    ['inside, all vertices shared, no edge', [[0, 0, 10, 10, 0, 10]], /^overlaps zone a at/],
    ['crossing in vertices only', [[0, 0, 20, -5, 30, 0, 10, 10]], /^overlaps zone a/],
    [
      'a vertex that is missing on the shared edge',
      [[10, 0, 20, 0, 20, 10, 10, 10, 10, 4]],
      /^T-junction with zone a: the vertex \[0\.0000010, 0\.0000004\] lies on an edge/,
    ],
    [
      'half an edge shared',
      [[10, 0, 20, 0, 20, 5, 10, 5]],
      /^T-junction with zone a: the vertex \[0\.0000010, 0\.0000005\]/,
    ],
    ['a corner on an edge', [[10, 5, 20, 0, 20, 10]], /^T-junction with zone a: the vertex \[0\.0000010, 0\.0000005\]/],
    [
      'a corner a rounding off an edge',
      [[11, 5, 20, 0, 20, 10]],
      /^T-junction with zone a: the vertex \[0\.0000011, 0\.0000005\]/,
    ],
    ['a corner a rounding off a corner', [[11, 0, 20, 0, 20, 10]], /^T-junction with zone a/],
  ];
  for (const [name, other, reason] of bad) {
    for (const places of [
      [zone('a', [SQUARE]), zone('b', other)],
      [zone('far', [moved(SQUARE, 900, 0)]), zone('a', [SQUARE]), zone('b', other)],
    ]) {
      const faults = geometryFaults(places);
      t.equal(
        faults.filter((fault) => reason.test(fault.reason) && fault.placeId === 'b').length,
        1,
        `${name}: ${JSON.stringify(faults)}`,
      );
    }
    const checkpoint = placeOf('b', { type: 'polygon', rings: other }, 'checkpoint');
    t.same(geometryFaults([zone('a', [SQUARE]), checkpoint]), [], `${name}: a checkpoint may`);
  }
  const [missing] = geometryFaults([zone('a', [[10, 0, 20, 0, 20, 10, 10, 10, 10, 4]]), zone('b', [SQUARE])]);
  t.match(missing, { placeId: 'a', path: 'shape.rings[0][4]', ring: 0, vertex: 4, reason: /add the vertex to b/ });
});

t.test('an overlap is found from whatever vertex the rings start', async (t) => {
  // Boundaries that cross in vertices of both, so only runs between such vertices tell.
  const other = [0, 0, 20, -5, 30, 0, 10, 10];
  for (let i = 0; i < 4; i += 1) {
    for (let j = 0; j < 4; j += 1) {
      const faults = geometryFaults([zone('a', [rotated(SQUARE, i)]), zone('b', [rotated(other, j)])]);
      t.match(faults[0]?.reason, /^overlaps zone a at/, `from ${i} and ${j}`);
    }
  }
});

t.test('contacts of two edges, whichever end meets', async (t) => {
  const base = [0, 0, 10, 0] as const;
  const others: readonly [kind: string, edge: readonly number[], at: readonly number[] | null][] = [
    ['touch', [5, 0, 7, 7], [5, 0]],
    ['touch', [10, -5, 10, 5], [10, 0]],
    ['overlap', [5, 0, 20, 0], null],
    ['overlap', [-5, 0, 20, 0], null],
    ['overlap', [0, 0, 20, 0], [10, 0]],
    ['cross', [5, -5, 5, 5], [5, 0]],
    ['apart', [0, 0, 0, 9], null],
    ['apart', [10, 0, 20, 0], null],
    ['apart', [11, 0, 20, 0], null],
    ['apart', [5, 1, 9, 4], null],
    ['same', [0, 0, 10, 0], null],
  ];
  for (const [kind, edge, at] of others) {
    for (const one of [base, reversed(base)]) {
      for (const other of [edge, reversed(edge)]) {
        for (const edges of [
          [...one, ...other],
          [...other, ...one],
        ]) {
          const contact = contactOf(edges, 0, 1);
          t.equal(contact.kind, kind, `${edges}`);
          if (at !== null) t.same([contact.x, contact.y], at, `${edges}`);
        }
      }
    }
  }
});

t.test('a long border without its vertices is not listed without end', async (t) => {
  const many = Array.from({ length: 100 }, (_, i) => [1000, 10 * (i + 1)]).flat();
  const faults = geometryFaults([
    zone('a', [box(0, 0, 1000, 2000)]),
    zone('b', [
      [
        2000,
        0,
        2000,
        2000,
        ...many.reverse().flatMap((_, i, all) => (i % 2 === 0 ? [all[i + 1] as number, all[i] as number] : [])),
      ],
    ]),
  ]);
  t.equal(faults.length, 21);
  t.match(faults.at(-1)?.reason, /^80 more T-junctions between zones a and b/);
});

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

function polygon(...rings: RingE7[]): Shape {
  return { type: 'polygon', rings };
}

function circleShape(radiusM: number): Shape {
  return { type: 'circle', center: { lngE7: 1_161_000_000, latE7: 242_900_000 }, radiusM };
}

function corridorShape(line: readonly number[], corridorM = 50): Shape {
  return { type: 'corridor', lines: [line], corridorM };
}

function box(west: number, south: number, east: number, north: number): RingE7 {
  return [west, south, east, south, east, north, west, north];
}

function moved(ring: RingE7, x: number, y: number): RingE7 {
  return ring.map((value, i) => value + (i % 2 === 0 ? x : y));
}

function rotated(ring: RingE7, vertices: number): RingE7 {
  return [...ring.slice(vertices * 2), ...ring.slice(0, vertices * 2)];
}

function reversed([ax = 0, ay = 0, bx = 0, by = 0]: readonly number[]): number[] {
  return [bx, by, ax, ay];
}

function without(ring: RingE7, vertex: number): RingE7 {
  return ring.filter((_, i) => Math.floor(i / 2) !== vertex);
}

function partSizesOf(name: string, shape: Shape): number[] {
  const rings = shape.type === 'polygon' ? shape.rings.length : 0;
  return name === 'two parts' ? [1, 1] : [rings];
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
