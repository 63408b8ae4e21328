import type { RingE7 } from '../model/plan.js';
import { orientation } from './orientation.js';

/**
 * Whether the point is inside by the even-odd rule over all rings: exact, and half-open: the point stands for
 * (lng + ε, lat + ε²), so that of areas that share an edge exactly one contains a point on it. Zero-length edges are
 * harmless. Integers in units of 1e-7 degree.
 */
export function polygonContains(rings: readonly RingE7[], lngE7: number, latE7: number): boolean {
  let inside = false;
  for (const ring of rings) {
    let ax = ring[ring.length - 2] as number;
    let ay = ring[ring.length - 1] as number;
    for (let i = 0; i < ring.length; i += 2) {
      const bx = ring[i] as number;
      const by = ring[i + 1] as number;
      if (crossesToTheRight(ax, ay, bx, by, lngE7, latE7)) inside = !inside;
      ax = bx;
      ay = by;
    }
  }
  return inside;
}

/** Whether the edge crosses the ray that runs from (x + ε, y + ε²) towards greater x. */
export function crossesToTheRight(ax: number, ay: number, bx: number, by: number, x: number, y: number): boolean {
  if (ay > y === by > y) return false;
  if (ax > x) {
    if (bx > x) return true;
  } else if (bx <= x) {
    return false;
  }
  // An edge through (x, y) itself is left of x + ε, since it is not horizontal.
  const side = orientation(ax, ay, bx, by, x, y);
  return side !== 0 && side > 0 === by > ay;
}
