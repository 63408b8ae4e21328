import type { RingE7 } from '../../src/model/plan.js';

/**
 * The half-open rule taken literally, in big integers, and by another way than the code under test: coordinates are
 * scaled by 2^80, ε is 2^-40, so that (x + ε, y + ε²) is a point like any other and no sign test ever meets a zero; the
 * ray runs north, not east.
 */
const SCALE = 1n << 80n;
const EPSILON = 1n << 40n;
const EPSILON_2 = 1n;

type BigPoint = readonly [x: bigint, y: bigint];

export function exactContains(rings: readonly RingE7[], x: number, y: number): boolean {
  const [px, py] = shifted(x, y);
  let inside = false;
  for (const [a, b] of edgesOf(rings)) {
    if (a[0] < px === b[0] < px) continue;
    const [west, east] = a[0] < b[0] ? [a, b] : [b, a];
    // Height of the edge at px, as a fraction with the positive denominator (east − west).
    const height = west[1] * (east[0] - west[0]) + (px - west[0]) * (east[1] - west[1]);
    if (height > py * (east[0] - west[0])) inside = !inside;
  }
  return inside;
}

export function exactOnBoundary(rings: readonly RingE7[], x: number, y: number): boolean {
  const p: BigPoint = [BigInt(x) * SCALE, BigInt(y) * SCALE];
  return edgesOf(rings).some(([a, b]) => {
    if (cross(a, b, p) !== 0n) return false;
    const dot = (p[0] - a[0]) * (p[0] - b[0]) + (p[1] - a[1]) * (p[1] - b[1]);
    return dot <= 0n;
  });
}

/** Whether a point of the segment, both ends shifted, is inside: an end is, or it crosses an edge. */
export function exactSegmentMeets(
  rings: readonly RingE7[],
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
): boolean {
  if (exactContains(rings, ax, ay) || exactContains(rings, bx, by)) return true;
  const p = shifted(ax, ay);
  const q = shifted(bx, by);
  return edgesOf(rings).some(
    ([a, b]) => cross(a, b, p) > 0n !== cross(a, b, q) > 0n && cross(p, q, a) > 0n !== cross(p, q, b) > 0n,
  );
}

/** Whether two edges `[ax, ay, bx, by]` cross inside both. */
export function exactCross(e: RingE7, f: RingE7): boolean {
  const [a, b] = edgePoints(e);
  const [c, d] = edgePoints(f);
  const [atC, atD, atA, atB] = [cross(a, b, c), cross(a, b, d), cross(c, d, a), cross(c, d, b)];
  return ((atC > 0n && atD < 0n) || (atC < 0n && atD > 0n)) && ((atA > 0n && atB < 0n) || (atA < 0n && atB > 0n));
}

export function exactOrientation(ax: number, ay: number, bx: number, by: number, px: number, py: number): number {
  const big = (v: number): bigint => BigInt(v);
  const determinant = (big(bx) - big(ax)) * (big(py) - big(ay)) - (big(by) - big(ay)) * (big(px) - big(ax));
  return determinant > 0n ? 1 : determinant < 0n ? -1 : 0;
}

function shifted(x: number, y: number): BigPoint {
  return [BigInt(x) * SCALE + EPSILON, BigInt(y) * SCALE + EPSILON_2];
}

function edgePoints([ax = 0, ay = 0, bx = 0, by = 0]: RingE7): readonly [BigPoint, BigPoint] {
  return [
    [BigInt(ax), BigInt(ay)],
    [BigInt(bx), BigInt(by)],
  ];
}

function cross(a: BigPoint, b: BigPoint, p: BigPoint): bigint {
  return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
}

function edgesOf(rings: readonly RingE7[]): (readonly [BigPoint, BigPoint])[] {
  return rings.flatMap((ring) => {
    const points: BigPoint[] = [];
    for (let i = 0; i < ring.length; i += 2) {
      points.push([BigInt(ring[i] as number) * SCALE, BigInt(ring[i + 1] as number) * SCALE]);
    }
    return points.map((point, i) => [point, points[(i + 1) % points.length] ?? point] as const);
  });
}
