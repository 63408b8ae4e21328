import type { DuckDBDataChunk } from '@duckdb/node-api';
import { SHAPE } from '../model/fix-shape.js';
import { FIX_NUMBERS, type FixTable } from '../codec/fix-table.js';
import { TABLES } from './tables.js';
import { isValid, readColumn, readInt32, readValidity } from './vectors.js';

const NAMES = TABLES.fixes.columns.map(({ name }) => name);

/** What a fix says beside its time, as columns of `fixes`: numbers in the order of `FIX_NUMBERS`, then flags. */
export const FIX_COLUMNS: readonly string[] = NAMES.slice(NAMES.indexOf('lng_e7'));

/** The flags of a fix, in the order of their columns. */
export const FLAGS = [SHAPE.located, SHAPE.power, SHAPE.ignition, SHAPE.lightbar, SHAPE.sos, SHAPE.backfill] as const;

/**
 * Puts the rows of FIX_COLUMNS, which begin at column `first` of a chunk, behind the fixes of a table, which has room for them; the event times
 * are the caller's.
 */
export function addFixes(table: FixTable, chunk: DuckDBDataChunk, first: number): void {
  const [at, rows] = [table.count, chunk.rowCount];
  const shapes = table.shape.fill(0, at, at + rows);
  for (const [i, { bit }] of FIX_NUMBERS.entries()) {
    const values = readInt32(chunk, first + i);
    const validity = readValidity(chunk, first + i);
    const column = table.numbers[i] as Int32Array;
    for (let row = 0; row < rows; row += 1) {
      const isThere = isValid(validity, row);
      column[at + row] = isThere ? (values[row] as number) : 0;
      if (isThere) shapes[at + row] = (shapes[at + row] as number) | bit;
    }
  }
  for (const [i, said] of FLAGS.entries()) {
    const values = readColumn(chunk, first + FIX_NUMBERS.length + i, 1);
    const validity = readValidity(chunk, first + FIX_NUMBERS.length + i);
    for (let row = 0; row < rows; row += 1) {
      if (!isValid(validity, row)) continue;
      const bits = values[row] === 0 ? said : said | (said << 1);
      shapes[at + row] = (shapes[at + row] as number) | bits;
    }
  }
  table.count += rows;
}
