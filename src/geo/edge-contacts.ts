import { orientation } from './orientation.js';

/**
 * How two edges that each have a length meet, exactly:
 * - `apart`: not at all, or only in an end of both;
 * - `same`: they are the same edge, in either direction;
 * - `touch`: an end of one lies inside the other, (x, y) is that end;
 * - `overlap`: as `touch`, and they lie on one line and share a stretch;
 * - `cross`: inside both; (x, y) is near the crossing.
 */
export interface EdgeContact {
  readonly kind: 'apart' | 'same' | 'touch' | 'overlap' | 'cross';
  readonly x: number;
  readonly y: number;
}

const APART: EdgeContact = { kind: 'apart', x: 0, y: 0 };
const SAME: EdgeContact = { kind: 'same', x: 0, y: 0 };

/** Contact of edges e and f of a flat list `[ax, ay, bx, by, …]`. */
export function contactOf(edges: readonly number[], e: number, f: number): EdgeContact {
  const [ax, ay, bx, by] = edgeAt(edges, e);
  const [cx, cy, dx, dy] = edgeAt(edges, f);
  if (isEdge(ax, ay, bx, by, cx, cy, dx, dy)) return SAME;
  const c = orientation(ax, ay, bx, by, cx, cy);
  const d = orientation(ax, ay, bx, by, dx, dy);
  const a = orientation(cx, cy, dx, dy, ax, ay);
  const b = orientation(cx, cy, dx, dy, bx, by);
  if (c * d < 0 && a * b < 0) return crossing(ax, ay, bx, by, cx, cy, dx, dy);
  const kind = c === 0 && d === 0 ? 'overlap' : 'touch';
  if (c === 0 && isBetween(ax, ay, bx, by, cx, cy)) return { kind, x: cx, y: cy };
  if (d === 0 && isBetween(ax, ay, bx, by, dx, dy)) return { kind, x: dx, y: dy };
  if (a === 0 && isBetween(cx, cy, dx, dy, ax, ay)) return { kind, x: ax, y: ay };
  if (b === 0 && isBetween(cx, cy, dx, dy, bx, by)) return { kind, x: bx, y: by };
  return APART;
}

/**
 * The end of e or f that is nearer than one unit (1.1 cm, the rounding of a coordinate) to the other edge without being
 * an end of it; null when there is none.
 */
export function nearMissOf(edges: readonly number[], e: number, f: number): { x: number; y: number } | null {
  return endNear(edges, e, f) ?? endNear(edges, f, e);
}

function endNear(edges: readonly number[], e: number, f: number): { x: number; y: number } | null {
  const [ax, ay, bx, by] = edgeAt(edges, e);
  const [cx, cy, dx, dy] = edgeAt(edges, f);
  for (const [x, y] of [
    [cx, cy],
    [dx, dy],
  ] as const) {
    const isEnd = (x === ax && y === ay) || (x === bx && y === by);
    if (!isEnd && isWithinOneUnit(ax, ay, bx, by, x, y)) return { x, y };
  }
  return null;
}

function isWithinOneUnit(ax: number, ay: number, bx: number, by: number, x: number, y: number): boolean {
  const ux = bx - ax;
  const uy = by - ay;
  const length2 = ux * ux + uy * uy;
  const along = Math.min(1, Math.max(0, ((x - ax) * ux + (y - ay) * uy) / length2));
  const offX = x - ax - along * ux;
  const offY = y - ay - along * uy;
  return offX * offX + offY * offY <= 1;
}

/** Pairs of edges of which one lies under the other's longitudes; published boundaries of a district have a hundredth of it. */
const MAX_SWEPT_PAIRS = 100_000_000;
/** Pairs of edges whose boxes meet. */
export const MAX_CLOSE_PAIRS = 4_000_000;

/**
 * Calls back once for each pair of edges whose boxes come within `slack` of each other: a sweep by west ends, which ends when
 * the callback answers false. Edges without length are left out. Pairs come in an order that depends on nothing but the list.
 * False: there are more pairs than MAX_SWEPT_PAIRS or MAX_CLOSE_PAIRS, and not all were looked at.
 */
export function eachClosePair(
  edges: readonly number[],
  slack: number,
  found: (e: number, f: number) => boolean,
): boolean {
  let [swept, close] = [0, 0];
  const count = edges.length / 4;
  const west = new Float64Array(count);
  const order: number[] = [];
  for (let e = 0; e < count; e += 1) {
    const [ax, ay, bx, by] = edgeAt(edges, e);
    west[e] = Math.min(ax, bx);
    if (ax !== bx || ay !== by) order.push(e);
  }
  order.sort((e, f) => (west[e] as number) - (west[f] as number) || e - f);
  let active: number[] = [];
  for (const e of order) {
    const [, ay, , by] = edgeAt(edges, e);
    const start = (west[e] as number) - slack;
    active = active.filter((f) => Math.max(edges[f * 4] as number, edges[f * 4 + 2] as number) >= start);
    swept += active.length;
    if (swept > MAX_SWEPT_PAIRS) return false;
    for (const f of active) {
      const [, cy, , dy] = edgeAt(edges, f);
      if (Math.min(ay, by) - slack > Math.max(cy, dy) || Math.min(cy, dy) - slack > Math.max(ay, by)) continue;
      close += 1;
      if (close > MAX_CLOSE_PAIRS) return false;
      if (!found(Math.min(e, f), Math.max(e, f))) return true;
    }
    active.push(e);
  }
  return true;
}

function edgeAt(edges: readonly number[], e: number): [ax: number, ay: number, bx: number, by: number] {
  return [edges[e * 4] as number, edges[e * 4 + 1] as number, edges[e * 4 + 2] as number, edges[e * 4 + 3] as number];
}

function isEdge(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
  dx: number,
  dy: number,
): boolean {
  return (ax === cx && ay === cy && bx === dx && by === dy) || (ax === dx && ay === dy && bx === cx && by === cy);
}

/** Whether a point on the line through an edge lies on the edge itself, its ends left out. */
function isBetween(ax: number, ay: number, bx: number, by: number, x: number, y: number): boolean {
  if ((x === ax && y === ay) || (x === bx && y === by)) return false;
  return x >= Math.min(ax, bx) && x <= Math.max(ax, bx) && y >= Math.min(ay, by) && y <= Math.max(ay, by);
}

function crossing(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  cx: number,
  cy: number,
  dx: number,
  dy: number,
): EdgeContact {
  const slope = (bx - ax) * (dy - cy) - (by - ay) * (dx - cx);
  const along = ((cx - ax) * (dy - cy) - (cy - ay) * (dx - cx)) / slope;
  return { kind: 'cross', x: Math.round(ax + along * (bx - ax)), y: Math.round(ay + along * (by - ay)) };
}
