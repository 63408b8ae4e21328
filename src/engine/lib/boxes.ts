import type { CompiledPlan, PlanPlace } from '../../model/plan.js';
import type { PositionE7 } from '../../model/position.js';

/** Bounding boxes of a plan's places, four numbers each: west, south, east, north, 1e-7 degree, radius or corridor granted. */
export function boxesOf(plan: CompiledPlan): Float64Array {
  const boxes = new Float64Array(4 * plan.places.length);
  for (const [i, place] of plan.places.entries()) boxes.set(boxOf(place, plan.ruler), 4 * i);
  return boxes;
}

/** A rectangle: west, south, east, north, 1e-7 degree. */
type Box = readonly [west: number, south: number, east: number, north: number];

/** The box of the line between two positions. */
export function boxBetween(a: PositionE7, b: PositionE7): Box {
  return [
    Math.min(a.lngE7, b.lngE7),
    Math.min(a.latE7, b.latE7),
    Math.max(a.lngE7, b.lngE7),
    Math.max(a.latE7, b.latE7),
  ];
}

/** A box that holds all that lies within `reachM` of a position. */
export function boxAround({ lngE7, latE7 }: PositionE7, reachM: number, ruler: CompiledPlan['ruler']): Box {
  const dx = reachM / ruler.metresPerLngE7;
  const dy = reachM / ruler.metresPerLatE7;
  return [lngE7 - dx, latE7 - dy, lngE7 + dx, latE7 + dy];
}

const MOST_CELLS_A_SIDE = 256;

/** The boxes of a plan's places in a grid over all of them: who asks for those near a position looks at few others. */
export class BoxGrid {
  /** Of each place four numbers: west, south, east, north. */
  readonly #boxes: Float64Array;
  readonly #side: number;
  readonly #west: number;
  readonly #south: number;
  readonly #cellLngE7: number;
  readonly #cellLatE7: number;
  /** By cell, row after row: the places whose boxes meet it, and where in `#places` those of each cell begin. */
  readonly #places: Int32Array;
  readonly #starts: Int32Array;
  readonly #isFound: Uint8Array;

  /** @param boxes as `boxesOf` makes them */
  constructor(boxes: Float64Array) {
    const count = boxes.length / 4;
    this.#boxes = boxes;
    this.#side = Math.max(1, Math.min(MOST_CELLS_A_SIDE, Math.ceil(Math.sqrt(count))));
    let [west, south, east, north] = [0, 0, 0, 0];
    for (let i = 0; i < boxes.length; i += 4) {
      west = i === 0 ? (boxes[i] as number) : Math.min(west, boxes[i] as number);
      south = i === 0 ? (boxes[i + 1] as number) : Math.min(south, boxes[i + 1] as number);
      east = i === 0 ? (boxes[i + 2] as number) : Math.max(east, boxes[i + 2] as number);
      north = i === 0 ? (boxes[i + 3] as number) : Math.max(north, boxes[i + 3] as number);
    }
    this.#west = west;
    this.#south = south;
    this.#cellLngE7 = Math.max(1, (east - west) / this.#side);
    this.#cellLatE7 = Math.max(1, (north - south) / this.#side);
    const cells: number[][] = Array.from({ length: this.#side * this.#side }, () => []);
    for (let i = 0; i < count; i += 1) for (const cell of this.#cellsOf(boxAt(boxes, i))) cells[cell]?.push(i);
    this.#places = Int32Array.from(cells.flat());
    this.#starts = new Int32Array(cells.length + 1);
    for (const [cell, { length }] of cells.entries()) this.#starts[cell + 1] = (this.#starts[cell] as number) + length;
    this.#isFound = new Uint8Array(count);
  }

  /** Places whose boxes meet a box, ascending. */
  meeting(box: Box): readonly number[] {
    const found: number[] = [];
    for (const cell of this.#cellsOf(box)) {
      for (let k = this.#starts[cell] as number; k < (this.#starts[cell + 1] as number); k += 1) {
        const place = this.#places[k] as number;
        if (this.#isFound[place] === 1 || !meets(this.#boxes, place, box)) continue;
        this.#isFound[place] = 1;
        found.push(place);
      }
    }
    for (const place of found) this.#isFound[place] = 0;
    return found.length > 1 ? found.sort((a, b) => a - b) : found;
  }

  #cellsOf([west, south, east, north]: Box): readonly number[] {
    const first = this.#within((west - this.#west) / this.#cellLngE7);
    const last = this.#within((east - this.#west) / this.#cellLngE7);
    const bottom = this.#within((south - this.#south) / this.#cellLatE7);
    const top = this.#within((north - this.#south) / this.#cellLatE7);
    const cells: number[] = [];
    for (let row = bottom; row <= top; row += 1)
      for (let column = first; column <= last; column += 1) cells.push(row * this.#side + column);
    return cells;
  }

  /** Beyond the grid counts as its edge: a box there meets none, or one that reaches it. */
  #within(index: number): number {
    return Math.max(0, Math.min(this.#side - 1, Math.floor(index)));
  }
}

function boxAt(boxes: Float64Array, i: number): Box {
  return [boxes[4 * i] as number, boxes[4 * i + 1] as number, boxes[4 * i + 2] as number, boxes[4 * i + 3] as number];
}

function meets(boxes: Float64Array, i: number, [west, south, east, north]: Box): boolean {
  return (
    east >= (boxes[4 * i] as number) &&
    north >= (boxes[4 * i + 1] as number) &&
    west <= (boxes[4 * i + 2] as number) &&
    south <= (boxes[4 * i + 3] as number)
  );
}

/** Bounding box of one place: west, south, east, north. */
export function boxOf({ shape }: PlanPlace, ruler: CompiledPlan['ruler']): [number, number, number, number] {
  switch (shape.type) {
    case 'circle':
      return around([[shape.center.lngE7, shape.center.latE7]], shape.radiusM, ruler);
    case 'corridor':
      return around(shape.lines, shape.corridorM, ruler);
    case 'polygon':
      return around(shape.rings, 0, ruler);
  }
}

function around(
  lists: readonly (readonly number[])[],
  marginM: number,
  ruler: CompiledPlan['ruler'],
): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const list of lists) {
    for (let i = 0; i < list.length; i += 2) {
      const x = list[i] as number;
      const y = list[i + 1] as number;
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
  }
  const dx = marginM / ruler.metresPerLngE7 + 1;
  const dy = marginM / ruler.metresPerLatE7 + 1;
  return [box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy];
}
