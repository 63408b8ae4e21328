import { orientation, shiftedSide } from './orientation.js';
import type { Ruler } from './ruler.js';

/** Square metres from p to the nearest point of the segment a-b; a may equal b. */
export function segmentDistance2(
  ruler: Ruler,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  px: number,
  py: number,
): number {
  const mx = ruler.metresPerLngE7;
  const my = ruler.metresPerLatE7;
  const ux = (bx - ax) * mx;
  const uy = (by - ay) * my;
  const wx = (px - ax) * mx;
  const wy = (py - ay) * my;
  const along = wx * ux + wy * uy;
  if (along <= 0) return wx * wx + wy * wy;
  const length2 = ux * ux + uy * uy;
  if (along >= length2) {
    const vx = (px - bx) * mx;
    const vy = (py - by) * my;
    return vx * vx + vy * vy;
  }
  const cross = wx * uy - wy * ux;
  return (cross * cross) / length2;
}

/** Whether the segments a-b and c-d have a point in common, ends and collinear overlaps included. Exact. */
export function segmentsMeet(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
  dx: number,
  dy: number,
): boolean {
  if (Math.max(ax, bx) < Math.min(cx, dx) || Math.max(cx, dx) < Math.min(ax, bx)) return false;
  if (Math.max(ay, by) < Math.min(cy, dy) || Math.max(cy, dy) < Math.min(ay, by)) return false;
  // With boxes that meet, collinear segments meet, and else each must not lie on one side of the other's line.
  return (
    orientation(ax, ay, bx, by, cx, cy) * orientation(ax, ay, bx, by, dx, dy) <= 0 &&
    orientation(cx, cy, dx, dy, ax, ay) * orientation(cx, cy, dx, dy, bx, by) <= 0
  );
}

/**
 * Whether the segment p-q, both ends standing for (x + ε, y + ε²), crosses the edge a-b. Exact; false when p equals q.
 * A crossing is always proper: the shift leaves no touching.
 */
export function shiftedSegmentCrosses(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  px: number,
  py: number,
  qx: number,
  qy: number,
): boolean {
  if (Math.max(ax, bx) < Math.min(px, qx) || Math.max(px, qx) < Math.min(ax, bx)) return false;
  if (Math.max(ay, by) < Math.min(py, qy) || Math.max(py, qy) < Math.min(ay, by)) return false;
  return (
    shiftedSide(ax, ay, bx, by, px, py) !== shiftedSide(ax, ay, bx, by, qx, qy) &&
    sideOfShiftedLine(px, py, qx, qy, ax, ay) !== sideOfShiftedLine(px, py, qx, qy, bx, by)
  );
}

/** The side of the line p → q, both shifted, on which a lies: the determinant gains (qy − py) ε − (qx − px) ε². */
function sideOfShiftedLine(px: number, py: number, qx: number, qy: number, ax: number, ay: number): number {
  const side = orientation(px, py, qx, qy, ax, ay);
  if (side !== 0) return side;
  if (qy !== py) return qy > py ? 1 : -1;
  return qx > px ? -1 : qx < px ? 1 : 0;
}
