import { join } from 'node:path';
import { type Duck, quote } from './duck.js';
import { KeptOfFiles } from './kept-of-files.js';
import { PARTS_FOLDER } from './manifest.js';
import { readFloat64, readInt32 } from './vectors.js';

/** What a file has of one tracker. */
export interface TrackerRows {
  readonly rows: number;
  /** Where the first of them stands in the file, from 0; the others follow it. */
  readonly firstRow: number;
  /** Event times `[fromMs, toMs]`, widened to whole seconds. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Bytes of one tracker of a file, at about. */
const TRACKER_BYTES = 200;
/** The name of all trackers of a file. */
const ALL = '';
const SECOND = 1_000;

interface TrackersOfFile {
  readonly byTracker: ReadonlyMap<string, TrackerRows>;
  readonly bytes: number;
}

/**
 * Which trackers each file of one archive has, and of which times: a file that has a late fix of one tracker need not be read for the others. Read
 * once a file and kept as long as there is room.
 */
export class FileTrackers {
  readonly #folder: string;
  readonly #kept = new KeptOfFiles<TrackersOfFile>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** By file and tracker. Rejects with what DuckDB says. */
  async read(
    duck: Duck,
    files: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, TrackerRows>>> {
    const known = new Map(files.map((file) => [file, this.#kept.get(file, ALL)?.byTracker]));
    const missing = files.filter((file) => known.get(file) === undefined);
    if (missing.length > 0) {
      const read = await readTrackers(duck, this.#folder, missing, signal);
      for (const [file, byTracker] of read) {
        this.#kept.set(file, ALL, { byTracker, bytes: TRACKER_BYTES * byTracker.size });
        known.set(file, byTracker);
      }
    }
    return new Map([...known].flatMap(([file, byTracker]) => (byTracker === undefined ? [] : [[file, byTracker]])));
  }

  /** Forgets what is in other files: they were compacted away, or deleted. */
  keepOnly(files: ReadonlySet<string>): void {
    this.#kept.keepOnly(files);
  }
}

async function readTrackers(
  duck: Duck,
  folder: string,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, ReadonlyMap<string, TrackerRows>>> {
  const found = new Map(files.map((file) => [file, new Map<string, TrackerRows>()]));
  for await (const chunk of duck.chunks(selectTrackers(folder, files), signal)) {
    const [indexes, trackers, rows] = [readInt32(chunk, 0), chunk.getColumnVector(1), readInt32(chunk, 2)];
    const [first, last] = [readFloat64(chunk, 3), readFloat64(chunk, 4)];
    const [firstRows, lastRows] = [readInt32(chunk, 5), readInt32(chunk, 6)];
    for (let i = 0; i < chunk.rowCount; i += 1) {
      const [fromMs, toMs] = [first[i] as number, (last[i] as number) + SECOND - 1];
      const [file, tracker] = [files[indexes[i] as number] as string, String(trackers.getItem(i))];
      const [count, firstRow, lastRow] = [rows[i] as number, firstRows[i] as number, lastRows[i] as number];
      if (lastRow - firstRow + 1 !== count)
        throw new Error(`got rows of others between those of ${tracker} in ${file}, expected them sorted by tracker`);
      found.get(file)?.set(tracker, { rows: count, firstRow, fromMs, toMs });
    }
  }
  return found;
}

function selectTrackers(folder: string, files: readonly string[]): string {
  const paths = files.map((name) => quote(join(folder, PARTS_FOLDER, name))).join(', ');
  return `SELECT f.file_index::INTEGER, f.tracker, count(*)::INTEGER, epoch_ms(min(f.event_time))::DOUBLE, epoch_ms(max(f.event_time))::DOUBLE,
      min(f.file_row_number)::INTEGER, max(f.file_row_number)::INTEGER
    FROM read_parquet([${paths}]) AS f GROUP BY f.file_index, f.tracker`;
}
