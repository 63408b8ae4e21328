import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBAppender,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  VARCHAR,
} from '@duckdb/node-api';
import { Duck, quote } from '../archive/duck.js';
import { CHUNK_ROWS } from '../archive/vectors.js';
import type { Cell, CellType, Chunks, Column, Table } from './table.js';

export interface ParquetOptions {
  /** Names of the columns of longitude and latitude, degrees: GeoParquet with a column `geometry` of points is written from them. */
  readonly geometry?: { readonly lng: string; readonly lat: string };
  /** Goes into the file's metadata, by key. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What DuckDB may hold before it spills into temporary files. */
const MEMORY = '256MB';
const ROW_GROUP_ROWS = 100_000;

interface Storage {
  readonly type: DuckDBType;
  readonly sqlType: string;
  readonly valueOf: (cell: Cell) => DuckDBValue;
}

const text: Storage = { type: VARCHAR, sqlType: 'VARCHAR', valueOf: String };
const STORAGE: Readonly<Record<CellType, Storage>> = {
  text,
  json: { ...text, valueOf: (cell) => JSON.stringify(cell) },
  integer: { type: BIGINT, sqlType: 'BIGINT', valueOf: (cell) => BigInt(Number(cell)) },
  instant: { type: BIGINT, sqlType: 'BIGINT', valueOf: (cell) => BigInt(Number(cell)) },
  number: { type: DOUBLE, sqlType: 'DOUBLE', valueOf: Number },
  boolean: { type: BOOLEAN, sqlType: 'BOOLEAN', valueOf: (cell) => cell === true },
};

/**
 * Parquet with zstd, in the order of the rows. Instants are TIMESTAMP in milliseconds, UTC; JSON is its text. The file is made in a folder of
 * temporary files, which goes away in any case, and only then does the first chunk come.
 */
export async function* writeParquet({ columns, rows }: Table, o: ParquetOptions = {}): Chunks {
  const folder = await mkdtemp(join(tmpdir(), 'beatwatch-export-'));
  try {
    const path = join(folder, 'export.parquet');
    const duck = await Duck.open({ folder, memory: MEMORY, threads: 1 });
    try {
      await stageRows(duck, columns, rows);
      await duck.run(copyStatement(columns, path, o));
    } finally {
      await duck.close();
    }
    yield* createReadStream(path) as AsyncIterable<Buffer>;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function stageRows(duck: Duck, columns: readonly Column[], rows: Table['rows']): Promise<void> {
  const definitions = columns.map(({ name, type }) => `${identifier(name)} ${STORAGE[type].sqlType}`);
  await duck.run(`CREATE TABLE staged (${definitions.join(', ')})`);
  const appender = await duck.connection.createAppender('staged');
  const storages = columns.map(({ type }) => STORAGE[type]);
  let values: DuckDBValue[][] = columns.map(() => []);
  let count = 0;
  const flush = (): void => {
    appendChunk(appender, storages, values, count);
    values = columns.map(() => []);
    count = 0;
  };
  for await (const row of rows) {
    for (const [i, storage] of storages.entries()) {
      const cell = row[i] ?? null;
      values[i]?.push(cell === null ? null : storage.valueOf(cell));
    }
    count += 1;
    if (count === CHUNK_ROWS) flush();
  }
  if (count > 0) flush();
  appender.closeSync();
}

function appendChunk(
  appender: DuckDBAppender,
  storages: readonly Storage[],
  values: readonly DuckDBValue[][],
  count: number,
): void {
  const chunk = DuckDBDataChunk.create(
    storages.map(({ type }) => type),
    count,
  );
  chunk.setColumns(values);
  appender.appendDataChunk(chunk);
}

function copyStatement(columns: readonly Column[], path: string, { geometry, metadata = {} }: ParquetOptions): string {
  const stored = ({ name, type }: Column): string => {
    const column = identifier(name);
    return type === 'instant' ? `make_timestamp_ms(${column})::TIMESTAMP_MS AS ${column}` : column;
  };
  const point =
    geometry === undefined ? [] : [`${pointText(identifier(geometry.lng), identifier(geometry.lat))} AS geometry`];
  const pairs = Object.entries(metadata).map(([key, value]) => `${identifier(key)}: ${quote(value)}`);
  const options = [
    'FORMAT parquet',
    'COMPRESSION zstd',
    `ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`,
    ...(pairs.length === 0 ? [] : [`KV_METADATA {${pairs.join(', ')}}`]),
  ];
  return `COPY (SELECT ${[...columns.map(stored), ...point].join(', ')} FROM staged) TO ${quote(path)} (${options.join(', ')})`;
}

/** NULL where there is no position. */
function pointText(lng: string, lat: string): string {
  return `('POINT(' || ${lng} || ' ' || ${lat} || ')')::GEOMETRY`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
