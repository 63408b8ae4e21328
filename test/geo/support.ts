import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FeatureCollection, MultiPolygon, Polygon } from 'geojson';
import { feature } from 'topojson-client';
import { cleanRing } from '../../src/geo/validate.js';
import type { PlanPlace, RingE7, Shape } from '../../src/model/plan.js';

/** A seeded generator (mulberry32); `random()` is in [0, 1). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) throw new Error('pick: got an empty list');
    return item;
  }
}

/** The project's root: the folder of package.json. */
function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** Real data beside the project, not part of it: tests that read it are skipped without it. */
export function sharedData(path: string): string | null {
  const file = join(projectRoot(), '../shared/data', path);
  return existsSync(file) ? file : null;
}

/** What tap takes as `skip`, with the reason. */
export function needs(path: string): { skip: string | false } {
  return { skip: sharedData(path) === null ? `needs ../shared/data/${path}` : false };
}

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

export interface Named {
  readonly name: string;
  readonly rings: readonly RingE7[];
  readonly partSizes: readonly number[];
}

/** Rings of a GeoJSON polygon, rounded to 1e-7 degree and cleaned as the loader does it. */
function namedOf(name: string, geometry: Polygon | MultiPolygon): Named {
  const parts = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  const rings = parts.flat().map((ring) => cleanRing(ring.flatMap(([x, y]) => [roundE7(x), roundE7(y)])).ring);
  return { name, rings, partSizes: parts.map((part) => part.length) };
}

function roundE7(degrees: number | undefined): number {
  return Math.round((degrees ?? Number.NaN) * 1e7);
}

/** The eight districts of Meizhou; borders are shared exactly. */
export function meizhou(): Named[] {
  const file = sharedData('zones/meizhou_8_districts_wgs84.geojson');
  if (file === null) return [];
  const collection = readJson<FeatureCollection<Polygon | MultiPolygon, { adcode: string }>>(file);
  return collection.features.map(({ geometry, properties }) => namedOf(`d-${properties.adcode}`, geometry));
}

/** Polygons of an npm atlas, whole files of real borders at 1e-7 degree. */
export function atlas(packageFile: string, object: string): Named[] {
  const topology = readJson<Parameters<typeof feature>[0]>(join(projectRoot(), 'node_modules', packageFile));
  const geometries = topology.objects[object];
  const collection = geometries === undefined ? undefined : feature(topology, geometries);
  if (collection?.type !== 'FeatureCollection') throw new Error(`${packageFile}: got no collection ${object}`);
  return collection.features.flatMap((one, i) => {
    const { geometry } = one;
    const isArea = geometry.type === 'Polygon' || geometry?.type === 'MultiPolygon';
    return isArea ? [namedOf(`a-${i}`, geometry)] : [];
  });
}

/**
 * A grid of quadrilaterals with moved corners: they share edges and vertices and cover their outline without overlap.
 * With jitter below half a cell each is simple.
 */
export function subdivision(
  random: Random,
  columns: number,
  rows: number,
  cell: number,
  jitter: number,
): { quads: Named[]; outline: RingE7 } {
  const corners = Array.from({ length: (columns + 1) * (rows + 1) }, (_, i) => {
    const column = i % (columns + 1);
    const row = (i - column) / (columns + 1);
    return [column * cell + random.int(-jitter, jitter), row * cell + random.int(-jitter, jitter)];
  });
  const corner = (row: number, column: number): number[] => corners[row * (columns + 1) + column] ?? [];
  const quads: Named[] = [];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const south = [...corner(row, column), ...corner(row, column + 1)];
      const north = [...corner(row + 1, column + 1), ...corner(row + 1, column)];
      quads.push({ name: `q-${row}-${column}`, rings: [[...south, ...north]], partSizes: [1] });
    }
  }
  const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  const outline = [
    ...upTo(columns).flatMap((column) => corner(0, column)),
    ...upTo(rows).flatMap((row) => corner(row, columns)),
    ...upTo(columns).flatMap((column) => corner(rows, columns - column)),
    ...upTo(rows).flatMap((row) => corner(rows - row, 0)),
  ];
  return { quads, outline };
}

/** A star around a centre: simple, with vertices at random distances. */
export function star(random: Random, x: number, y: number, radius: number, vertices: number): RingE7 {
  const ring: number[] = [];
  for (let i = 0; i < vertices; i += 1) {
    const angle = (2 * Math.PI * (i + random.next() * 0.8)) / vertices;
    const length = radius * (0.3 + 0.7 * random.next());
    ring.push(Math.round(x + length * Math.cos(angle)), Math.round(y + length * Math.sin(angle)));
  }
  return ring;
}

/** A point on or within `spread` units of an edge or a vertex of the rings. */
export function nearBoundary(random: Random, rings: readonly RingE7[], spread: number): readonly [number, number] {
  const ring = random.pick(rings);
  const i = random.int(0, ring.length / 2 - 1) * 2;
  const next = (i + 2) % ring.length;
  const along = random.pick([0, 0, 0.5, random.next()]);
  const x = (ring[i] as number) + along * ((ring[next] as number) - (ring[i] as number));
  const y = (ring[i + 1] as number) + along * ((ring[next + 1] as number) - (ring[i + 1] as number));
  return [Math.round(x) + random.int(-spread, spread), Math.round(y) + random.int(-spread, spread)];
}

export function placeOf(id: string, shape: Shape, kind: PlanPlace['kind'] = 'zone'): PlanPlace {
  return { id, kind, name: { zh: id, en: id }, shape, stopAllowed: false, tier: null };
}

export function polygonPlace({ name, rings }: Named): PlanPlace {
  return placeOf(name, { type: 'polygon', rings });
}

/** The edges of closed rings, each `[ax, ay, bx, by]`. */
export function edgesOf(rings: readonly RingE7[]): RingE7[] {
  return rings.flatMap((ring) =>
    Array.from({ length: ring.length / 2 }, (_, i) =>
      [0, 1, 2, 3].map((n) => ring[(i * 2 + n) % ring.length] as number),
    ),
  );
}

/** An edge in either direction, as a map's key. */
export function keyOf([ax, ay, bx, by]: RingE7): string {
  return [`${ax},${ay}`, `${bx},${by}`].sort().join(' ');
}

/** West, south, east, north of flat coordinates. */
export function boxOf(flat: readonly number[]): [number, number, number, number] {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < flat.length; i += 2) {
    const [x, y] = [flat[i] as number, flat[i + 1] as number];
    [west, south, east, north] = [Math.min(west, x), Math.min(south, y), Math.max(east, x), Math.max(north, y)];
  }
  return [west, south, east, north];
}

/** A ring as GeoJSON has it: pairs, the first one again at the end. */
export function closedPairs(ring: readonly number[]): [number, number][] {
  return Array.from({ length: ring.length / 2 + 1 }, (_, i) => [
    ring[(i * 2) % ring.length] as number,
    ring[(i * 2 + 1) % ring.length] as number,
  ]);
}

export function boxesMeet(a: readonly number[], b: readonly number[]): boolean {
  const [west = 0, south = 0, east = 0, north = 0] = a;
  const [otherWest = 0, otherSouth = 0, otherEast = 0, otherNorth = 0] = b;
  return west <= otherEast && otherWest <= east && south <= otherNorth && otherSouth <= north;
}
