import { join } from 'node:path';
import { setImmediate as nextRound } from 'node:timers/promises';
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { type Duck, quote } from './duck.js';
import { FixBlock, FixRows } from './fix-block.js';
import { addFixes, FIX_COLUMNS } from './fix-chunks.js';
import { EVENT_MS, LOG_MS } from './fix-rows.js';
import { PARTS_FOLDER } from './manifest.js';
import { KeptOfFiles } from './kept-of-files.js';
import { OWNER_COLUMNS, trackerRuns } from './tracker-runs.js';
import { readFloat64, readInt32 } from './vectors.js';

/** Rows that one statement may take into blocks. */
const MAX_LOADED_ROWS = 500_000;
/** Rows that are packed until the event loop goes round. */
const ROWS_A_ROUND = 8_192;
/** Trackers that a statement names; of more it reads all between the first and the last. */
const NAMED_TRACKERS = 8;

const PLACE = [...OWNER_COLUMNS, `${EVENT_MS}::DOUBLE`, `${LOG_MS}::DOUBLE`, 'f.log_seq', 'f.place', 'f.ordinal'];
const FIRST = OWNER_COLUMNS.length;

/** Which blocks: of each tracker in each file. */
interface Wanted {
  readonly files: readonly string[];
  readonly trackers: readonly string[];
}

/** Blocks of the files of one archive, kept as long as there is room. */
export class FixBlocks {
  readonly #folder: string;
  /** By file and tracker. */
  readonly #kept = new KeptOfFiles<FixBlock>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The blocks by tracker; null: they have more rows than one question may take into memory. Rejects with what DuckDB says. */
  async read(
    duck: Duck,
    { files, trackers }: Wanted,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly FixBlock[]> | null> {
    const keys = files.flatMap((file) => trackers.map((tracker) => ({ file, tracker, key: keyOf(file, tracker) })));
    const found = new Map<string, FixBlock>();
    for (const { file, tracker, key } of keys) {
      const block = this.#kept.get(file, tracker);
      if (block !== undefined) found.set(key, block);
    }
    const missing = keys.filter(({ key }) => !found.has(key));
    if (missing.length > 0) {
      const wanted = {
        files: [...new Set(missing.map(({ file }) => file))],
        trackers: [...new Set(missing.map(({ tracker }) => tracker))],
      };
      const loaded = await loadBlocks(duck, this.#folder, wanted, signal);
      if (loaded === null) return null;
      for (const { file, tracker, key } of missing) {
        const block = loaded.get(key) ?? NO_ROWS;
        found.set(key, block);
        this.#kept.set(file, tracker, block);
      }
    }
    return new Map(
      trackers.map((tracker) => [tracker, files.flatMap((file) => found.get(keyOf(file, tracker)) ?? [])]),
    );
  }

  /** Forgets what is in other files: they were compacted away, or deleted. */
  keepOnly(files: ReadonlySet<string>): void {
    this.#kept.keepOnly(files);
  }
}

const NO_ROWS = new FixBlock(new FixRows(0));

function keyOf(file: string, tracker: string): string {
  return `${file}/${tracker}`;
}

async function loadBlocks(
  duck: Duck,
  folder: string,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, FixBlock> | null> {
  const gathering = new Gathering(new Set(wanted.trackers));
  for await (const chunk of duck.chunks(selectBlocks(folder, wanted), signal)) if (!gathering.add(chunk)) return null;
  return gathering.end();
}

function selectBlocks(folder: string, { files, trackers }: Wanted): string {
  const paths = files.map((name) => quote(join(folder, PARTS_FOLDER, name))).join(', ');
  const sorted = [...trackers].sort();
  const [first = '', last = ''] = [sorted[0], sorted.at(-1)];
  const isOwn =
    sorted.length <= NAMED_TRACKERS
      ? `f.tracker IN (${sorted.map(quote).join(', ')})`
      : `f.tracker >= ${quote(first)} AND f.tracker <= ${quote(last)}`;
  const columns = [...PLACE, ...FIX_COLUMNS.map((name) => `f.${name}`)];
  return `SELECT ${columns.join(', ')} FROM read_parquet([${paths}], filename = true) AS f WHERE ${isOwn}`;
}

/** Makes blocks of the rows of that statement. DuckDB may hand on some rows of a file behind others. */
class Gathering {
  readonly #trackers: ReadonlySet<string>;
  readonly #rows = new Map<string, FixRows>();
  #loaded = 0;

  constructor(trackers: ReadonlySet<string>) {
    this.#trackers = trackers;
  }

  /** False: there are too many rows. */
  add(chunk: DuckDBDataChunk): boolean {
    for (const { file, tracker, from, to } of trackerRuns(chunk)) {
      if (!this.#trackers.has(tracker)) continue;
      this.#loaded += to - from;
      if (this.#loaded > MAX_LOADED_ROWS) return false;
      this.#addRows(keyOf(file, tracker), chunk, from, to);
    }
    return true;
  }

  /** The event loop goes round between two trackers that have many rows. */
  async end(): Promise<ReadonlyMap<string, FixBlock>> {
    const blocks = new Map<string, FixBlock>();
    let packed = 0;
    for (const [key, rows] of this.#rows) {
      blocks.set(key, new FixBlock(rows));
      this.#rows.delete(key);
      packed += rows.fixes.count;
      if (packed < ROWS_A_ROUND) continue;
      packed = 0;
      await nextRound();
    }
    return blocks;
  }

  #addRows(key: string, chunk: DuckDBDataChunk, from: number, to: number): void {
    const rows = this.#rows.get(key) ?? new FixRows(to - from);
    this.#rows.set(key, rows);
    rows.reserve(to - from);
    const at = rows.fixes.count;
    rows.fixes.eventTimeMs.set(readFloat64(chunk, FIRST).subarray(from, to), at);
    rows.logMs.set(readFloat64(chunk, FIRST + 1).subarray(from, to), at);
    rows.logSeq.set(readInt32(chunk, FIRST + 2).subarray(from, to), at);
    rows.place.set(readInt32(chunk, FIRST + 3).subarray(from, to), at);
    rows.ordinal.set(readInt32(chunk, FIRST + 4).subarray(from, to), at);
    addFixes(rows.fixes, chunk, PLACE.length, { from, to });
  }
}
