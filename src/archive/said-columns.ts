import { FIX_NUMBERS } from '../codec/fix-table.js';
import type { ChunkRows } from './chunk-rows.js';
import { FIX_COLUMNS, FLAGS } from './fix-chunks.js';
import { PackedColumn } from './packed-column.js';
import { isValid, readColumn, readInt32, readValidity, type Validity } from './vectors.js';

/** What says where a fix was, and how surely: columns of `fixes`. */
export const POSITION_COLUMNS = ['lng_e7', 'lat_e7', 'located', 'satellites', 'hdop_centi', 'accuracy_dm'] as const;
/** What a fix says beside it. */
export const OTHER_COLUMNS = [
  'altitude_dm',
  'speed_cmps',
  'course_cdeg',
  'beidou_satellites',
  'power',
  'battery_percent',
  'ignition',
  'lightbar',
  'sos',
  'backfill',
] as const;

const NOTHING = PackedColumn.of([]);

/** Some of the columns in which a fix says something or nothing, of many rows. */
export class SaidColumns {
  /** Bits of SHAPE a row. */
  readonly #shape: PackedColumn;
  /** By the order of FIX_NUMBERS; NOTHING: it is not among these columns. */
  readonly #numbers: readonly PackedColumn[];

  /** @param first of these columns in the chunks of the rows */
  constructor(rows: readonly ChunkRows[], names: readonly string[], first: number) {
    const columnOf = (name: string | undefined): number => (name === undefined ? -1 : names.indexOf(name));
    const shapes = rows.map(({ from, to }) => new Int32Array(to - from));
    const numbers = FIX_NUMBERS.map(({ bit }, i) => {
      const column = columnOf(FIX_COLUMNS[i]);
      if (column < 0) return NOTHING;
      return PackedColumn.of(rows.map((run, k) => numbersOf(run, first + column, bit, shapes[k] as Int32Array)));
    });
    for (const [i, said] of FLAGS.entries()) {
      const column = columnOf(FIX_COLUMNS[FIX_NUMBERS.length + i]);
      if (column < 0) continue;
      for (const [k, run] of rows.entries()) addFlags(run, first + column, said, shapes[k] as Int32Array);
    }
    this.#numbers = numbers;
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
    addBit(shapes, bit);
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

function addBit(shapes: Int32Array, bit: number): void {
  for (let i = 0; i < shapes.length; i += 1) shapes[i] = (shapes[i] as number) | bit;
}

function addFlags({ chunk, from }: ChunkRows, column: number, said: number, shapes: Int32Array): void {
  const values = readColumn(chunk, column, 1);
  const validity: Validity | null = readValidity(chunk, column);
  for (let i = 0; i < shapes.length; i += 1) {
    if (!isValid(validity, from + i)) continue;
    shapes[i] = (shapes[i] as number) | (values[from + i] === 0 ? said : said | (said << 1));
  }
}
