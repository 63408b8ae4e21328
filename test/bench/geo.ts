import pointInPolygon from 'point-in-polygon-hao';
import { FenceHits, FenceIndex } from '../../src/geo/fence-index.js';
import { rulerAt } from '../../src/geo/ruler.js';
import { geometryFaults } from '../../src/geo/validate.js';
import { EXIT_BUFFER_M, MAX_FENCE_SIGMA_M } from '../../src/model/limits.js';
import type { PlanPlace } from '../../src/model/plan.js';
import {
  boxOf,
  closedPairs,
  meizhou,
  type Named,
  nearBoundary,
  placeOf,
  polygonPlace,
  Random,
  subdivision,
} from '../geo/support.js';

const SEED = 20_240_505;
const POINTS = 100_000;
const ROUNDS = 7;
const REACH_M = EXIT_BUFFER_M + MAX_FENCE_SIGMA_M;
const MIDDLE = { lngE7: 1_161_000_000, latE7: 242_900_000 };

/**
 * The fence index against a box check and point-in-polygon-hao over every zone, in points per second of cpu time: the
 * median of several rounds, and the spread.
 */
export async function benchGeo(): Promise<void> {
  const random = new Random(SEED);
  console.log(`geo: seed ${SEED}, ${ROUNDS} rounds of ${POINTS} points, reach ${REACH_M} m`);
  benchDistrict('100 zones of 4 vertices', generatedZones(random), random);
  benchMixed(random);
  const districts = meizhou();
  if (districts.length === 0) console.log('  Meizhou: needs ../shared/data/zones');
  else benchDistrict('Meizhou, 8 districts of 10,700 vertices', districts, random);
}

function benchDistrict(name: string, zones: readonly Named[], random: Random): void {
  console.log(`  ${name}`);
  const places = zones.map(polygonPlace);
  timed('validate', () => geometryFaults(places));
  const index = timed('build the index', () => new FenceIndex(rulerAt(MIDDLE.latE7), places, REACH_M));
  console.log(`    ${index.size.cells} cells, ${(index.size.bytes / 1e6).toFixed(1)} MB`);
  const pairs = zones.map(({ rings }) => ({ box: boxOf(rings.flat()), rings: rings.map(closedPairs) }));
  const box = boxOf(zones.flatMap(({ rings }) => rings.flat()));
  const hits = new FenceHits(places.length);
  for (const [where, points] of [
    ['anywhere', pointsIn(random, box)],
    ['within 90 m of a boundary', pointsNear(random, zones)],
  ] as const) {
    measure(`index, ${where}`, points, (x, y) => {
      index.query(x, y, hits);
      return hits.count;
    });
    measure(`box + point-in-polygon-hao, ${where}`, points, (x, y) => {
      let count = 0;
      for (const zone of pairs) {
        const [west, south, east, north] = zone.box;
        if (x < west || x > east || y < south || y > north) continue;
        if (pointInPolygon([x, y], zone.rings) !== false) count += 1;
      }
      return count;
    });
  }
}

function benchMixed(random: Random): void {
  console.log('  100 zones, 200 circles of 50 m, 40 corridors of 30 m');
  const zones = generatedZones(random);
  const box = boxOf(zones.flatMap(({ rings }) => rings.flat()));
  const places: PlanPlace[] = zones.map(polygonPlace);
  const inBox = (): number[] => [random.int(box[0], box[2]), random.int(box[1], box[3])];
  for (let i = 0; i < 200; i += 1) {
    const [lngE7 = 0, latE7 = 0] = inBox();
    places.push(placeOf(`post-${i}`, { type: 'circle', center: { lngE7, latE7 }, radiusM: 50 }, 'checkpoint'));
  }
  for (let i = 0; i < 40; i += 1) {
    const line = Array.from({ length: 10 }, inBox).flat();
    places.push(placeOf(`route-${i}`, { type: 'corridor', lines: [line], corridorM: 30 }, 'route'));
  }
  const index = timed('build the index', () => new FenceIndex(rulerAt(MIDDLE.latE7), places, REACH_M));
  const hits = new FenceHits(places.length);
  measure('index, anywhere', pointsIn(random, box), (x, y) => {
    index.query(x, y, hits);
    return hits.count;
  });
}

/** About 10 × 10 km. */
function generatedZones(random: Random): Named[] {
  const { quads } = subdivision(random, 10, 10, 100_000, 30_000);
  return quads.map((quad) => ({
    ...quad,
    rings: quad.rings.map((ring) => ring.map((value, i) => value + (i % 2 === 0 ? MIDDLE.lngE7 : MIDDLE.latE7))),
  }));
}

function pointsIn(random: Random, [west, south, east, north]: readonly [number, number, number, number]): Int32Array {
  return Int32Array.from({ length: POINTS * 2 }, (_, i) =>
    i % 2 === 0 ? random.int(west, east) : random.int(south, north),
  );
}

function pointsNear(random: Random, zones: readonly Named[]): Int32Array {
  const points = Array.from({ length: POINTS }, () => nearBoundary(random, random.pick(zones).rings, 8_000));
  return Int32Array.from(points.flat());
}

function measure(name: string, points: Int32Array, lookup: (x: number, y: number) => number): void {
  let found = 0;
  const round = (): number => {
    const start = process.cpuUsage();
    for (let i = 0; i < points.length; i += 2) found += lookup(points[i] as number, points[i + 1] as number);
    const { user, system } = process.cpuUsage(start);
    return points.length / 2 / ((user + system) / 1e6);
  };
  round();
  const rates = Array.from({ length: ROUNDS }, round).sort((a, b) => a - b);
  const [median = 0, least = 0, most = 0] = [rates[(ROUNDS - 1) / 2], rates[0], rates.at(-1)];
  const million = (rate: number): string => (rate / 1e6).toFixed(rate < 1e6 ? 3 : 1);
  console.log(
    `    ${name.padEnd(56)} ${million(median)} M/s (${million(least)} to ${million(most)}), ` +
      `${(found / ((ROUNDS + 1) * POINTS)).toFixed(3)} hits/point, ${allocated(points, lookup).toFixed(0)} B allocated`,
  );
}

/** Bytes that a lookup allocates: the median over short batches; those in which the collector ran are left out. */
function allocated(points: Int32Array, lookup: (x: number, y: number) => number): number {
  const batch = 2_000;
  const growth = Array.from({ length: 31 }, () => {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < batch * 2; i += 2) lookup(points[i] as number, points[i + 1] as number);
    return (process.memoryUsage().heapUsed - before) / batch;
  })
    .filter((bytes) => bytes >= 0)
    .sort((a, b) => a - b);
  return growth[Math.floor(growth.length / 2)] ?? Number.NaN;
}

function timed<T>(name: string, work: () => T): T {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  console.log(`    ${name}: ${((user + system) / 1000).toFixed(0)} ms cpu`);
  return result;
}
