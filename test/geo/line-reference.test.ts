import t from 'tap';
import { courseVector } from '../../src/geo/course.js';
import { type LineReference, referenceLine, spotsOn } from '../../src/geo/line-reference.js';
import { rulerAt } from '../../src/geo/ruler.js';
import type { PositionE7 } from '../../src/model/position.js';
import { Random } from './support.js';

const SEED = 20_261_201;
const MIDDLE: PositionE7 = { lngE7: 1_161_000_000, latE7: 242_900_000 };
const RULER = rulerAt(MIDDLE.latE7);
t.comment(`seed ${SEED}`);

/** A position by metres east and north of the middle. */
function at(eastM: number, northM: number): PositionE7 {
  return {
    lngE7: MIDDLE.lngE7 + Math.round(eastM / RULER.metresPerLngE7),
    latE7: MIDDLE.latE7 + Math.round(northM / RULER.metresPerLatE7),
  };
}

function lineOf(...parts: readonly (readonly (readonly [number, number])[])[]): LineReference {
  const lines = parts.map((part) =>
    part.flatMap(([eastM, northM]) => {
      const { lngE7, latE7 } = at(eastM, northM);
      return [lngE7, latE7];
    }),
  );
  return referenceLine(RULER, lines);
}

t.test('metres along a line go on over its corners, and over its parts', async (t) => {
  const line = lineOf(
    [
      [0, 0],
      [300, 0],
      [300, 0],
      [300, 200],
    ],
    [
      [1_000, 0],
      [1_000, 100],
    ],
  );
  t.equal(Math.round(line.lengthM), 600);
  const along = (eastM: number, northM: number): number[] =>
    spotsOn(line, at(eastM, northM), 20).map(({ alongM }) => alongM);
  t.same(along(120, 15), [120]);
  t.same(along(-10, 0), [0], 'before its start');
  t.same(along(310, 5), [305], 'a corner has one spot');
  t.same(along(990, 60), [560]);
  t.same(along(120, 25), [], 'too far from it');
});

t.test('a line that crosses itself, or comes back, has a spot on each branch', async (t) => {
  const loop = lineOf([
    [0, 0],
    [400, 0],
    [400, 200],
    [200, 200],
    [200, -200],
  ]);
  t.same(
    spotsOn(loop, at(205, 5), 20).map(({ alongM }) => alongM),
    [205, 995],
  );
  const back = lineOf([
    [0, 0],
    [400, 0],
    [0, 10],
  ]);
  const [out, home, ...more] = spotsOn(back, at(100, 4), 20);
  t.same([out?.alongM, more], [100, []]);
  t.ok(Math.abs((home?.alongM ?? 0) - 700) <= 1);
  t.ok((out?.east ?? 0) > 0.99 && (home?.east ?? 0) < -0.99, 'it says which way each branch goes');
  t.equal(spotsOn(back, at(395, 1), 20).length, 1, 'where it turns they are one');
});

t.test('spots agree with a search in steps of half a metre', async (t) => {
  const random = new Random(SEED);
  let [found, several] = [0, 0];
  for (let i = 0; i < 150; i += 1) {
    const vertices = drawnVertices(random);
    const line = lineOf(vertices);
    for (let n = 0; n < 12; n += 1) {
      const [x, y] = random.pick(vertices);
      const [eastM, northM] = [x + random.int(-60, 60), y + random.int(-60, 60)];
      const withinM = random.pick([10, 20, 40, 80]);
      const slow = slowSpots(vertices, eastM, northM, withinM);
      if (slow === null) continue;
      const fast = spotsOn(line, at(eastM, northM), withinM);
      found += fast.length;
      several += Number(fast.length > 1);
      const isSame =
        fast.length === slow.length &&
        fast.every((spot, k) => {
          const other = slow[k] as SlowSpot;
          return Math.abs(spot.awayM - other.awayM) < 0.4 && other.nearlyAt(spot.alongM);
        });
      if (!isSame) t.fail('another answer', { vertices, eastM, northM, withinM, fast, slow });
    }
  }
  t.ok(found > 500 && several > 50, `${found} spots, ${several} times more than one`);
});

function drawnVertices(random: Random): [number, number][] {
  const vertices: [number, number][] = [[0, 0]];
  for (let i = random.int(1, 7); i > 0; i -= 1) {
    const [x, y] = vertices.at(-1) as [number, number];
    vertices.push([x + random.int(-150, 150), y + random.int(-150, 150)]);
  }
  return vertices;
}

interface SlowSpot {
  readonly awayM: number;
  /** Whether the line is as near, to half a metre, so many metres along it, and in the same stretch. */
  readonly nearlyAt: (alongM: number) => boolean;
}

/** Null: whether two stretches are one hangs on less than the steps of the search. */
function slowSpots(
  vertices: readonly (readonly [number, number])[],
  eastM: number,
  northM: number,
  withinM: number,
): SlowSpot[] | null {
  const samples: { alongM: number; awayM: number }[] = [];
  let alongM = 0;
  for (const [i, [bx, by]] of vertices.entries()) {
    const [ax, ay] = vertices[i - 1] ?? [bx, by];
    const lengthM = Math.hypot(bx - ax, by - ay);
    for (let m = 0; m < lengthM; m += 0.5) {
      const [x, y] = [ax + ((bx - ax) * m) / lengthM, ay + ((by - ay) * m) / lengthM];
      samples.push({ alongM: alongM + m, awayM: Math.hypot(x - eastM, y - northM) });
    }
    alongM += lengthM;
  }
  const last = vertices.at(-1) as readonly [number, number];
  samples.push({ alongM, awayM: Math.hypot(last[0] - eastM, last[1] - northM) });
  const runs: { alongM: number; awayM: number }[][] = [];
  let isIn = false;
  for (const sample of samples) {
    if (sample.awayM <= withinM) {
      if (isIn) runs.at(-1)?.push(sample);
      else runs.push([sample]);
      isIn = true;
    } else isIn = false;
  }
  // Where a stretch ends, or would with half a metre more or less, the search can tell nothing.
  const isClose = samples.some(({ awayM }, i) => {
    const [before, after] = [samples[i - 1]?.awayM ?? Infinity, samples[i + 1]?.awayM ?? Infinity];
    const isTurn = (awayM <= before && awayM <= after) || (awayM >= before && awayM >= after);
    return isTurn && Math.abs(awayM - withinM) < 1;
  });
  if (isClose) return null;
  return runs.map((run) => {
    const awayM = Math.min(...run.map((sample) => sample.awayM));
    const nearlyAt = (m: number): boolean =>
      run.some((sample) => Math.abs(sample.alongM - m) <= 1.5 && sample.awayM - awayM < 1);
    return { awayM, nearlyAt };
  });
}

t.test('other vertices give another id, the same ones the same', async (t) => {
  const [a, b] = [
    lineOf([
      [0, 0],
      [100, 0],
    ]),
    lineOf([
      [0, 0],
      [100, 1],
    ]),
  ];
  t.not(a.id, b.id);
  t.equal(
    a.id,
    lineOf([
      [0, 0],
      [100, 0],
    ]).id,
  );
});

t.test('a course as a vector is that of the sine and the cosine', async (t) => {
  for (let courseCdeg = 0; courseCdeg < 36_000; courseCdeg += 37) {
    const { east, north } = courseVector(courseCdeg);
    const radians = (courseCdeg / 18_000) * Math.PI;
    const isNear = Math.abs(east - Math.sin(radians)) < 0.0018 && Math.abs(north - Math.cos(radians)) < 0.0018;
    if (!isNear) t.fail('off', { courseCdeg, east, north });
  }
});
