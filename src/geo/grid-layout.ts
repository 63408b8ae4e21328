import type { Outline } from './outline.js';
import { crossesToTheRight } from './polygon.js';
import type { Ruler } from './ruler.js';
import { segmentDistance2 } from './segment.js';

/** Where the cells lie: row-major from the south-west corner; integers in units of 1e-7 degree. */
export interface GridLayout {
  readonly originLngE7: number;
  readonly originLatE7: number;
  readonly cellLngE7: number;
  readonly cellLatE7: number;
  readonly columns: number;
  readonly rows: number;
}

/** Cells aim at this size, and grow when the district's box would have more than MAX_CELLS (64 MB of them). */
const CELL_M = 65;
export const MAX_CELLS = 16_777_216;
const GROWTH = 1.05;
/** Added to every reach, so that no rounding makes a cell miss an edge. */
const MARGIN_M = 0.01;

/** Cells over the box of all outlines and their reach. Nothing outside it is within the reach of anything. */
export function layOut(ruler: Ruler, outlines: readonly Outline[], reachM: number): GridLayout {
  let west = Number.POSITIVE_INFINITY;
  let south = Number.POSITIVE_INFINITY;
  let east = Number.NEGATIVE_INFINITY;
  let north = Number.NEGATIVE_INFINITY;
  for (const outline of outlines) {
    const dilationM = dilationOf(outline, reachM);
    const dLng = Math.ceil(dilationM / ruler.metresPerLngE7);
    const dLat = Math.ceil(dilationM / ruler.metresPerLatE7);
    for (let i = 0; i < outline.edges.length; i += 2) {
      const x = outline.edges[i] as number;
      const y = outline.edges[i + 1] as number;
      west = Math.min(west, x - dLng);
      east = Math.max(east, x + dLng);
      south = Math.min(south, y - dLat);
      north = Math.max(north, y + dLat);
    }
  }
  if (west > east) return { originLngE7: 0, originLatE7: 0, cellLngE7: 1, cellLatE7: 1, columns: 0, rows: 0 };
  for (let cellM = CELL_M; ; cellM *= GROWTH) {
    const cellLngE7 = Math.ceil(cellM / ruler.metresPerLngE7);
    const cellLatE7 = Math.ceil(cellM / ruler.metresPerLatE7);
    const columns = Math.floor((east - west) / cellLngE7) + 1;
    const rows = Math.floor((north - south) / cellLatE7) + 1;
    if (columns * rows <= MAX_CELLS) {
      return { originLngE7: west, originLatE7: south, cellLngE7, cellLatE7, columns, rows };
    }
  }
}

/** The middle of cell `index` of an axis: an integer, where the cell's parity is taken. */
export function middleE7(originE7: number, cellE7: number, index: number): number {
  return originE7 + index * cellE7 + Math.floor(cellE7 / 2);
}

/**
 * Calls back, edge by edge, for every cell that has a point within the reach of the edge (plus the outline's radius);
 * for few others.
 */
export function eachNearCell(
  layout: GridLayout,
  ruler: Ruler,
  outline: Outline,
  reachM: number,
  found: (cell: number, edge: number) => void,
): void {
  const { cellLngE7, cellLatE7 } = layout;
  const cellWidthM = cellLngE7 * ruler.metresPerLngE7;
  const cellHeightM = cellLatE7 * ruler.metresPerLatE7;
  const dilationM = dilationOf(outline, reachM);
  const dLng = dilationM / ruler.metresPerLngE7 + 1;
  const dLat = dilationM / ruler.metresPerLatE7 + 1;
  const limitM = dilationM + Math.sqrt(cellWidthM * cellWidthM + cellHeightM * cellHeightM) / 2;
  for (let edge = 0; edge * 4 < outline.edges.length; edge += 1) {
    const ax = outline.edges[edge * 4] as number;
    const ay = outline.edges[edge * 4 + 1] as number;
    const bx = outline.edges[edge * 4 + 2] as number;
    const by = outline.edges[edge * 4 + 3] as number;
    const lastRow = rowOf(layout, Math.max(ay, by) + dLat);
    for (let row = rowOf(layout, Math.min(ay, by) - dLat); row <= lastRow; row += 1) {
      const south = layout.originLatE7 + row * cellLatE7;
      // Only this part of the edge can be within the dilation of this row of cells.
      const x0 = ay === by ? ax : lngAt(ax, ay, bx, by, south - dLat);
      const x1 = ay === by ? bx : lngAt(ax, ay, bx, by, south + cellLatE7 + dLat);
      const lastColumn = columnOf(layout, Math.max(x0, x1) + dLng);
      for (let column = columnOf(layout, Math.min(x0, x1) - dLng); column <= lastColumn; column += 1) {
        const x = layout.originLngE7 + (column + 0.5) * cellLngE7;
        const y = south + 0.5 * cellLatE7;
        if (segmentDistance2(ruler, ax, ay, bx, by, x, y) <= limitM * limitM)
          found(row * layout.columns + column, edge);
      }
    }
  }
}

/** Calls back for every cell whose middle is inside the polygon that the edges bound (even-odd, half-open, exact). */
export function eachCellInside(layout: GridLayout, edges: readonly number[], found: (cell: number) => void): void {
  const { originLngE7, originLatE7, cellLngE7, cellLatE7, columns } = layout;
  let west = Number.POSITIVE_INFINITY;
  let south = Number.POSITIVE_INFINITY;
  let east = Number.NEGATIVE_INFINITY;
  let north = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < edges.length; i += 2) {
    west = Math.min(west, edges[i] as number);
    east = Math.max(east, edges[i] as number);
    south = Math.min(south, edges[i + 1] as number);
    north = Math.max(north, edges[i + 1] as number);
  }
  const firstRow = rowOf(layout, south);
  const firstColumn = columnOf(layout, west);
  const width = columnOf(layout, east) - firstColumn + 1;
  const height = rowOf(layout, north) - firstRow + 1;

  // toggles[row][n]: an odd number of edges cross that row's middle line to the right of exactly n middles.
  const toggles = new Uint8Array(height * (width + 1));
  for (let i = 0; i < edges.length; i += 4) {
    const ax = edges[i] as number;
    const ay = edges[i + 1] as number;
    const bx = edges[i + 2] as number;
    const by = edges[i + 3] as number;
    if (ay === by) continue;
    const lastRow = rowOf(layout, Math.max(ay, by));
    for (let row = rowOf(layout, Math.min(ay, by)); row <= lastRow; row += 1) {
      const y = middleE7(originLatE7, cellLatE7, row);
      if (ay > y === by > y) continue;
      const crosses = (n: number): boolean =>
        crossesToTheRight(ax, ay, bx, by, middleE7(originLngE7, cellLngE7, firstColumn + n), y);
      // Rounded, so a first guess; the exact test has the last word.
      let n = columnOf(layout, lngAt(ax, ay, bx, by, y)) - firstColumn;
      while (n > 0 && !crosses(n - 1)) n -= 1;
      while (n < width && crosses(n)) n += 1;
      const at = (row - firstRow) * (width + 1) + n;
      toggles[at] = (toggles[at] as number) ^ 1;
    }
  }
  for (let row = 0; row < height; row += 1) {
    let parity = 0;
    for (let n = width; n > 0; n -= 1) {
      parity ^= toggles[row * (width + 1) + n] as number;
      if (parity === 1) found((firstRow + row) * columns + firstColumn + n - 1);
    }
  }
}

function dilationOf(outline: Outline, reachM: number): number {
  return Math.max(outline.radiusM, 0) + reachM + MARGIN_M;
}

/** The longitude at which a slanted edge passes a latitude, kept within the edge. */
function lngAt(ax: number, ay: number, bx: number, by: number, y: number): number {
  return ax + Math.min(1, Math.max(0, (y - ay) / (by - ay))) * (bx - ax);
}

function rowOf(layout: GridLayout, latE7: number): number {
  return Math.min(layout.rows - 1, Math.max(0, Math.floor((latE7 - layout.originLatE7) / layout.cellLatE7)));
}

function columnOf(layout: GridLayout, lngE7: number): number {
  return Math.min(layout.columns - 1, Math.max(0, Math.floor((lngE7 - layout.originLngE7) / layout.cellLngE7)));
}
