import { unreachable } from '../model/errors.js';
import type { PolygonShape, RingE7, Shape } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import { polygonContains } from './polygon.js';
import type { Ruler } from './ruler.js';
import { segmentDistance2, segmentsMeet, shiftedSegmentCrosses } from './segment.js';

/**
 * Metres to the shape's boundary: ≤ 0 inside, > 0 outside. For polygons the sign is exactly `polygonContains`: a point
 * on the boundary answers 0 when the half-open rule puts it inside, else the least positive number. Planar on the ruler.
 */
export function signedDistanceM(ruler: Ruler, shape: Shape, position: PositionE7): number {
  const { lngE7: x, latE7: y } = position;
  switch (shape.type) {
    case 'polygon':
      return signedBy(polygonContains(shape.rings, x, y), Math.sqrt(boundaryDistance2(ruler, shape, x, y)));
    case 'circle': {
      const { lngE7: cx, latE7: cy } = shape.center;
      return Math.sqrt(segmentDistance2(ruler, cx, cy, cx, cy, x, y)) - shape.radiusM;
    }
    case 'corridor': {
      let least = Number.POSITIVE_INFINITY;
      for (const line of shape.lines) least = Math.min(least, lineDistance2(ruler, line, 0, x, y));
      return Math.sqrt(least) - shape.corridorM;
    }
    default:
      return unreachable(shape);
  }
}

/** Gives an unsigned distance the exact sign: ≤ 0 inside, > 0 outside, whatever its rounding. */
export function signedBy(inside: boolean, distance: number): number {
  if (inside) return distance > 0 ? -distance : 0;
  return distance > 0 ? distance : Number.MIN_VALUE;
}

/** Whether some point of the segment a-b is inside the shape. Exact for polygons, by the half-open rule. */
export function segmentMeets(ruler: Ruler, shape: Shape, a: PositionE7, b: PositionE7): boolean {
  return isInside(ruler, shape, a) || isInside(ruler, shape, b) || segmentPasses(ruler, shape, a, b);
}

/** Whether the segment a-b has a point inside the shape, of which both ends are outside. Exact for polygons, by the half-open rule. */
export function segmentPasses(ruler: Ruler, shape: Shape, a: PositionE7, b: PositionE7): boolean {
  switch (shape.type) {
    case 'polygon':
      for (const ring of shape.rings) if (crossesRing(ring, a, b)) return true;
      return false;
    case 'circle': {
      const { lngE7: cx, latE7: cy } = shape.center;
      const least = segmentDistance2(ruler, a.lngE7, a.latE7, b.lngE7, b.latE7, cx, cy);
      return Math.sqrt(least) <= shape.radiusM;
    }
    case 'corridor':
      for (const line of shape.lines) if (meetsLine(ruler, line, shape.corridorM, a, b)) return true;
      return false;
    default:
      return unreachable(shape);
  }
}

/** Whether `signedDistanceM` is ≤ 0; of a polygon it is known without a distance. */
export function isInside(ruler: Ruler, shape: Shape, position: PositionE7): boolean {
  if (shape.type === 'polygon') return polygonContains(shape.rings, position.lngE7, position.latE7);
  return signedDistanceM(ruler, shape, position) <= 0;
}

function boundaryDistance2(ruler: Ruler, shape: PolygonShape, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const ring of shape.rings) least = Math.min(least, lineDistance2(ruler, ring, ring.length - 2, x, y));
  return least;
}

/**
 * Square metres to a line of vertices. `before` is the index of the vertex from which the first one is reached: 0 for an
 * open line (the first edge then has no length), the last for a closed ring.
 */
function lineDistance2(ruler: Ruler, line: readonly number[], before: number, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  let ax = line[before] as number;
  let ay = line[before + 1] as number;
  for (let i = 0; i < line.length; i += 2) {
    const bx = line[i] as number;
    const by = line[i + 1] as number;
    const distance2 = segmentDistance2(ruler, ax, ay, bx, by, x, y);
    if (distance2 < least) least = distance2;
    ax = bx;
    ay = by;
  }
  return least;
}

function crossesRing(ring: RingE7, a: PositionE7, b: PositionE7): boolean {
  let px = ring[ring.length - 2] as number;
  let py = ring[ring.length - 1] as number;
  for (let i = 0; i < ring.length; i += 2) {
    const qx = ring[i] as number;
    const qy = ring[i + 1] as number;
    if (shiftedSegmentCrosses(px, py, qx, qy, a.lngE7, a.latE7, b.lngE7, b.latE7)) return true;
    px = qx;
    py = qy;
  }
  return false;
}

/** Two segments that do not meet are nearest at an end of one of them; the ends of a-b are tested by the caller. */
function meetsLine(ruler: Ruler, line: readonly number[], corridorM: number, a: PositionE7, b: PositionE7): boolean {
  const { lngE7: ax, latE7: ay } = a;
  const { lngE7: bx, latE7: by } = b;
  for (let i = 0; i < line.length; i += 2) {
    const qx = line[i] as number;
    const qy = line[i + 1] as number;
    if (Math.sqrt(segmentDistance2(ruler, ax, ay, bx, by, qx, qy)) <= corridorM) return true;
    if (i > 0 && segmentsMeet(line[i - 2] as number, line[i - 1] as number, qx, qy, ax, ay, bx, by)) return true;
  }
  return false;
}
