import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../files/whole-file.js';
import { type Duck, quote } from './duck.js';
import { PARTS_FOLDER } from './manifest.js';
import type { ArchiveFile, RowTable } from './manifest-line.js';

/** How the rows of a file are packed. */
export interface Packing {
  /** Rows that a reader must read at least, in a file of so many: fewer make a question about some units cheaper, more compress better. */
  readonly rowGroupRows: (rows: number) => number;
  /** Level of the Zstandard compression, 1 to 22. */
  readonly level: number;
  /** What most columns hold. Times and coordinates are shorter as differences, and nobody looks for one of them. */
  readonly columns: 'numbers' | 'texts';
}

/**
 * Files with more rows have smaller row groups: who was in an area is then read with 0.6 times the CPU time (five units of 100), for 0.1 bytes a fix. In a
 * shorter file the units that are asked for are in the same group anyway.
 */
const LARGE_ROWS = 500_000;

/** A part of some minutes is written while the log grows, and lives for a day. */
export const QUICK: Packing = { rowGroupRows: () => 20_480, level: 3, columns: 'numbers' };
/** A day that is over is written once, and kept. */
export const SMALL: Packing = {
  rowGroupRows: (rows) => (rows > LARGE_ROWS ? 40_960 : 122_880),
  level: 19,
  columns: 'numbers',
};
/** Values of a dictionary at most: one that is longer costs more than the differences of its numbers. */
const MAX_DICTIONARY = 2_000;
/** The same in a short file: each value of a dictionary lies in it whole, and is worth its bytes when some rows share it. */
const ROWS_PER_VALUE = 16;
const MIN_DICTIONARY = 50;

/** A query whose rows are a table's file. */
export interface TableQuery {
  readonly table: RowTable;
  readonly sql: string;
  readonly rows: number;
}

/**
 * Writes the files of a part, durable when it answers; their names are free until a line names them. All or none: half of a part on
 * a full disk would be in the way of everything else.
 */
export async function writePartFiles(
  duck: Duck,
  folder: string,
  prefix: string,
  queries: readonly TableQuery[],
  packing: Packing,
): Promise<readonly ArchiveFile[]> {
  const wanted = queries.filter(({ rows }) => rows > 0);
  try {
    const files: ArchiveFile[] = [];
    for (const query of wanted) files.push(await writeFile(duck, folder, prefix, query, packing));
    await syncFolder(join(folder, PARTS_FOLDER));
    return files;
  } catch (error) {
    await deleteFiles(
      folder,
      wanted.map(({ table }) => ({ name: nameOf(table, prefix) })),
    );
    throw error;
  }
}

/** Deletes files that no line names. */
export async function deleteFiles(folder: string, files: readonly Pick<ArchiveFile, 'name'>[]): Promise<void> {
  for (const { name } of files) await rm(join(folder, PARTS_FOLDER, name), { force: true });
}

async function writeFile(
  duck: Duck,
  folder: string,
  prefix: string,
  { table, sql, rows }: TableQuery,
  { level, rowGroupRows: rowGroupRowsOf, columns }: Packing,
): Promise<ArchiveFile> {
  const rowGroupRows = rowGroupRowsOf(rows);
  const name = nameOf(table, prefix);
  const path = join(folder, PARTS_FOLDER, name);
  const dictionary = columns === 'numbers' ? numberOptions(Math.min(rows, rowGroupRows)) : '';
  await duck.run(
    `COPY (${sql}) TO ${quote(path)} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ` +
      `COMPRESSION_LEVEL ${level}, ROW_GROUP_SIZE ${rowGroupRows}${dictionary})`,
  );
  await syncFile(path);
  return { table, name, bytes: (await stat(path)).size, rows, sha256: await sha256OfFile(path) };
}

/** Options of COPY: a column of numbers with more values in a row group than a dictionary has is written as differences, and has no filter. */
function numberOptions(rows: number): string {
  const values = Math.max(MIN_DICTIONARY, Math.min(Math.floor(rows / ROWS_PER_VALUE), MAX_DICTIONARY));
  return `, DICTIONARY_SIZE_LIMIT ${values}, WRITE_BLOOM_FILTER false`;
}

function nameOf(table: RowTable, prefix: string): string {
  return `${prefix}.${table}.parquet`;
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Hexadecimal; read in pieces. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
