import { join } from 'node:path';
import { setImmediate as nextRound } from 'node:timers/promises';
import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { FixQuery } from '../log/fix-history.js';
import { BlockLayout, FILE_COLUMN, ROW_COLUMN } from './block-layout.js';
import type { ChunkRows } from './chunk-rows.js';
import { FileColumnValues } from './column-values.js';
import { type Duck, quote } from './duck.js';
import { FileTrackers, type TrackerRows } from './file-trackers.js';
import { FixBlock } from './fix-block.js';
import { PARTS_FOLDER } from './manifest.js';
import { KeptOfFiles } from './kept-of-files.js';
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
interface Loaded extends Pick<Asked, 'files' | 'trackers'> {
  readonly layout: BlockLayout;
  /** Where the rows of each file's trackers stand. */
  readonly rowsOf: RowsOfTrackers;
}

/** By file and tracker. */
type RowsOfTrackers = ReadonlyMap<string, ReadonlyMap<string, TrackerRows>>;

/** Blocks of the files of one archive, kept as long as there is room. */
export class FixBlocks {
  readonly #folder: string;
  readonly #trackers: FileTrackers;
  readonly #values: FileColumnValues;
  /** By file and tracker. */
  readonly #kept = new KeptOfFiles<FixBlock>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#trackers = new FileTrackers(folder);
    this.#values = new FileColumnValues(folder);
  }

  /**
   * The blocks by tracker that have rows of the times, whole; null: they have more rows than one question may take into memory. Rejects with what
   * DuckDB says.
   */
  async read(duck: Duck, asked: Asked, signal?: AbortSignal): Promise<ReadonlyMap<string, readonly FixBlock[]> | null> {
    const rowsOf = await this.#trackers.read(duck, asked.files, signal);
    const wanted = wantedOf(asked, rowsOf);
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
      const layout = new BlockLayout(asked.detail, await this.#values.read(duck, files, signal));
      const loaded = await loadBlocks(duck, this.#folder, { files, trackers, layout, rowsOf }, signal);
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
    this.#values.keepOnly(files);
    this.#kept.keepOnly(files);
  }
}

interface WantedBlock {
  readonly file: string;
  readonly tracker: string;
  readonly key: string;
  readonly rows: number;
}

function wantedOf({ files, trackers, fromMs, toMs }: Asked, rowsOf: RowsOfTrackers): readonly WantedBlock[] {
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

function selectBlocks(folder: string, { files, trackers, layout }: Loaded): string {
  const paths = files.map((name) => quote(join(folder, PARTS_FOLDER, name))).join(', ');
  const sorted = [...trackers].sort();
  const [first = '', last = ''] = [sorted[0], sorted.at(-1)];
  const isOwn =
    sorted.length <= NAMED_TRACKERS
      ? `f.tracker IN (${sorted.map(quote).join(', ')})`
      : `f.tracker >= ${quote(first)} AND f.tracker <= ${quote(last)}`;
  return `SELECT ${layout.selected.join(', ')} FROM read_parquet([${paths}]) AS f WHERE ${isOwn}`;
}

/** Makes blocks of the chunks of that statement, in whatever order they come. */
export class Gathering {
  readonly #layout: BlockLayout;
  /** By file, in the order of their rows. */
  readonly #stretches: readonly (readonly TrackerStretch[])[];
  readonly #rows = new Map<string, ChunkRows[]>();

  constructor({ files, trackers, layout, rowsOf }: Loaded) {
    this.#layout = layout;
    this.#stretches = files.map((file) => stretchesOf(file, trackers, rowsOf.get(file) ?? new Map()));
  }

  add(chunk: DuckDBDataChunk): void {
    const [files, rows] = [readInt32(chunk, FILE_COLUMN), readInt32(chunk, ROW_COLUMN)];
    let from = 0;
    for (let to = 1; to <= rows.length; to += 1) {
      // A run may leave out rows of its file that come in another chunk.
      if (to < rows.length && rows[to] === (rows[to - 1] as number) + 1 && files[to] === files[from]) continue;
      this.#add({ chunk, from, to, row: rows[from] as number }, this.#stretches[files[from] as number] ?? []);
      from = to;
    }
  }

  /** The event loop goes round in between when there are many rows. */
  async end(): Promise<ReadonlyMap<string, FixBlock>> {
    const blocks = new Map<string, FixBlock>();
    let packed = 0;
    for (const [key, rows] of this.#rows) {
      const sorted = rows.sort((a, b) => a.row - b.row);
      const block = await FixBlock.of(sorted, this.#layout);
      blocks.set(key, block);
      this.#rows.delete(key);
      packed += block.rows;
      if (packed < ROWS_A_ROUND) continue;
      packed = 0;
      await nextRound();
    }
    return blocks;
  }

  #add({ chunk, from, to, row }: ChunkRows, stretches: readonly TrackerStretch[]): void {
    const end = row + to - from;
    for (let i = firstBehind(stretches, row); i < stretches.length; i += 1) {
      const stretch = stretches[i] as TrackerStretch;
      if (stretch.fromRow >= end) return;
      const [first, last] = [Math.max(row, stretch.fromRow), Math.min(end, stretch.toRow)];
      const own = this.#rows.get(stretch.key) ?? [];
      this.#rows.set(stretch.key, own);
      own.push({ chunk, from: from + first - row, to: from + last - row, row: first });
    }
  }
}

/** Rows `[fromRow, toRow)` of a file, which are one tracker's. */
interface TrackerStretch {
  readonly key: string;
  readonly fromRow: number;
  readonly toRow: number;
}

function stretchesOf(
  file: string,
  trackers: readonly string[],
  rowsOf: ReadonlyMap<string, TrackerRows>,
): readonly TrackerStretch[] {
  return trackers
    .flatMap((tracker) => {
      const its = rowsOf.get(tracker);
      return its === undefined
        ? []
        : [{ key: keyOf(file, tracker), fromRow: its.firstRow, toRow: its.firstRow + its.rows }];
    })
    .sort((a, b) => a.fromRow - b.fromRow);
}

/** The first stretch that ends behind a row. */
function firstBehind(stretches: readonly TrackerStretch[], row: number): number {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((stretches[middle] as TrackerStretch).toRow <= row) low = middle + 1;
    else high = middle;
  }
  return low;
}
