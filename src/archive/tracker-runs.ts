import type { DuckDBDataChunk } from '@duckdb/node-api';
import { readColumn, readInt32 } from './vectors.js';

/** Rows `[from, to)` of a chunk that are of one tracker in one file. */
export interface TrackerRun {
  /** Index of the file in the list that the statement reads. */
  readonly file: number;
  readonly tracker: string;
  readonly from: number;
  readonly to: number;
}

/** The columns of `read_parquet(…) AS f` that a statement must begin with, so that its chunks can be told apart into runs. */
export const OWNER_COLUMNS = ['f.file_index::INTEGER', 'f.tracker', 'hash(f.tracker)'] as const;

/** The runs of a chunk that begins with OWNER_COLUMNS; a tracker may have several. Hashes are compared, because reading a text of each row is slow. */
export function* trackerRuns(chunk: DuckDBDataChunk): Generator<TrackerRun> {
  const files = readInt32(chunk, 0);
  const trackers = chunk.getColumnVector(1);
  const { buffer, byteOffset } = readColumn(chunk, 2, BigUint64Array.BYTES_PER_ELEMENT);
  const halves = new Int32Array(buffer, byteOffset, 2 * files.length);
  const isSame = (a: number, b: number): boolean =>
    files[a] === files[b] && halves[2 * a] === halves[2 * b] && halves[2 * a + 1] === halves[2 * b + 1];
  let from = 0;
  for (let to = 1; to <= files.length; to += 1) {
    if (to < files.length && isSame(from, to)) continue;
    yield { file: files[from] as number, tracker: String(trackers.getItem(from)), from, to };
    from = to;
  }
}
