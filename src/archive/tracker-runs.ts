import { basename } from 'node:path';
import type { DuckDBDataChunk } from '@duckdb/node-api';

/** Rows `[from, to)` of a chunk that are of one tracker in one file. */
export interface TrackerRun {
  readonly file: string;
  readonly tracker: string;
  readonly from: number;
  readonly to: number;
}

/** The runs of a chunk, whose first columns are the file's path and the tracker. A file has all rows of a tracker one behind the other. */
export function* trackerRuns(chunk: DuckDBDataChunk): Generator<TrackerRun> {
  const [files, trackers] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
  const ownerAt = (row: number): readonly [string, string] => [
    String(files.getItem(row)),
    String(trackers.getItem(row)),
  ];
  for (let from = 0; from < chunk.rowCount; ) {
    const [path, tracker] = ownerAt(from);
    const to = endOfRun(from, chunk.rowCount, (row) => {
      const [itsPath, itsTracker] = ownerAt(row);
      return itsPath === path && itsTracker === tracker;
    });
    yield { file: basename(path), tracker, from, to };
    from = to;
  }
}

function endOfRun(from: number, end: number, isSame: (row: number) => boolean): number {
  if (isSame(end - 1)) return end;
  let [low, high] = [from, end - 1];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (isSame(middle)) low = middle;
    else high = middle;
  }
  return high;
}
