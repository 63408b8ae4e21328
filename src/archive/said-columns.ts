import { FIX_NUMBERS } from '../codec/fix-table.js';
import type { BlockColumn, BlockLayout } from './block-layout.js';
import type { ChunkRows } from './chunk-rows.js';
import { FIX_COLUMNS, FLAGS } from './fix-chunks.js';
import { PackedColumn } from './packed-column.js';
import { isValid, readColumn, readInt32, readValidity, type Validity } from './vectors.js';

const NOTHING = PackedColumn.of([]);

/** Some of the columns in which a fix says something or nothing, of many rows. */
export class SaidColumns {
  /** Bits of SHAPE a row. */
  readonly #shape: PackedColumn;
  /** By the order of FIX_NUMBERS; NOTHING: it is not among these columns. */
  readonly #numbers: readonly PackedColumn[];

  /** @param names of these columns */
  constructor(rows: readonly ChunkRows[], names: readonly BlockColumn[], layout: BlockLayout) {
    const find = (i: number) => {
      const name = names.find((one) => one === FIX_COLUMNS[i]);
      return name === undefined ? { value: null } : layout.find(name);
    };
    const shapes = rows.map(({ from, to }) => new Int32Array(to - from));
    // What all rows say.
    let said = 0;
    this.#numbers = FIX_NUMBERS.map(({ bit }, i) => {
      const found = find(i);
      if ('index' in found)
        return PackedColumn.of(rows.map((run, k) => numbersOf(run, found.index, bit, shapes[k] as Int32Array)));
      if (found.value === null) return NOTHING;
      said |= bit;
      return PackedColumn.same(found.value);
    });
    for (const [i, flag] of FLAGS.entries()) {
      const found = find(FIX_NUMBERS.length + i);
      if ('index' in found)
        for (const [k, run] of rows.entries()) addFlags(run, found.index, flag, shapes[k] as Int32Array);
      else if (found.value !== null) said |= flagBits(flag, found.value);
    }
    if (said !== 0) for (const some of shapes) addBits(some, said);
    this.#shape = PackedColumn.of(shapes);
  }

  get bytes(): number {
    return [this.#shape, ...this.#numbers].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** What a row says in these columns. */
  shape(row: number): number {
    return this.#shape.at(row);
  }

  /** The number of FIX_NUMBERS in a row of this shape; null: it is not said. */
  number(row: number, shape: number, i: number): number | null {
    return (shape & (FIX_NUMBERS[i] as { readonly bit: number }).bit) === 0
      ? null
      : (this.#numbers[i] as PackedColumn).at(row);
  }
}

/** The numbers of some rows, 0 where none is said; adds the bit of those that are. */
function numbersOf({ chunk, from, to }: ChunkRows, column: number, bit: number, shapes: Int32Array): Int32Array {
  const values = readInt32(chunk, column).subarray(from, to);
  const validity = readValidity(chunk, column);
  if (validity === null) {
    addBits(shapes, bit);
    return values;
  }
  const said = new Int32Array(values.length);
  for (let i = 0; i < said.length; i += 1) {
    if (!isValid(validity, from + i)) continue;
    said[i] = values[i] as number;
    shapes[i] = (shapes[i] as number) | bit;
  }
  return said;
}

function addBits(shapes: Int32Array, bits: number): void {
  for (let i = 0; i < shapes.length; i += 1) shapes[i] = (shapes[i] as number) | bits;
}

/** @param value 0: false */
function flagBits(said: number, value: number): number {
  return value === 0 ? said : said | (said << 1);
}

function addFlags({ chunk, from }: ChunkRows, column: number, said: number, shapes: Int32Array): void {
  const values = readColumn(chunk, column, 1);
  const validity: Validity | null = readValidity(chunk, column);
  for (let i = 0; i < shapes.length; i += 1) {
    if (!isValid(validity, from + i)) continue;
    shapes[i] = (shapes[i] as number) | flagBits(said, values[from + i] as number);
  }
}
