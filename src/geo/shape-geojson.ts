import { unreachable } from '../model/errors.js';
import type { PolygonShape, RingE7, Shape } from '../model/plan.js';
import { E7 } from '../model/position.js';
import { polygonContains } from './polygon.js';

export type Coordinates = number[];
export type AreaGeometry =
  | { type: 'Polygon'; coordinates: Coordinates[][] }
  | { type: 'MultiPolygon'; coordinates: Coordinates[][][] };
export type LineGeometry =
  | { type: 'LineString'; coordinates: Coordinates[] }
  | { type: 'MultiLineString'; coordinates: Coordinates[][] };
export type ShapeGeometry = { type: 'Point'; coordinates: Coordinates } | LineGeometry | AreaGeometry;

/** A shape as GeoJSON in degrees WGS-84: of a circle the middle, of a corridor the lines. */
export function shapeGeometry(shape: Shape): ShapeGeometry {
  switch (shape.type) {
    case 'circle':
      return { type: 'Point', coordinates: [shape.center.lngE7 / E7, shape.center.latE7 / E7] };
    case 'corridor':
      return lineGeometry(shape.lines);
    case 'polygon':
      return areaGeometry(shape);
    default:
      return unreachable(shape);
  }
}

export function lineGeometry(lines: readonly (readonly number[])[]): LineGeometry {
  const [first = [], ...more] = lines.map(positionsOf);
  return more.length === 0
    ? { type: 'LineString', coordinates: first }
    : { type: 'MultiLineString', coordinates: [first, ...more] };
}

export function areaGeometry({ rings }: PolygonShape): AreaGeometry {
  const [first = [], ...more] = nestRings(rings);
  return more.length === 0
    ? { type: 'Polygon', coordinates: first }
    : { type: 'MultiPolygon', coordinates: [first, ...more] };
}

/**
 * Even-odd rings into GeoJSON's parts with holes: a ring inside an even number of others is a part, one inside an odd
 * number is a hole of the innermost. Rings of a place may touch but never cross, so any vertex that they do not share decides.
 */
function nestRings(rings: readonly RingE7[]): Coordinates[][][] {
  const around = rings.map((ring) => rings.filter((other) => other !== ring && ringInside(ring, other)));
  const parts = new Map<RingE7, Coordinates[][]>();
  rings.forEach((ring, index) => {
    if ((around[index]?.length ?? 0) % 2 === 0) parts.set(ring, [closed(ring, true)]);
  });
  rings.forEach((ring, index) => {
    const outer = around[index] ?? [];
    if (outer.length % 2 === 0) return;
    const depth = (other: RingE7) => around[rings.indexOf(other)]?.length ?? 0;
    const innermost = outer.reduce((best, other) => (depth(other) > depth(best) ? other : best));
    parts.get(innermost)?.push(closed(ring, false));
  });
  return [...parts.values()];
}

function ringInside(ring: RingE7, other: RingE7): boolean {
  const shared = new Set(positionsOf(other).map(String));
  const deciding = positionsOf(ring).find((position) => !shared.has(String(position)));
  if (deciding === undefined) return false;
  const [lng = 0, lat = 0] = deciding;
  return polygonContains([other], Math.round(lng * E7), Math.round(lat * E7));
}

/** RFC 7946: the first position again at the end; parts counter-clockwise, holes clockwise. */
function closed(ring: RingE7, counterClockwise: boolean): Coordinates[] {
  const positions = positionsOf(ring);
  const [head] = positions;
  if (doubledArea(ring) > 0 !== counterClockwise) positions.reverse();
  else if (head !== undefined) return [...positions, head];
  const start = positions.at(-1);
  return start === undefined ? [] : [start, ...positions.slice(0, -1), start];
}

/** Relative to the first vertex, so that the products stay small enough for the sign to be right. */
function doubledArea(ring: RingE7): number {
  const [x0 = 0, y0 = 0] = ring;
  let area = 0;
  for (let i = 2; i + 3 < ring.length; i += 2) {
    const [x1, y1] = [(ring[i] ?? 0) - x0, (ring[i + 1] ?? 0) - y0];
    const [x2, y2] = [(ring[i + 2] ?? 0) - x0, (ring[i + 3] ?? 0) - y0];
    area += x1 * y2 - x2 * y1;
  }
  return area;
}

function positionsOf(flat: readonly number[]): Coordinates[] {
  const positions: Coordinates[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) positions.push([(flat[i] ?? 0) / E7, (flat[i + 1] ?? 0) / E7]);
  return positions;
}
