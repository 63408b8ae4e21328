/**
 * Exact sign tests on integer coordinates: units of 1e-7 degree, or any integers whose differences are below 2^53. x is
 * longitude, y is latitude; no difference is ever forced into 32 bits, for longitudes differ by up to 3.6e9.
 */

/** Every integer below this is exact in a double. */
const EXACT = 9_007_199_254_740_992;

/** 1 when p lies left of the directed line a → b, -1 right, 0 on it; 0 too when a equals b. */
export function orientation(ax: number, ay: number, bx: number, by: number, px: number, py: number): number {
  // The differences are exact, and rounding keeps the order of the products: rounded products that differ tell the truth.
  const left = (bx - ax) * (py - ay);
  const right = (by - ay) * (px - ax);
  if (left > right) return 1;
  if (left < right) return -1;
  // Equal ones do when they are exact: always when p lies in the edge's ranges and the edge is shorter than 2^26 units
  // (6.7 degrees) an axis.
  if (left < EXACT && left > -EXACT) return 0;
  return compare(BigInt(bx - ax) * BigInt(py - ay), BigInt(by - ay) * BigInt(px - ax));
}

/**
 * The half-open rule: the side of a → b on which (px + ε, py + ε²) lies, 1 left or -1 right, for an infinitesimal ε > 0.
 * Never 0, unless a equals b. Every sign test that decides containment uses it, so that areas that share edges partition
 * the plane.
 */
export function shiftedSide(ax: number, ay: number, bx: number, by: number, px: number, py: number): number {
  const side = orientation(ax, ay, bx, by, px, py);
  // The determinant gains − (by − ay) ε + (bx − ax) ε².
  if (side !== 0) return side;
  if (by !== ay) return by > ay ? -1 : 1;
  return compare(bx, ax);
}

function compare<T extends number | bigint>(a: T, b: T): number {
  return a > b ? 1 : a < b ? -1 : 0;
}
