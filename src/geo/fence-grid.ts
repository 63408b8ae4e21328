import type { PlanPlace } from '../model/plan.js';
import { eachCellInside, eachNearCell, type GridLayout, layOut } from './grid-layout.js';
import { type Outline, outlineOf } from './outline.js';
import type { Ruler } from './ruler.js';

/** The fence index's memory: flat typed arrays. */
export interface FenceGrid extends GridLayout {
  /** By cell: the number s ≥ 0 of a set when no outline is near: these places contain all of it. Else −1 − k: near cell k. */
  readonly cells: Int32Array;
  /** Set s is `setItems[setStart[s] .. setStart[s + 1])`: place indexes, ascending. Set 0 is empty. */
  readonly setStart: Int32Array;
  readonly setItems: Int32Array;
  /** By near cell: the set of places that contain all of it and whose outline is not near. */
  readonly nearSet: Int32Array;
  /**
   * Near cell k is `groups[groupStart[k] .. groupStart[k + 1])`. For each place whose outline is near, ascending:
   * `place × 2 + (1 when the cell's middle is inside the polygon)`, the number n of its near edges, n edge numbers.
   */
  readonly groupStart: Int32Array;
  readonly groups: Int32Array;
  /** Edge e is `edges[4e .. 4e + 4)`: ax, ay, bx, by. */
  readonly edges: Int32Array;
  /** By place: −1 for a polygon, else the radius around its edges. */
  readonly radiusM: Float64Array;
}

/**
 * Builds the grid: "near" is within reachM of the outline (for circles and corridors: of the edge of their radius, and
 * everywhere inside). Deterministic. The shapes must have passed `geometryFaults`.
 */
export function buildFenceGrid(ruler: Ruler, places: readonly PlanPlace[], reachM: number): FenceGrid {
  const outlines = places.map((place) => outlineOf(place.shape));
  const layout = layOut(ruler, outlines, reachM);
  const eachNear = (found: (cell: number, edge: number, place: number) => void): void => {
    let firstEdge = 0;
    outlines.forEach((outline, place) => {
      eachNearCell(layout, ruler, outline, reachM, (cell, edge) => found(cell, firstEdge + edge, place));
      firstEdge += outline.edges.length / 4;
    });
  };
  const { cells, nearCells } = numberNearCells(layout, eachNear);
  const { groupStart, groups } = fillGroups(cells, nearCells, eachNear);
  const sets = new SetTable(places.length);
  const nearSet = new Int32Array(nearCells);
  outlines.forEach((outline, place) => {
    if (outline.radiusM < 0) fillInside(layout, outline, place, { cells, groupStart, groups, nearSet }, sets);
  });
  return {
    ...layout,
    ...sets.flatten(),
    cells,
    nearSet,
    groupStart,
    groups,
    edges: Int32Array.from(outlines.flatMap((outline) => outline.edges)),
    radiusM: Float64Array.from(outlines, (outline) => outline.radiusM),
  };
}

type EachNear = (found: (cell: number, edge: number, place: number) => void) => void;

function numberNearCells(layout: GridLayout, eachNear: EachNear): { cells: Int32Array; nearCells: number } {
  const cells = new Int32Array(layout.columns * layout.rows);
  eachNear((cell) => {
    cells[cell] = -1;
  });
  let nearCells = 0;
  for (let cell = 0; cell < cells.length; cell += 1) {
    if (cells[cell] === 0) continue;
    cells[cell] = -1 - nearCells;
    nearCells += 1;
  }
  return { cells, nearCells };
}

/** One pass to count and one to fill; `eachNear` comes in order of place and edge, so the groups do too. */
function fillGroups(
  cells: Int32Array,
  nearCells: number,
  eachNear: EachNear,
): { groupStart: Int32Array; groups: Int32Array } {
  const groupStart = new Int32Array(nearCells + 1);
  const newestPlace = new Int32Array(nearCells).fill(-1);
  eachNear((cell, _edge, place) => {
    const k = -1 - (cells[cell] as number);
    groupStart[k + 1] = (groupStart[k + 1] as number) + (newestPlace[k] === place ? 1 : 3);
    newestPlace[k] = place;
  });
  for (let k = 0; k < nearCells; k += 1) groupStart[k + 1] = (groupStart[k + 1] as number) + (groupStart[k] as number);

  const groups = new Int32Array(groupStart[nearCells] as number);
  const next = groupStart.slice(0, nearCells);
  const head = new Int32Array(nearCells);
  newestPlace.fill(-1);
  eachNear((cell, edge, place) => {
    const k = -1 - (cells[cell] as number);
    let at = next[k] as number;
    if (newestPlace[k] !== place) {
      newestPlace[k] = place;
      head[k] = at;
      groups[at] = place * 2;
      at += 2;
    }
    groups[at] = edge;
    next[k] = at + 1;
    const count = (head[k] as number) + 1;
    groups[count] = (groups[count] as number) + 1;
  });
  return { groupStart, groups };
}

/** Marks a polygon's inside: as a set where its outline is far, as the middle's parity where it is near. */
function fillInside(
  layout: GridLayout,
  outline: Outline,
  place: number,
  grid: Pick<FenceGrid, 'cells' | 'groupStart' | 'groups' | 'nearSet'>,
  sets: SetTable,
): void {
  const { cells, groupStart, groups, nearSet } = grid;
  eachCellInside(layout, outline.edges, (cell) => {
    const set = cells[cell] as number;
    if (set >= 0) {
      cells[cell] = sets.with(set, place);
      return;
    }
    const k = -1 - set;
    const end = groupStart[k + 1] as number;
    for (let at = groupStart[k] as number; at < end; at += 2 + (groups[at + 1] as number)) {
      if (groups[at] !== place * 2) continue;
      groups[at] = place * 2 + 1;
      return;
    }
    nearSet[k] = sets.with(nearSet[k] as number, place);
  });
}

/** Numbers the sets of places that occur, each once. */
class SetTable {
  readonly #placeCount: number;
  readonly #sets: (readonly number[])[] = [[]];
  readonly #bigger = new Map<number, number>();

  constructor(placeCount: number) {
    this.#placeCount = placeCount;
  }

  /** The number of set `set` with `place` added, which must be above all of its items. */
  with(set: number, place: number): number {
    const key = set * this.#placeCount + place;
    const known = this.#bigger.get(key);
    if (known !== undefined) return known;
    const number = this.#sets.push([...(this.#sets[set] ?? []), place]) - 1;
    this.#bigger.set(key, number);
    return number;
  }

  flatten(): { setStart: Int32Array; setItems: Int32Array } {
    const setStart = new Int32Array(this.#sets.length + 1);
    this.#sets.forEach((set, i) => {
      setStart[i + 1] = (setStart[i] as number) + set.length;
    });
    return { setStart, setItems: Int32Array.from(this.#sets.flat()) };
  }
}
