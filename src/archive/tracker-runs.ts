import { basename } from 'node:path';
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { readColumn } from './vectors.js';

/** Rows `[from, to)` of a chunk that are of one tracker in one file. */
export interface TrackerRun {
  readonly file: string;
  readonly tracker: string;
  readonly from: number;
  readonly to: number;
}

/** The columns of `read_parquet(…, filename = true) AS f` that a statement must begin with, so that its chunks can be told apart into runs. */
export const OWNER_COLUMNS = ['f.filename', 'f.tracker', 'hash(f.filename, f.tracker)'] as const;

/** The runs of a chunk that begins with OWNER_COLUMNS; a tracker may have several. Hashes are compared, because reading a text of each row is slow. */
export function* trackerRuns(chunk: DuckDBDataChunk): Generator<TrackerRun> {
  const [files, trackers] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
  const { buffer, byteOffset } = readColumn(chunk, 2, BigUint64Array.BYTES_PER_ELEMENT);
  const halves = new Int32Array(buffer, byteOffset, 2 * chunk.rowCount);
  let from = 0;
  for (let to = 1; to <= chunk.rowCount; to += 1) {
    const isSame =
      to < chunk.rowCount && halves[2 * to] === halves[2 * from] && halves[2 * to + 1] === halves[2 * from + 1];
    if (isSame) continue;
    yield { file: basename(String(files.getItem(from))), tracker: String(trackers.getItem(from)), from, to };
    from = to;
  }
}
