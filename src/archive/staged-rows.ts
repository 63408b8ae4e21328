import { type DuckDBAppender, DuckDBBlobValue, DuckDBDataChunk, type DuckDBValue } from '@duckdb/node-api';
import { readCanonicalFixes, type ReportHead } from '../codec/canonical-fixes.js';
import type { RawEntry } from '../log/raw-entry.js';
import { CLOCK_AHEAD_MS } from '../model/limits.js';
import type { LogId } from '../model/log-id.js';
import { type ArchiveTable, ARCHIVE_TABLES, type TimeSpan } from './manifest-line.js';
import { reportIdColumns } from './report-id.js';
import { StagedFixes } from './staged-fixes.js';
import { type Column, stagedColumns, TRACKERS } from './tables.js';
import { CHUNK_ROWS } from './vectors.js';

/** Rows of one table by column, on their way into DuckDB. */
class StagedTable {
  readonly #types;
  #columns: DuckDBValue[][];
  #rows = 0;
  total = 0;

  constructor(columns: readonly Column[]) {
    this.#types = columns.map(({ type }) => type);
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

/** The entries of one part as rows of its tables, and what its manifest line says of them. */
export class StagedRows {
  readonly #tables = {
    entries: new StagedTable(stagedColumns('entries')),
    reports: new StagedTable(stagedColumns('reports')),
    fixes: new StagedFixes(),
  } as const;
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
    const { id, kind, payload, atMs } = entry;
    const logMs = atMs ?? id.ms;
    this.#logTime = spanWith(this.#logTime, logMs);
    const { fixes } = this.#tables;
    const from = fixes.table.count;
    // The fold skips what cannot be decoded, and rows must give the log's bytes again: all else is kept as it is.
    const reports = kind === 'fixes' ? readCanonicalFixes(payload, fixes.table) : null;
    const isMade = reports !== null && reports.length > 0;
    if (!isMade || atMs !== undefined) {
      const ownMs = atMs === undefined ? null : BigInt(atMs);
      const bytes = isMade ? null : new DuckDBBlobValue(payload);
      this.#tables.entries.push(BigInt(id.ms), id.seq, ownMs, kind, bytes);
    }
    if (!isMade) return;
    fixes.addReports(id, reports);
    this.#addReports(id, reports);
    this.#addEventTimes(from, logMs + CLOCK_AHEAD_MS);
  }

  appendTo(appenders: Appenders, whole: boolean): void {
    for (const table of ARCHIVE_TABLES) this.#tables[table].appendTo(appenders[table], whole);
  }

  /** The names of the numbers that stand in the rows of `fixes`. */
  appendTrackers(appender: DuckDBAppender): void {
    const names = new StagedTable(TRACKERS);
    for (const [number, name] of this.#tables.fixes.trackers.entries()) names.push(number, name);
    names.appendTo(appender, true);
  }

  /** Reports that their fixes do not tell whole. */
  #addReports(id: LogId, reports: readonly ReportHead[]): void {
    for (const [place, { tracker, reportId, fixes, rejected }] of reports.entries()) {
      if (fixes > 0 && rejected.length === 0) continue;
      const { number, bytes } = reportIdColumns(reportId);
      const blob = bytes === null ? null : new DuckDBBlobValue(bytes);
      const json = rejected.length === 0 ? null : JSON.stringify(rejected);
      this.#tables.reports.push(BigInt(id.ms), id.seq, place, tracker, number, blob, fixes, json);
    }
  }

  /** A3: what a clock far ahead says is not what the part is looked for by. */
  #addEventTimes(from: number, latestMs: number): void {
    const { table } = this.#tables.fixes;
    for (let row = from; row < table.count; row += 1) {
      const ms = table.eventTimeMs[row] as number;
      if (ms <= latestMs) this.#eventTime = spanWith(this.#eventTime, ms);
    }
  }
}

function spanWith(span: TimeSpan | null, ms: number): TimeSpan {
  if (span !== null && ms >= span.fromMs && ms <= span.toMs) return span;
  return span === null
    ? { fromMs: ms, toMs: ms }
    : { fromMs: Math.min(span.fromMs, ms), toMs: Math.max(span.toMs, ms) };
}
