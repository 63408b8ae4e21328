import type { DuckDBDataChunk } from '@duckdb/node-api';

/** Rows `[from, to)` of a chunk that stand one behind the other in their file. */
export interface ChunkRows {
  readonly chunk: DuckDBDataChunk;
  readonly from: number;
  readonly to: number;
  /** Where the first of them stands in the file, from 0. */
  readonly row: number;
}
