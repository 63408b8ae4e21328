import Flatbush from 'flatbush';
import pointInPolygon from 'point-in-polygon-hao';
import { FenceHits, FenceIndex } from '../../src/geo/fence-index.js';
import { rulerAt } from '../../src/geo/ruler.js';
import { EXIT_BUFFER_M, MAX_FENCE_SIGMA_M } from '../../src/model/limits.js';
import {
  atlas,
  boxOf,
  closedPairs,
  edgesOf,
  keyOf,
  type Named,
  polygonPlace,
  Random,
  subdivision,
} from '../geo/support.js';
import { drawPlan, extentOf } from './drawn-district.js';
import { type Figure, tellFigures } from './figures.js';
import { FoldLoad } from './fold-load.js';
import { numbersOf } from './options.js';
import { cpuMs } from './process-use.js';
import { Progress } from './progress.js';

const SEED = 20_261_130;
const DEFAULTS = { sizes: 5, units: 200, minutes: 10, points: 50_000, runs: 5 };
type Size = typeof DEFAULTS;

/** The units report as often as their plan expects. */
const EVERY_MS = 10_000;
/** Until then gaps of all rules have been raised, and no unit may have been anywhere before its first fix. */
const WARM_UP_MINUTES = 70;
const ROUTE_M = 1_000;
/** Places of a drawn district: a sixth of them zones, two thirds posts, the rest routes. A square number of zones. */
const FOLDS = [
  { places: 100, zones: 16 },
  { places: 1_000, zones: 169 },
  { places: 5_000, zones: 784 },
] as const;
/** Zones side by side, a square number of them, about 1.1 km wide; `parts`: how many edges each of their four sides has. */
const GRIDS = [
  { zones: 1_024, parts: 1, target: '≥ 10' },
  { zones: 1_024, parts: 16, target: '≥ 10' },
  { zones: 10_000, parts: 16 },
  { zones: 99_856, parts: 1 },
] as const;
const ZONE_E7 = 100_000;
/** How far the vertices on a side lie off the straight line at most, in a direction. */
const WINDING_E7 = 500;
const REACH_M = EXIT_BUFFER_M + MAX_FENCE_SIGMA_M;
const CORNER = { lngE7: 1_100_000_000, latE7: 240_000_000 };
const US_LAT_E7 = 390_000_000;

/**
 * What a fix costs the engine in districts of more and more places, each as dense as the first; and the fence index alone beside flatbush with
 * point-in-polygon-hao, over the same zones and points. Our index tells how far the boundary is, too.
 */
export async function benchPlaces(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  console.log(
    `places: ${size.units} units, a fix each ${EVERY_MS / 1_000} s, ${size.minutes} min a run; ${size.points} points a look-up round; the first ${size.sizes} sizes; by CPU time`,
  );
  tellFigures('places', SEED, size, [...measureFolds(size), ...measureIndexes(size)]);
}

/** Each run is the next minutes of all districts in turn: each is compared with the smallest of the same run. */
function measureFolds({ sizes, units, minutes, runs }: Size): Figure[] {
  const progress = new Progress('places');
  const folds = FOLDS.slice(0, sizes);
  const loads = folds.map((fold) => loadOf(fold, units));
  const costs = folds.map((): number[] => []);
  for (let run = 0; run <= runs; run += 1) {
    for (const [i, load] of loads.entries()) {
      progress.at((run + i / loads.length) / (runs + 1));
      load.run(60 * (run === 0 ? WARM_UP_MINUTES : minutes));
      const costUs = load.takeCost();
      if (run > 0) costs[i]?.push(costUs);
    }
  }
  progress.end();
  const [smallest = []] = costs;
  return folds.map(({ places }, i) => ({
    name: `fold, ${places} places`,
    unit: 'µs a fix',
    ours: costs[i] ?? [],
    ...(i === 0 ? {} : { beside: smallest }),
    ...(i === FOLDS.length - 1 ? { target: '≤ 1.3' } : {}),
  }));
}

function loadOf({ places, zones }: (typeof FOLDS)[number], units: number): FoldLoad {
  const checkpoints = Math.round((places * 2) / 3);
  const size = { units, zones, checkpoints, routes: places - zones - checkpoints, routeM: ROUTE_M };
  return new FoldLoad(drawPlan(size, SEED), { seed: SEED, extentM: extentOf(size), everyMs: EVERY_MS });
}

function measureIndexes(size: Size): Figure[] {
  const random = new Random(SEED);
  const figureOf = (name: string, zones: readonly Named[], latE7: number): Figure => ({
    name: `index, ${name}`,
    unit: 'points/s',
    ...measureIndex(zones, latE7, random, size),
  });
  const grids = GRIDS.slice(0, size.sizes).map(({ zones, parts, ...target }) => ({
    ...figureOf(`${zones} zones of ${4 * parts} vertices`, gridOf(random, zones, parts), CORNER.latE7),
    ...target,
  }));
  if (size.sizes <= GRIDS.length) return grids;
  const counties = atlas('us-atlas/counties-10m.json', 'counties');
  return [...grids, figureOf(`${counties.length} counties of the US`, counties, US_LAT_E7)];
}

function gridOf(random: Random, zones: number, parts: number): Named[] {
  const side = Math.sqrt(zones);
  const sides = new Map<string, readonly (readonly [number, number])[]>();
  return subdivision(random, side, side, ZONE_E7, ZONE_E7 * 0.3).quads.map((quad) => ({
    ...quad,
    rings: quad.rings.map((ring) =>
      edgesOf([ring])
        .flatMap((edge) => windingSide(random, edge, parts, sides))
        .map((value, i) => value + (i % 2 === 0 ? CORNER.lngE7 : CORNER.latE7)),
    ),
  }));
}

/** The vertices of an edge in so many parts, its end left out; neighbours have the same ones. */
function windingSide(
  random: Random,
  [ax = 0, ay = 0, bx = 0, by = 0]: readonly number[],
  parts: number,
  sides: Map<string, readonly (readonly [number, number])[]>,
): number[] {
  const key = keyOf([ax, ay, bx, by]);
  const between = (from: number, to: number, part: number): number =>
    Math.round(from + ((to - from) * part) / parts) + random.int(-WINDING_E7, WINDING_E7);
  // The neighbour goes the other way.
  const inner =
    sides.get(key)?.toReversed() ??
    Array.from({ length: parts - 1 }, (_, i) => [between(ax, bx, i + 1), between(ay, by, i + 1)] as const);
  sides.set(key, inner);
  return [ax, ay, ...inner.flat()];
}

/** Look-ups of the same points, ours and theirs in turn. */
function measureIndex(
  zones: readonly Named[],
  latE7: number,
  random: Random,
  size: Size,
): Pick<Figure, 'ours' | 'beside'> {
  const [west, south, east, north] = boxOf(zones.flatMap(({ rings }) => rings.flat()));
  const points = Int32Array.from({ length: size.points * 2 }, (_, i) =>
    i % 2 === 0 ? random.int(west, east) : random.int(south, north),
  );
  const index = new FenceIndex(rulerAt(latE7), zones.map(polygonPlace), REACH_M);
  const hits = new FenceHits(zones.length);
  const inside = (x: number, y: number): number => {
    index.query(x, y, hits);
    let count = 0;
    for (let i = 0; i < hits.count; i += 1) if ((hits.distanceM[i] as number) <= 0) count += 1;
    return count;
  };
  const theirs = flatbushOf(zones);
  const [ours, beside]: [number[], number[]] = [[], []];
  for (let run = 0; run <= size.runs; run += 1) {
    const [own, other] = [rateOf(points, inside), rateOf(points, theirs)];
    // A point on a boundary is in one zone for us, in both for them.
    if (Math.abs(own.found - other.found) > size.points / 1_000)
      throw new Error(`${zones.length} zones: got ${own.found} hits, expected ${other.found}`);
    if (run === 0) continue;
    ours.push(own.perSecond);
    beside.push(other.perSecond);
  }
  return { ours, beside };
}

/** How many zones a point is in: those whose box holds it, by flatbush, each tested by point-in-polygon-hao. */
function flatbushOf(zones: readonly Named[]): (x: number, y: number) => number {
  const tree = new Flatbush(zones.length);
  for (const { rings } of zones) tree.add(...boxOf(rings.flat()));
  tree.finish();
  const polygons = zones.map(({ rings }) => rings.map(closedPairs));
  return (x, y) => {
    let count = 0;
    for (const i of tree.search(x, y, x, y)) {
      if (pointInPolygon([x, y], polygons[i] as [number, number][][]) !== false) count += 1;
    }
    return count;
  };
}

function rateOf(
  points: Int32Array,
  lookUp: (x: number, y: number) => number,
): { readonly perSecond: number; readonly found: number } {
  let found = 0;
  const tookMs = cpuMs(() => {
    for (let i = 0; i < points.length; i += 2) found += lookUp(points[i] as number, points[i + 1] as number);
  });
  return { perSecond: (points.length / 2 / tookMs) * 1_000, found };
}
