import type { AreaE7 } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import type { Ruler } from './ruler.js';

/** The box of the line between two positions. */
export function boxBetween(a: PositionE7, b: PositionE7): AreaE7 {
  return {
    westE7: Math.min(a.lngE7, b.lngE7),
    southE7: Math.min(a.latE7, b.latE7),
    eastE7: Math.max(a.lngE7, b.lngE7),
    northE7: Math.max(a.latE7, b.latE7),
  };
}

/** A box that holds all that lies within `reachM` metres of a position. */
export function boxAround({ lngE7, latE7 }: PositionE7, reachM: number, ruler: Ruler): AreaE7 {
  const dx = reachM / ruler.metresPerLngE7;
  const dy = reachM / ruler.metresPerLatE7;
  return { westE7: lngE7 - dx, southE7: latE7 - dy, eastE7: lngE7 + dx, northE7: latE7 + dy };
}

const MOST_CELLS_A_SIDE = 256;

/** Boxes in a grid over all of them: who asks for those that meet a box looks at few others. */
export class BoxGrid {
  readonly #boxes: readonly AreaE7[];
  readonly #side: number;
  readonly #west: number;
  readonly #south: number;
  readonly #cellLngE7: number;
  readonly #cellLatE7: number;
  /** By cell, row after row: the boxes that meet it, and where in `#members` those of each cell begin. */
  readonly #members: Int32Array;
  readonly #starts: Int32Array;
  readonly #isFound: Uint8Array;

  constructor(boxes: readonly AreaE7[]) {
    this.#boxes = boxes;
    this.#side = Math.max(1, Math.min(MOST_CELLS_A_SIDE, Math.ceil(Math.sqrt(boxes.length))));
    const all = boxes.reduce(around, boxes[0] ?? NOWHERE);
    this.#west = all.westE7;
    this.#south = all.southE7;
    this.#cellLngE7 = Math.max(1, (all.eastE7 - all.westE7) / this.#side);
    this.#cellLatE7 = Math.max(1, (all.northE7 - all.southE7) / this.#side);
    const cells: number[][] = Array.from({ length: this.#side * this.#side }, () => []);
    for (const [i, box] of boxes.entries()) for (const cell of this.#cellsOf(box)) cells[cell]?.push(i);
    this.#members = Int32Array.from(cells.flat());
    this.#starts = new Int32Array(cells.length + 1);
    for (const [cell, { length }] of cells.entries()) this.#starts[cell + 1] = (this.#starts[cell] as number) + length;
    this.#isFound = new Uint8Array(boxes.length);
  }

  /** Which boxes meet a box, by their index, ascending. */
  meeting(box: AreaE7): readonly number[] {
    const [first, last] = [this.#columnOf(box.westE7), this.#columnOf(box.eastE7)];
    const [bottom, top] = [this.#rowOf(box.southE7), this.#rowOf(box.northE7)];
    const found: number[] = [];
    for (let row = bottom; row <= top; row += 1)
      for (let column = first; column <= last; column += 1) this.#addMeeting(box, row * this.#side + column, found);
    for (const i of found) this.#isFound[i] = 0;
    // The members of one cell are in order, and most boxes that are asked about lie in one.
    const isInOrder = found.length < 2 || (first === last && bottom === top);
    return isInOrder ? found : found.sort((a, b) => a - b);
  }

  #addMeeting(box: AreaE7, cell: number, found: number[]): void {
    const end = this.#starts[cell + 1] as number;
    for (let k = this.#starts[cell] as number; k < end; k += 1) {
      const i = this.#members[k] as number;
      if (this.#isFound[i] === 1 || !meet(this.#boxes[i] as AreaE7, box)) continue;
      this.#isFound[i] = 1;
      found.push(i);
    }
  }

  #cellsOf({ westE7, southE7, eastE7, northE7 }: AreaE7): readonly number[] {
    const [first, last] = [this.#columnOf(westE7), this.#columnOf(eastE7)];
    const top = this.#rowOf(northE7);
    const cells: number[] = [];
    for (let row = this.#rowOf(southE7); row <= top; row += 1)
      for (let column = first; column <= last; column += 1) cells.push(row * this.#side + column);
    return cells;
  }

  #columnOf(lngE7: number): number {
    return this.#within((lngE7 - this.#west) / this.#cellLngE7);
  }

  #rowOf(latE7: number): number {
    return this.#within((latE7 - this.#south) / this.#cellLatE7);
  }

  /** Beyond the grid counts as its edge: a box there meets none, or one that reaches it. */
  #within(index: number): number {
    return Math.max(0, Math.min(this.#side - 1, Math.floor(index)));
  }
}

const NOWHERE: AreaE7 = { westE7: 0, southE7: 0, eastE7: 0, northE7: 0 };

function around(a: AreaE7, b: AreaE7): AreaE7 {
  return {
    westE7: Math.min(a.westE7, b.westE7),
    southE7: Math.min(a.southE7, b.southE7),
    eastE7: Math.max(a.eastE7, b.eastE7),
    northE7: Math.max(a.northE7, b.northE7),
  };
}

function meet(a: AreaE7, b: AreaE7): boolean {
  return b.eastE7 >= a.westE7 && b.northE7 >= a.southE7 && b.westE7 <= a.eastE7 && b.southE7 <= a.northE7;
}
