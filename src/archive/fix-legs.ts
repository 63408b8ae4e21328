import { join } from 'node:path';
import { setImmediate as nextRound } from 'node:timers/promises';
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { CLOCK_AHEAD_MS, MAX_FENCE_SIGMA_M, SIGMA_PER_HDOP_M } from '../model/limits.js';
import type { AreaE7 } from '../model/plan.js';
import { type Duck, quote } from './duck.js';
import { EVENT_MS, LOG_MS } from './fix-rows.js';
import { PARTS_FOLDER } from './manifest.js';
import { KeptOfFiles } from './kept-of-files.js';
import type { PartFile } from './read-plan.js';
import { OWNER_COLUMNS, trackerRuns } from './tracker-runs.js';
import { readColumn, readFloat64, readInt32 } from './vectors.js';

/** Positions of a leg. */
const LEG_ROWS = 64;
/** Trackers whose legs are ended until the event loop goes round. */
const TRACKERS_A_ROUND = 1_024;
/** Positions so near to 0° N 0° E may be a receiver's zero, 1e-7 degree. */
const NEAR_ZERO_E7 = 1_000_000;

/**
 * Positions of one tracker that follow each other, at most LEG_ROWS. A precise one is surely usable, and at most MAX_FENCE_SIGMA_M off.
 */
export interface Leg {
  /** Event times of all. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Event times of the first and the last precise one, and the longest between two of them; infinite if there is none. */
  readonly preciseFromMs: number;
  readonly preciseToMs: number;
  readonly gapMs: number;
  /** Around all. */
  readonly box: AreaE7;
  readonly isPrecise: boolean;
}

const FIRST = OWNER_COLUMNS.length;
/** Bytes of the legs of one tracker beside their numbers, at about. */
const LEGS_BYTES = 300;
/** Numbers a leg: its times, its box, and how many positions are not precise. */
const WIDTH = 10;

/** The legs of one tracker in one file. */
class Legs {
  readonly #numbers: Float64Array;

  constructor(numbers: readonly number[]) {
    this.#numbers = Float64Array.from(numbers);
  }

  get bytes(): number {
    return this.#numbers.byteLength + LEGS_BYTES;
  }

  /** Legs that have positions of `[fromMs, toMs]`. */
  within(fromMs: number, toMs: number): readonly Leg[] {
    const legs: Leg[] = [];
    for (let at = 0; at < this.#numbers.length; at += WIDTH) {
      const [legFromMs, legToMs] = [this.#numbers[at] as number, this.#numbers[at + 1] as number];
      if (legFromMs <= toMs && legToMs >= fromMs) legs.push(this.#legAt(at));
    }
    return legs;
  }

  #legAt(at: number): Leg {
    const [from, to, preciseFrom, preciseTo, gap, west, south, east, north, vague] = this.#numbers.subarray(
      at,
      at + WIDTH,
    ) as unknown as readonly [number, number, number, number, number, number, number, number, number, number];
    return {
      fromMs: from,
      toMs: to,
      preciseFromMs: preciseFrom,
      preciseToMs: preciseTo,
      gapMs: gap,
      box: { westE7: west, southE7: south, eastE7: east, northE7: north },
      isPrecise: vague === 0,
    };
  }
}

/** The legs of one file by tracker. */
class FileLegs {
  readonly #byTracker: ReadonlyMap<string, Legs>;
  readonly bytes: number;

  constructor(byTracker: ReadonlyMap<string, Legs>) {
    this.#byTracker = byTracker;
    this.bytes = [...byTracker.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  of(tracker: string): Legs | undefined {
    return this.#byTracker.get(tracker);
  }
}

/** The name of the legs of all trackers of a file. */
const ALL = '';

/** Where the trackers of one archive went, file by file, coarsely: read once a file and kept as long as there is room. */
export class FixLegs {
  readonly #folder: string;
  readonly #kept = new KeptOfFiles<FileLegs>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Rows of the files whose legs `read` would have to make first. */
  unreadRows(parts: readonly PartFile[]): number {
    const unread = parts.filter(({ file }) => this.#kept.get(file.name, ALL) === undefined);
    return unread.reduce((sum, { file }) => sum + file.rows, 0);
  }

  /** Rejects with what DuckDB says. */
  async read(duck: Duck, files: readonly string[], signal?: AbortSignal): Promise<readonly FileLegs[]> {
    const known = files.map((file) => ({ file, legs: this.#kept.get(file, ALL) }));
    const missing = known.filter(({ legs }) => legs === undefined).map(({ file }) => file);
    const read =
      missing.length === 0 ? new Map<string, FileLegs>() : await readLegs(duck, this.#folder, missing, signal);
    for (const [file, legs] of read) this.#kept.set(file, ALL, legs);
    return known.flatMap(({ file, legs }) => legs ?? read.get(file) ?? []);
  }

  /** Forgets what is in other files: they were compacted away, or deleted. */
  keepOnly(files: ReadonlySet<string>): void {
    this.#kept.keepOnly(files);
  }
}

async function readLegs(
  duck: Duck,
  folder: string,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, FileLegs>> {
  const byFile = files.map(() => new Map<string, LegWriter>());
  for await (const chunk of duck.chunks(selectPositions(folder, files), signal)) {
    const columns = positionsOf(chunk);
    for (const { file, tracker, from, to } of trackerRuns(chunk)) {
      const writers = byFile[file] as Map<string, LegWriter>;
      const writer = writers.get(tracker) ?? new LegWriter();
      writers.set(tracker, writer);
      for (let row = from; row < to; row += 1) writer.add(columns, row);
    }
  }
  const read = new Map<string, FileLegs>();
  for (const [file, writers] of byFile.entries()) read.set(files[file] as string, await legsOf(writers));
  return read;
}

async function legsOf(writers: ReadonlyMap<string, LegWriter>): Promise<FileLegs> {
  const byTracker = new Map<string, Legs>();
  for (const [tracker, writer] of writers) {
    byTracker.set(tracker, writer.end());
    if (byTracker.size % TRACKERS_A_ROUND === 0) await nextRound();
  }
  return new FileLegs(byTracker);
}

/** Surely usable, by what it says itself: `sigmaM` of the engine is at most MAX_FENCE_SIGMA_M. */
const IS_PRECISE = `(
  f.located IS DISTINCT FROM false AND f.satellites IS DISTINCT FROM 0
  AND (abs(f.lng_e7) > ${NEAR_ZERO_E7} OR abs(f.lat_e7) > ${NEAR_ZERO_E7})
  AND CASE
    WHEN f.accuracy_dm IS NOT NULL THEN f.accuracy_dm <= ${10 * MAX_FENCE_SIGMA_M}
    WHEN f.hdop_centi IS NOT NULL THEN f.hdop_centi <= ${(100 * MAX_FENCE_SIGMA_M) / SIGMA_PER_HDOP_M}
    ELSE coalesce(f.satellites, 4) >= 4
  END)`;

function selectPositions(folder: string, files: readonly string[]): string {
  const paths = files.map((name) => quote(join(folder, PARTS_FOLDER, name))).join(', ');
  return `SELECT ${OWNER_COLUMNS.join(', ')}, ${EVENT_MS}::DOUBLE, f.lng_e7, f.lat_e7, ${IS_PRECISE}
    FROM read_parquet([${paths}]) AS f
    WHERE f.lng_e7 IS NOT NULL AND f.lat_e7 IS NOT NULL AND ${EVENT_MS} <= ${LOG_MS} + ${CLOCK_AHEAD_MS}`;
}

interface Positions {
  readonly eventMs: Float64Array;
  readonly lngE7: Int32Array;
  readonly latE7: Int32Array;
  readonly isPrecise: Uint8Array;
}

function positionsOf(chunk: DuckDBDataChunk): Positions {
  return {
    eventMs: readFloat64(chunk, FIRST),
    lngE7: readInt32(chunk, FIRST + 1),
    latE7: readInt32(chunk, FIRST + 2),
    isPrecise: readColumn(chunk, FIRST + 3, 1),
  };
}

/** Gathers the positions of one tracker into legs. */
class LegWriter {
  readonly #numbers: number[] = [];
  #rows = 0;
  #fromMs = 0;
  #toMs = 0;
  #preciseFromMs = Number.POSITIVE_INFINITY;
  #preciseToMs = Number.NEGATIVE_INFINITY;
  #gapMs = 0;
  #west = 0;
  #south = 0;
  #east = 0;
  #north = 0;
  #vague = 0;

  add({ eventMs, lngE7, latE7, isPrecise }: Positions, row: number): void {
    const [ms, lng, lat] = [eventMs[row] as number, lngE7[row] as number, latE7[row] as number];
    // DuckDB may hand on some rows of a file behind others.
    if (ms < this.#toMs && this.#rows > 0) this.#end();
    if (this.#rows === 0) this.#begin(ms, lng, lat);
    this.#rows += 1;
    this.#toMs = ms;
    if (lng < this.#west) this.#west = lng;
    if (lng > this.#east) this.#east = lng;
    if (lat < this.#south) this.#south = lat;
    if (lat > this.#north) this.#north = lat;
    if (isPrecise[row] === 0) this.#vague += 1;
    else this.#addPrecise(ms);
    if (this.#rows === LEG_ROWS) this.#end();
  }

  end(): Legs {
    if (this.#rows > 0) this.#end();
    return new Legs(this.#numbers);
  }

  #begin(ms: number, lng: number, lat: number): void {
    this.#fromMs = ms;
    this.#preciseFromMs = Number.POSITIVE_INFINITY;
    this.#preciseToMs = Number.NEGATIVE_INFINITY;
    this.#gapMs = 0;
    this.#west = lng;
    this.#east = lng;
    this.#south = lat;
    this.#north = lat;
    this.#vague = 0;
  }

  #addPrecise(ms: number): void {
    if (this.#preciseFromMs === Number.POSITIVE_INFINITY) this.#preciseFromMs = ms;
    else this.#gapMs = Math.max(this.#gapMs, ms - this.#preciseToMs);
    this.#preciseToMs = ms;
  }

  #end(): void {
    this.#numbers.push(this.#fromMs, this.#toMs, this.#preciseFromMs, this.#preciseToMs, this.#gapMs);
    this.#numbers.push(this.#west, this.#south, this.#east, this.#north, this.#vague);
    this.#rows = 0;
  }
}
