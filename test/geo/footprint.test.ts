import { booleanPointInPolygon, booleanValid } from '@turf/turf';
import t from 'tap';
import { footprints } from '../../src/geo/footprint.js';
import { rulerAt } from '../../src/geo/ruler.js';
import { signedDistanceM } from '../../src/geo/shape.js';
import type { Shape } from '../../src/model/plan.js';
import { type PositionE7, toLngLat } from '../../src/model/position.js';
import { createRandom } from '../../src/simulator/random.js';

const SEED = 20_261_124;
const MIDDLE = { lngE7: 1_161_172_345, latE7: 242_701_234 };
const RULER = rulerAt(MIDDLE.latE7);

function at(eastM: number, northM: number): PositionE7 {
  return {
    lngE7: MIDDLE.lngE7 + Math.round(eastM / RULER.metresPerLngE7),
    latE7: MIDDLE.latE7 + Math.round(northM / RULER.metresPerLatE7),
  };
}
const flat = (...positions: readonly (readonly [number, number])[]) =>
  positions.flatMap(([eastM, northM]) => Object.values(at(eastM, northM)));

/** With the radius or corridor, and the side of a square around it all. */
const shapes: readonly (readonly [name: string, shape: Shape, reachM: number, spanM: number])[] = [
  ['a small circle', { type: 'circle', center: MIDDLE, radiusM: 50 }, 50, 120],
  ['a large circle', { type: 'circle', center: MIDDLE, radiusM: 2_000 }, 2_000, 4_800],
  ['a bent line', { type: 'corridor', lines: [flat([-900, 0], [0, 0], [0, 700], [40, 0])], corridorM: 40 }, 40, 2_600],
  [
    'lines that meet and one apart',
    {
      type: 'corridor',
      lines: [flat([-600, -100], [600, 100]), flat([0, -500], [0, 500]), flat([800, 400], [1_000, 400])],
      corridorM: 120,
    },
    120,
    2_600,
  ],
  [
    'a ring road',
    { type: 'corridor', lines: [flat([0, 0], [900, 0], [900, 900], [0, 900], [0, 0])], corridorM: 60 },
    60,
    2_600,
  ],
  [
    'a zone with a hole and another part',
    {
      type: 'polygon',
      rings: [
        flat([0, 0], [1_000, 0], [1_000, 800], [0, 800]),
        flat([200, 200], [500, 200], [500, 600], [200, 600]),
        flat([1_200, 0], [1_400, 0], [1_300, 500]),
      ],
    },
    0,
    2_600,
  ],
];

t.test('a footprint has inside what the shape has, but for 0.6 % of the radius', async (t) => {
  const random = createRandom(SEED, 'footprint');
  const found = await footprints(shapes.map(([, shape]) => shape));
  for (const [index, [name, shape, reachM, spanM]] of shapes.entries()) {
    const geometry = found[index]?.geometry;
    if (geometry === undefined) throw new Error(`got no footprint of ${name}`);
    t.ok(booleanValid(geometry), `${name} is valid`);
    const sides = { in: 0, out: 0 };
    const wrong: unknown[] = [];
    for (let i = 0; i < 20_000; i += 1) {
      const position = at(spanM * (random.next() - 0.5), spanM * (random.next() - 0.5));
      const distanceM = signedDistanceM(RULER, shape, position);
      const off = Math.abs(distanceM);
      if (off < Math.max(0.006 * reachM, 0.02) || off > Math.max(0.02 * reachM, 5)) continue;
      const inside = booleanPointInPolygon([...toLngLat(position)], geometry);
      sides[inside ? 'in' : 'out'] += 1;
      if (inside !== distanceM <= 0) wrong.push([position, distanceM]);
    }
    t.strictSame(wrong, [], `${name}, seed ${SEED}: ${sides.in} inside, ${sides.out} outside, near the edge`);
    t.ok(sides.in > 20 && sides.out > 20, `${name}: points on both sides`);
  }
});

t.test('areas and lengths', async (t) => {
  const found = await footprints(shapes.map(([, shape]) => shape));
  const expected: readonly (readonly [areaM2: number, lengthM: number | null])[] = [
    [Math.PI * 50 ** 2, null],
    [Math.PI * 2_000 ** 2, null],
    [found[2]?.areaM2 ?? 0, 900 + 700 + Math.hypot(40, 700)],
    [found[3]?.areaM2 ?? 0, Math.hypot(1_200, 200) + 1_000 + 200],
    // The four strips, their outer corners rounded.
    [1_020 ** 2 - 780 ** 2 - (4 - Math.PI) * 60 ** 2, 3_600],
    [1_000 * 800 - 300 * 400 + (200 * 500) / 2, null],
  ];
  for (const [index, [areaM2, lengthM]] of expected.entries()) {
    const name = shapes[index]?.[0];
    const got = found[index];
    t.ok(Math.abs((got?.areaM2 ?? 0) / areaM2 - 1) < 0.006, `${name}: ${got?.areaM2} m², ${areaM2} expected`);
    if (lengthM === null) t.equal(got?.lengthM, null);
    else t.ok(Math.abs((got?.lengthM ?? 0) / lengthM - 1) < 0.004, `${name}: ${got?.lengthM} m, ${lengthM} expected`);
  }
  t.match(
    found.map(({ geometry }) => geometry.type),
    ['Polygon', 'Polygon', 'Polygon', 'MultiPolygon', 'Polygon', 'MultiPolygon'],
  );
  t.match(found[4]?.geometry.coordinates.length, 2, 'a ring road has a hole');
});
