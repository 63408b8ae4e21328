import pointInPolygon from 'point-in-polygon-hao';
import type { Fix } from '../../src/model/fix.js';
import type { Shape } from '../../src/model/plan.js';
import type { PositionE7 } from '../../src/model/position.js';
import { RULER } from '../engine/support.js';

/** What `presenceSpans` promises, instant by instant, said again without it and without `geo/`: slow, and plain. */

export type Verdict = 'inside' | 'possible' | 'unknown' | 'none';

/** Positions are this sure when HDOP is 1; the test draws no other way to say it but `accuracyDm`. */
const sigmaOf = ({ accuracyDm }: Fix): number => (accuracyDm === null ? 5 : Math.max(5, accuracyDm / 10));
const HALF_HOUR_MS = 1_800_000;
export const SILENT_MS = 60_000;
export const TOP_MPS = 55.56;

interface Point {
  readonly atMs: number;
  readonly x: number;
  readonly y: number;
  readonly sigmaM: number;
  readonly isDoubtful: boolean;
}

/** Metres from the test district's south-west. */
function metres({ lngE7, latE7 }: PositionE7): { x: number; y: number } {
  return { x: (lngE7 - 1_160_000_000) * RULER.metresPerLngE7, y: (latE7 - 242_000_000) * RULER.metresPerLatE7 };
}

export interface Oracle {
  /** Null: too near to a threshold to prove anything. */
  verdictAt(atMs: number): Verdict | null;
  /** Fixes in the range that are inside. */
  readonly insideFixes: number;
}

export function presenceOracle(
  fixes: readonly Fix[],
  shape: Shape,
  range: { readonly fromMs: number; readonly toMs: number },
): Oracle {
  const points = pointsOf(fixes).filter(
    ({ atMs }) => atMs >= range.fromMs - HALF_HOUR_MS && atMs < range.toMs + HALF_HOUR_MS,
  );
  const said = (i: number): 'inside' | 'possible' | 'outside' => saidOf(points, i, shape);
  const awayM = (i: number): number => {
    const { sigmaM } = points[i] as Point;
    return said(i) === 'outside' ? signedM(shape, points[i] as Point) - sigmaM * (sigmaM > 100 ? 3 : 2) : 0;
  };
  const insideFixes = points.filter(({ atMs }, i) => atMs >= range.fromMs && atMs < range.toMs && said(i) === 'inside');
  return {
    insideFixes: insideFixes.length,
    verdictAt: (atMs) => {
      const next = points.findIndex((point) => point.atMs > atMs);
      const after = next < 0 ? null : next;
      const before = next < 0 ? points.length - 1 : next - 1;
      const from = before < 0 ? null : before;
      if (from === null && after === null) return 'unknown';
      const fromMs = from === null ? null : (points[from] as Point).atMs;
      const toMs = after === null ? null : (points[after] as Point).atMs;
      if (from !== null && after !== null && fromMs !== null && toMs !== null && toMs - fromMs <= SILENT_MS) {
        if (said(from) === 'inside' && said(after) === 'inside') return 'inside';
        if (said(from) !== 'outside' || said(after) !== 'outside') return 'possible';
        return wayMeets(points[from] as Point, points[after] as Point, shape);
      }
      if (fromMs !== null && from !== null && (atMs - fromMs + 1) * TOP_MPS < awayM(from) * 1_000) return 'none';
      if (toMs !== null && after !== null && (toMs - atMs + 1) * TOP_MPS < awayM(after) * 1_000) return 'none';
      const isNearStart = fromMs !== null && atMs - fromMs < HALF_HOUR_MS;
      const isNearEnd = toMs !== null && toMs - atMs <= HALF_HOUR_MS;
      return isNearStart || isNearEnd ? 'possible' : 'unknown';
    },
  };
}

/** One a instant: the surest. */
function pointsOf(fixes: readonly Fix[]): Point[] {
  const byTime = new Map<number, Fix[]>();
  for (const fix of fixes) {
    if (fix.position === null || fix.located === false || sigmaOf(fix) > 300) continue;
    byTime.set(fix.eventTimeMs, [...(byTime.get(fix.eventTimeMs) ?? []), fix]);
  }
  return [...byTime]
    .sort(([a], [b]) => a - b)
    .map(([atMs, copies]) => {
      const order = (fix: Fix) => [sigmaOf(fix), fix.position?.lngE7 ?? 0, fix.position?.latE7 ?? 0] as const;
      const [surest] = copies.toSorted((a, b) => {
        const [left, right] = [order(a), order(b)];
        return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
      }) as [Fix, ...Fix[]];
      const places = new Set(copies.map(({ position }) => JSON.stringify(position)));
      return { atMs, ...metres(surest.position as PositionE7), sigmaM: sigmaOf(surest), isDoubtful: places.size > 1 };
    });
}

function saidOf(points: readonly Point[], i: number, shape: Shape): 'inside' | 'possible' | 'outside' {
  const point = points[i] as Point;
  const [before, next] = [points[i - 1], points[i + 1]];
  const isWild = before !== undefined && next !== undefined && !canGo(before, point) && !canGo(point, next);
  const distance = signedM(shape, point);
  if (point.sigmaM <= 100 && !point.isDoubtful && !isWild && distance <= -point.sigmaM) return 'inside';
  return distance <= point.sigmaM * (point.sigmaM > 100 ? 3 : 2) ? 'possible' : 'outside';
}

function canGo(a: Point, b: Point): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) - a.sigmaM - b.sigmaM <= (TOP_MPS * (b.atMs - a.atMs)) / 1_000;
}

/** Negative inside. */
function signedM(shape: Shape, { x, y }: { readonly x: number; readonly y: number }): number {
  if (shape.type === 'circle') {
    const center = metres(shape.center);
    return Math.hypot(center.x - x, center.y - y) - shape.radiusM;
  }
  if (shape.type === 'corridor') return Math.min(...edgesOf(shape.lines, false).map(toEdge)) - shape.corridorM;
  const rings = shape.rings.map((ring) => {
    const corners = cornersOf(ring);
    return [...corners, corners[0] as [number, number]];
  });
  const least = Math.min(...edgesOf(shape.rings, true).map(toEdge));
  return pointInPolygon([x, y], rings) === false ? least : -least;

  function toEdge([ax, ay, bx, by]: readonly [number, number, number, number]): number {
    const length2 = (bx - ax) ** 2 + (by - ay) ** 2;
    const along = length2 === 0 ? 0 : ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length2;
    const share = Math.min(1, Math.max(0, along));
    return Math.hypot(ax + share * (bx - ax) - x, ay + share * (by - ay) - y);
  }
}

function cornersOf(line: readonly number[]): [number, number][] {
  return Array.from({ length: line.length / 2 }, (_, i) => {
    const { x, y } = metres({ lngE7: line[i * 2] as number, latE7: line[i * 2 + 1] as number });
    return [x, y];
  });
}

function edgesOf(lines: readonly (readonly number[])[], isClosed: boolean): [number, number, number, number][] {
  return lines.flatMap((line) => {
    const corners = cornersOf(line);
    return corners.flatMap(([x, y], i): [number, number, number, number][] => {
      const before = i > 0 ? corners[i - 1] : isClosed ? corners.at(-1) : undefined;
      return before === undefined ? [] : [[...before, x, y]];
    });
  });
}

const WAY_STEPS = 200;

/** A way is looked at in steps; what is nearer to the boundary than a step proves nothing. */
function wayMeets(a: Point, b: Point, shape: Shape): Verdict | null {
  if (!canGo(a, b)) return 'none';
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= WAY_STEPS; i += 1) {
    const share = i / WAY_STEPS;
    least = Math.min(least, signedM(shape, { x: a.x + share * (b.x - a.x), y: a.y + share * (b.y - a.y) }));
  }
  const stepM = Math.hypot(a.x - b.x, a.y - b.y) / WAY_STEPS;
  return least <= 0 ? 'possible' : least <= stepM ? null : 'none';
}
