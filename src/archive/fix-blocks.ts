import { join } from 'node:path';
import { setImmediate as nextRound } from 'node:timers/promises';
import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { FixQuery } from '../log/fix-history.js';
import type { ChunkRows } from './chunk-rows.js';
import { type Duck, quote } from './duck.js';
import { FileTrackers, type TrackerRows } from './file-trackers.js';
import { blockColumns, FixBlock, ROW_COLUMN } from './fix-block.js';
import { PARTS_FOLDER } from './manifest.js';
import { KeptOfFiles } from './kept-of-files.js';
import { type TrackerRun, trackerRuns } from './tracker-runs.js';
import { readInt32 } from './vectors.js';

/** Rows that a question may take into blocks. */
const MAX_LOADED_ROWS = 500_000;
/** Rows that are packed until the event loop goes round. */
const ROWS_A_ROUND = 8_192;
/** Trackers that a statement names; of more it reads all between the first and the last. */
const NAMED_TRACKERS = 8;

/** What a question asks for. */
interface Asked {
  readonly files: readonly string[];
  readonly trackers: readonly string[];
  /** Event times `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly detail: FixQuery['detail'];
}

/** What one statement reads: all rows of each tracker in each file. */
type Loaded = Pick<Asked, 'files' | 'trackers' | 'detail'>;

/** Blocks of the files of one archive, kept as long as there is room. */
export class FixBlocks {
  readonly #folder: string;
  readonly #trackers: FileTrackers;
  /** By file and tracker. */
  readonly #kept = new KeptOfFiles<FixBlock>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#trackers = new FileTrackers(folder);
  }

  /**
   * The blocks by tracker that have rows of the times, whole; null: they have more rows than one question may take into memory. Rejects with what
   * DuckDB says.
   */
  async read(duck: Duck, asked: Asked, signal?: AbortSignal): Promise<ReadonlyMap<string, readonly FixBlock[]> | null> {
    const wanted = wantedOf(asked, await this.#trackers.read(duck, asked.files, signal));
    const found = new Map<string, FixBlock>();
    for (const { file, tracker, key } of wanted) {
      const block = this.#kept.get(file, tracker);
      if (block?.has(asked.detail) === true) found.set(key, block);
    }
    const missing = wanted.filter(({ key }) => !found.has(key));
    if (missing.reduce((sum, { rows }) => sum + rows, 0) > MAX_LOADED_ROWS) return null;
    if (missing.length > 0) {
      const files = [...new Set(missing.map(({ file }) => file))];
      const trackers = [...new Set(missing.map(({ tracker }) => tracker))];
      const loaded = await loadBlocks(duck, this.#folder, { files, trackers, detail: asked.detail }, signal);
      for (const { file, tracker, key } of missing) {
        const block = loaded.get(key);
        if (block === undefined) throw new Error(`got no rows of ${tracker} in ${file}, expected some`);
        found.set(key, block);
        this.#kept.set(file, tracker, block);
      }
    }
    return new Map(
      asked.trackers.map((tracker) => [tracker, asked.files.flatMap((file) => found.get(keyOf(file, tracker)) ?? [])]),
    );
  }

  /** Forgets what is in other files: they were compacted away, or deleted. */
  keepOnly(files: ReadonlySet<string>): void {
    this.#trackers.keepOnly(files);
    this.#kept.keepOnly(files);
  }
}

interface WantedBlock {
  readonly file: string;
  readonly tracker: string;
  readonly key: string;
  readonly rows: number;
}

function wantedOf(
  { files, trackers, fromMs, toMs }: Asked,
  rowsOf: ReadonlyMap<string, ReadonlyMap<string, TrackerRows>>,
): readonly WantedBlock[] {
  return files.flatMap((file) =>
    trackers.flatMap((tracker) => {
      const its = rowsOf.get(file)?.get(tracker);
      const isWanted = its !== undefined && its.toMs >= fromMs && its.fromMs < toMs;
      return isWanted ? [{ file, tracker, key: keyOf(file, tracker), rows: its.rows }] : [];
    }),
  );
}

function keyOf(file: string, tracker: string): string {
  return `${file}/${tracker}`;
}

async function loadBlocks(
  duck: Duck,
  folder: string,
  loaded: Loaded,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, FixBlock>> {
  const gathering = new Gathering(loaded);
  for await (const chunk of duck.chunks(selectBlocks(folder, loaded), signal)) gathering.add(chunk);
  return gathering.end();
}

function selectBlocks(folder: string, { files, trackers, detail }: Loaded): string {
  const paths = files.map((name) => quote(join(folder, PARTS_FOLDER, name))).join(', ');
  const sorted = [...trackers].sort();
  const [first = '', last = ''] = [sorted[0], sorted.at(-1)];
  const isOwn =
    sorted.length <= NAMED_TRACKERS
      ? `f.tracker IN (${sorted.map(quote).join(', ')})`
      : `f.tracker >= ${quote(first)} AND f.tracker <= ${quote(last)}`;
  return `SELECT ${blockColumns(detail).join(', ')} FROM read_parquet([${paths}]) AS f WHERE ${isOwn}`;
}

/** Makes blocks of the chunks of that statement, in whatever order they come. */
export class Gathering {
  readonly #loaded: Loaded;
  readonly #trackers: ReadonlySet<string>;
  readonly #rows = new Map<string, ChunkRows[]>();

  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    this.#trackers = new Set(loaded.trackers);
  }

  add(chunk: DuckDBDataChunk): void {
    const rows = readInt32(chunk, ROW_COLUMN);
    for (const run of trackerRuns(chunk)) if (this.#trackers.has(run.tracker)) this.#add(chunk, run, rows);
  }

  /** The event loop goes round in between when there are many rows. */
  async end(): Promise<ReadonlyMap<string, FixBlock>> {
    const blocks = new Map<string, FixBlock>();
    let packed = 0;
    for (const [key, rows] of this.#rows) {
      const sorted = rows.sort((a, b) => a.row - b.row);
      const block = await FixBlock.of(sorted, this.#loaded.detail);
      blocks.set(key, block);
      this.#rows.delete(key);
      packed += block.rows;
      if (packed < ROWS_A_ROUND) continue;
      packed = 0;
      await nextRound();
    }
    return blocks;
  }

  /** A run may leave out rows of its file that come in another chunk. */
  #add(chunk: DuckDBDataChunk, { file, tracker, from: first, to: end }: TrackerRun, rows: Int32Array): void {
    const key = keyOf(this.#loaded.files[file] as string, tracker);
    const own = this.#rows.get(key) ?? [];
    this.#rows.set(key, own);
    let from = first;
    for (let to = first + 1; to <= end; to += 1) {
      if (to < end && rows[to] === (rows[to - 1] as number) + 1) continue;
      own.push({ chunk, from, to, row: rows[from] as number });
      from = to;
    }
  }
}
