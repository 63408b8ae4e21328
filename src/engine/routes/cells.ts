import { ROUTE_HOLE_M, ROUTE_SEEN_M, ROUTE_SEGMENT_CELLS, ROUTE_SEGMENT_M } from '../../model/limits.js';
import type { RouteLeg } from '../track/drives.js';

/** A line cut into segments of equal length, and each of these into ROUTE_SEGMENT_CELLS cells. */
export interface RouteCells {
  readonly lengthM: number;
  readonly segments: number;
  readonly cells: number;
  /** As many cells as lie in a hole of ROUTE_HOLE_M. */
  readonly holeCells: number;
}

export function cellsOf(lengthM: number): RouteCells {
  const segments = Math.max(1, Math.round(lengthM / ROUTE_SEGMENT_M));
  const cells = segments * ROUTE_SEGMENT_CELLS;
  return { lengthM, segments, cells, holeCells: Math.floor((ROUTE_HOLE_M * cells) / Math.max(1, lengthM)) };
}

/** The segment that is seen where the middle of this cell is; null: another cell of its segment says that. */
export function segmentSeenAt(cell: number): number | null {
  const middle = (ROUTE_SEGMENT_CELLS - 1) / 2;
  return cell % ROUTE_SEGMENT_CELLS === middle ? (cell - middle) / ROUTE_SEGMENT_CELLS : null;
}

/** Metres along the line at both ends of a segment, whole. */
export function segmentBoundsM(
  { lengthM, segments }: RouteCells,
  segment: number,
): { readonly fromM: number; readonly toM: number } {
  return {
    fromM: Math.round((lengthM * segment) / segments),
    toM: Math.round((lengthM * (segment + 1)) / segments),
  };
}

/** How a cell was passed: near a fix on the line, between two such fixes, or perhaps. */
export type HitKind = 'observed' | 'inferred' | 'maybe';

/** A unit passes the middle of a cell. */
export interface CellHit {
  readonly atMs: number;
  readonly cell: number;
  readonly kind: HitKind;
  readonly isForward: boolean;
}

/** The cells whose middles lie on a leg, each at the time at which a unit that drives it evenly is there. */
export function hitsOf({ lengthM, cells }: RouteCells, { fromM, toM, fromMs, toMs, isSure }: RouteLeg): CellHit[] {
  const cellM = lengthM / cells;
  const [lowM, highM] = fromM < toM ? [fromM, toM] : [toM, fromM];
  const hits: CellHit[] = [];
  const first = Math.max(0, Math.ceil(lowM / cellM - 0.5));
  for (let cell = first; cell < cells; cell += 1) {
    const atM = (cell + 0.5) * cellM;
    if (atM >= highM) break;
    const goneM = Math.abs(atM - fromM);
    const isSeen = goneM <= ROUTE_SEEN_M || Math.abs(toM - atM) <= ROUTE_SEEN_M;
    hits.push({
      atMs: fromMs + Math.round(((toMs - fromMs) * goneM) / (highM - lowM)),
      cell,
      kind: isSure ? (isSeen ? 'observed' : 'inferred') : 'maybe',
      isForward: fromM < toM,
    });
  }
  return hits;
}

/** How many cells a pass counts: those that hold, and between two of them holes of at most `holeCells`. */
export function countCovered({ cells, holeCells }: RouteCells, isCovered: (cell: number) => boolean): number {
  let count = 0;
  let last: number | null = null;
  for (let cell = 0; cell < cells; cell += 1) {
    if (!isCovered(cell)) continue;
    const hole = last === null ? 0 : cell - last - 1;
    count += hole <= holeCells ? hole + 1 : 1;
    last = cell;
  }
  return count;
}
