import { DuckDBBlobValue, DuckDBDataChunk, type DuckDBAppender, type DuckDBValue } from '@duckdb/node-api';
import { decodeLogEntry, encodeLogEntry } from '../codec/log-codec.js';
import type { RawEntry } from '../log/raw-entry.js';
import type { Fix, RejectedFix } from '../model/fix.js';
import { CLOCK_AHEAD_MS } from '../model/limits.js';
import type { FixesEntry } from '../model/log-entry.js';
import { type ArchiveTable, ARCHIVE_TABLES, type TimeSpan } from './manifest-line.js';
import { TABLES } from './tables.js';

/** Rows that DuckDB takes at once. */
const CHUNK_ROWS = 2_048;

/** Rows of one table by column, on their way into DuckDB. */
class StagedTable {
  readonly #types;
  #columns: DuckDBValue[][];
  #rows = 0;
  total = 0;

  constructor(table: ArchiveTable) {
    this.#types = TABLES[table].columns.map(({ type }) => type);
    this.#columns = this.#types.map(() => []);
  }

  push(...values: readonly DuckDBValue[]): void {
    for (const [i, column] of this.#columns.entries()) column.push(values[i] ?? null);
    this.#rows += 1;
    this.total += 1;
  }

  appendTo(appender: DuckDBAppender, whole: boolean): void {
    const last = whole ? this.#rows : this.#rows - (this.#rows % CHUNK_ROWS);
    if (last === 0) return;
    for (let from = 0; from < last; from += CHUNK_ROWS) {
      const to = Math.min(from + CHUNK_ROWS, last);
      const chunk = DuckDBDataChunk.create(this.#types, to - from);
      chunk.setColumns(this.#columns.map((column) => column.slice(from, to)));
      appender.appendDataChunk(chunk);
    }
    this.#columns = this.#columns.map((column) => column.slice(last));
    this.#rows -= last;
  }
}

export type Appenders = Readonly<Record<ArchiveTable, DuckDBAppender>>;

/** The entries of one part as rows of the three tables, and what its manifest line says of them. */
export class StagedRows {
  readonly #tables: Readonly<Record<ArchiveTable, StagedTable>> = {
    entries: new StagedTable('entries'),
    reports: new StagedTable('reports'),
    fixes: new StagedTable('fixes'),
  };
  #logTime: TimeSpan | null = null;
  #eventTime: TimeSpan | null = null;

  get logTime(): TimeSpan | null {
    return this.#logTime;
  }

  get eventTime(): TimeSpan | null {
    return this.#eventTime;
  }

  rowsOf(table: ArchiveTable): number {
    return this.#tables[table].total;
  }

  add(entry: RawEntry): void {
    const atMs = entry.atMs ?? entry.id.ms;
    this.#logTime = spanWith(this.#logTime, atMs);
    const fixes = entry.kind === 'fixes' ? fixesOf(entry) : null;
    const ownMs = entry.atMs === undefined ? null : BigInt(entry.atMs);
    const payload = fixes === null ? new DuckDBBlobValue(entry.payload) : null;
    this.#tables.entries.push(BigInt(entry.id.ms), entry.id.seq, ownMs, entry.kind, payload);
    if (fixes !== null) this.#addFixes(entry, fixes, atMs);
  }

  appendTo(appenders: Appenders, whole: boolean): void {
    for (const table of ARCHIVE_TABLES) this.#tables[table].appendTo(appenders[table], whole);
  }

  #addFixes({ id }: RawEntry, { batches }: FixesEntry, atMs: number): void {
    const [ms, seq] = [BigInt(id.ms), id.seq];
    const reportsOf = new Map<string, number>();
    for (const [place, { tracker, reportId, fixes, rejected }] of batches.entries()) {
      const report = reportsOf.get(tracker) ?? 0;
      reportsOf.set(tracker, report + 1);
      const idBytes = new DuckDBBlobValue(Buffer.from(reportId, 'hex'));
      this.#tables.reports.push(ms, seq, place, tracker, report, idBytes, fixes.length, rejectedJson(rejected));
      for (const [ordinal, fix] of fixes.entries()) {
        // A3: what a clock far ahead says is not what the part is looked for by.
        if (fix.eventTimeMs <= atMs + CLOCK_AHEAD_MS) this.#eventTime = spanWith(this.#eventTime, fix.eventTimeMs);
        this.#addFix(fix, tracker, ms, seq, report, ordinal);
      }
    }
  }

  #addFix(fix: Fix, tracker: string, ms: bigint, seq: number, report: number, ordinal: number): void {
    this.#tables.fixes.push(
      tracker,
      BigInt(fix.eventTimeMs),
      ms,
      seq,
      report,
      ordinal,
      fix.position?.lngE7 ?? null,
      fix.position?.latE7 ?? null,
      fix.altitudeDm,
      fix.speedCmps,
      fix.courseCdeg,
      fix.satellites,
      fix.beidouSatellites,
      fix.hdopCenti,
      fix.accuracyDm,
      fix.batteryPercent,
      fix.located,
      fix.power,
      fix.ignition,
      fix.lightbar,
      fix.sos,
      fix.backfill,
    );
  }
}

/** A `fixes` entry whose payload is made again from its rows; null: it must be kept as it is. */
function fixesOf({ kind, payload }: RawEntry): FixesEntry | null {
  try {
    const entry = decodeLogEntry(kind, payload);
    if (entry.kind !== 'fixes') return null;
    return Buffer.from(encodeLogEntry(entry)).equals(payload) ? entry : null;
  } catch {
    // The fold skips what cannot be decoded; the archive keeps it as it is.
    return null;
  }
}

function rejectedJson(rejected: readonly RejectedFix[]): string | null {
  return rejected.length === 0 ? null : JSON.stringify(rejected);
}

function spanWith(span: TimeSpan | null, ms: number): TimeSpan {
  return span === null
    ? { fromMs: ms, toMs: ms }
    : { fromMs: Math.min(span.fromMs, ms), toMs: Math.max(span.toMs, ms) };
}
