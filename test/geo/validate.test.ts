import t from 'tap';
import { geometryFaults } from '../../src/geo/validate.js';
import { contactOf } from '../../src/geo/edge-contacts.js';
import { MAX_RADIUS_M, MIN_RADIUS_M } from '../../src/geo/shape-faults.js';
import type { PlanPlace, RingE7, Shape } from '../../src/model/plan.js';
import { placeOf } from './support.js';

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

function partSizesOf(name: string, shape: Shape): number[] {
  const rings = shape.type === 'polygon' ? shape.rings.length : 0;
  return name === 'two parts' ? [1, 1] : [rings];
}
