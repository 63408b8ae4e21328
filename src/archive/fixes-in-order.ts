import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { ReportHead } from '../codec/canonical-fixes.js';
import { FixTable } from '../codec/fix-table.js';
import { compareLogIds, type LogId } from '../model/log-id.js';
import { addFixes, FIX_COLUMNS } from './fix-chunks.js';
import { reportIdOf } from './report-id.js';
import { TABLES } from './tables.js';
import { readColumn, readInt32 } from './vectors.js';

const NAMES = TABLES.fixes.columns.map(({ name }) => name);
const columnOf = (name: string): number => NAMES.indexOf(name);

/** Rows that were taken are forgotten so many at a time. */
const DROP_ROWS = 8_192;

/** The fixes of one report, which stand one behind the other. */
interface Run {
  readonly id: LogId;
  readonly place: number;
  readonly tracker: string;
  readonly reportId: Uint8Array;
  fixes: number;
}

/** A report whose fixes were taken, and its ordinal in the entry. */
export type PlacedReport = ReportHead & { readonly place: number };

/** Takes the rows of `fixes`, sorted by log id, place and ordinal, from chunks into typed columns, entry by entry. */
export class FixesInOrder {
  readonly #chunks: AsyncIterator<DuckDBDataChunk>;
  readonly table = new FixTable(4_096);
  #runs: Run[] = [];
  #nextRun = 0;
  /** The first row of the table that was not taken. */
  #row = 0;
  #isOver = false;

  /** The chunks have all columns of the table, in its order. */
  constructor(chunks: AsyncIterable<DuckDBDataChunk>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The log id of the next entry, or null at the end. */
  async nextId(): Promise<LogId | null> {
    while (this.#nextRun >= this.#runs.length && !this.#isOver) await this.#load();
    return this.#runs[this.#nextRun]?.id ?? null;
  }

  /** The reports of an entry, and the row of the table at which their fixes begin; good until the next call. */
  async take(id: LogId): Promise<{ readonly reports: readonly PlacedReport[]; readonly from: number }> {
    if (this.#row >= DROP_ROWS) this.#forget();
    // Its rows may go on in the next chunk.
    while (!this.#isOver && compareLogIds(this.#runs.at(-1)?.id ?? id, id) <= 0) await this.#load();
    const from = this.#row;
    const reports: PlacedReport[] = [];
    for (;;) {
      const run = this.#runs[this.#nextRun];
      if (run === undefined || compareLogIds(run.id, id) !== 0) break;
      const { place, tracker, reportId, fixes } = run;
      reports.push({ place, tracker, reportId, fixes, rejected: [] });
      this.#row += fixes;
      this.#nextRun += 1;
    }
    return { reports, from };
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #forget(): void {
    this.table.drop(this.#row);
    this.#row = 0;
    this.#runs = this.#runs.slice(this.#nextRun);
    this.#nextRun = 0;
  }

  async #load(): Promise<void> {
    const { value, done } = await this.#chunks.next();
    if (done === true) this.#isOver = true;
    else this.#add(value as DuckDBDataChunk);
  }

  #add(chunk: DuckDBDataChunk): void {
    const rows = chunk.rowCount;
    this.table.reserve(rows);
    const eventTimes = timesOf(chunk, 'event_time', 'event_milli');
    this.table.eventTimeMs.set(eventTimes, this.table.count);
    addFixes(this.table, chunk, columnOf(FIX_COLUMNS[0] as string));
    this.#addRuns(chunk, rows);
  }

  #addRuns(chunk: DuckDBDataChunk, rows: number): void {
    const logTimes = timesOf(chunk, 'log_time', 'log_milli');
    const seqs = readInt32(chunk, columnOf('log_seq'));
    const places = readInt32(chunk, columnOf('place'));
    const trackers = chunk.getColumnVector(columnOf('tracker'));
    const numbers = chunk.getColumnVector(columnOf('report_number'));
    const bytes = chunk.getColumnVector(columnOf('report_id'));
    let last = this.#runs.at(-1);
    for (let row = 0; row < rows; row += 1) {
      const [ms, seq, place] = [logTimes[row] as number, seqs[row] as number, places[row] as number];
      if (last !== undefined && last.id.ms === ms && last.id.seq === seq && last.place === place) {
        last.fixes += 1;
        continue;
      }
      const blob = bytes.getItem(row) as { readonly bytes: Uint8Array } | null;
      const number = numbers.getItem(row) as bigint | null;
      const reportId = reportIdOf({ number, bytes: blob === null ? null : Uint8Array.from(blob.bytes) });
      last = { id: { ms, seq }, place, tracker: String(trackers.getItem(row)), reportId, fixes: 1 };
      this.#runs.push(last);
    }
  }
}

/** Two columns as ms since 1970. */
function timesOf(chunk: DuckDBDataChunk, seconds: string, millis: string): Float64Array {
  const whole = readColumn(chunk, columnOf(seconds), BigInt64Array.BYTES_PER_ELEMENT);
  const words = new Int32Array(whole.buffer, whole.byteOffset, 2 * chunk.rowCount);
  const rest = readColumn(chunk, columnOf(millis), Int16Array.BYTES_PER_ELEMENT);
  const parts = new Int16Array(rest.buffer, rest.byteOffset, chunk.rowCount);
  const times = new Float64Array(chunk.rowCount);
  for (let row = 0; row < times.length; row += 1) {
    const [low, high] = [words[2 * row] as number, words[2 * row + 1] as number];
    times[row] = high * 2 ** 32 + (low >>> 0) + (parts[row] as number);
  }
  return times;
}
