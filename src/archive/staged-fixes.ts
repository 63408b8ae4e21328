import { type DuckDBAppender, DuckDBDataChunk } from '@duckdb/node-api';
import type { ReportHead } from '../codec/canonical-fixes.js';
import { FIX_NUMBERS, FixTable, grown } from '../codec/fix-table.js';
import type { LogId } from '../model/log-id.js';
import { FLAGS } from './fix-chunks.js';
import { NUMBER_BYTES } from './report-id.js';
import { stagedColumns } from './tables.js';
import { CHUNK_ROWS, noneValid, setValid, writeBytes, writeColumn, writeValidity } from './vectors.js';

/** Rows that DuckDB takes into its table at once: it does so in the turn of the event loop, and 204,800, which it gathers by itself, take long. */
const ROWS_AT_ONCE = 10_240;

const STAGED_TYPES = stagedColumns('fixes').map(({ type }) => type);

/** Fixes on their way into DuckDB, by column; a tracker is a number, whose name DuckDB puts there when the file is written. */
export class StagedFixes {
  /** Fixes are read to its end; `addReports` says where they stand. */
  readonly table = new FixTable(2 * CHUNK_ROWS);
  readonly #numbers = new Map<string, number>();
  #tracker = new Int32Array(2 * CHUNK_ROWS);
  #logMs = new Float64Array(2 * CHUNK_ROWS);
  #logSeq = new Int32Array(2 * CHUNK_ROWS);
  #place = new Int32Array(2 * CHUNK_ROWS);
  #ordinal = new Int32Array(2 * CHUNK_ROWS);
  #reportIds: Uint8Array[] = [];
  /** Rows that the appender has gathered. */
  #gathered = 0;
  total = 0;

  /** Trackers by their number. */
  get trackers(): readonly string[] {
    return [...this.#numbers.keys()];
  }

  /** The reports whose fixes are the last of the table. */
  addReports(id: LogId, reports: readonly ReportHead[]): void {
    this.#reserve();
    let row = this.#reportIds.length;
    for (const [place, { tracker, reportId, fixes }] of reports.entries()) {
      const number = this.#numberOf(tracker);
      for (let ordinal = 0; ordinal < fixes; ordinal += 1) {
        this.#tracker[row] = number;
        this.#logMs[row] = id.ms;
        this.#logSeq[row] = id.seq;
        this.#place[row] = place;
        this.#ordinal[row] = ordinal;
        this.#reportIds.push(reportId);
        row += 1;
        this.total += 1;
      }
    }
  }

  /** Hands over whole chunks, and the rest too if `whole`. */
  appendTo(appender: DuckDBAppender, whole: boolean): void {
    const { count } = this.table;
    const last = whole ? count : count - (count % CHUNK_ROWS);
    if (last === 0) return;
    for (let from = 0; from < last; from += CHUNK_ROWS)
      appender.appendDataChunk(this.#chunk(from, Math.min(from + CHUNK_ROWS, last)));
    this.#gathered += last;
    if (this.#gathered >= ROWS_AT_ONCE) {
      appender.flushSync();
      this.#gathered = 0;
    }
    this.table.drop(last);
    for (const column of [this.#tracker, this.#logMs, this.#logSeq, this.#place, this.#ordinal])
      column.copyWithin(0, last, count);
    this.#reportIds = this.#reportIds.slice(last);
  }

  #numberOf(tracker: string): number {
    const known = this.#numbers.get(tracker);
    if (known !== undefined) return known;
    this.#numbers.set(tracker, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  #reserve(): void {
    const { capacity } = this.table;
    if (capacity === this.#tracker.length) return;
    this.#tracker = grown(this.#tracker, capacity);
    this.#logMs = grown(this.#logMs, capacity);
    this.#logSeq = grown(this.#logSeq, capacity);
    this.#place = grown(this.#place, capacity);
    this.#ordinal = grown(this.#ordinal, capacity);
  }

  /** The rows `[from, to)` in the staged columns. */
  #chunk(from: number, to: number): DuckDBDataChunk {
    const chunk = DuckDBDataChunk.create(STAGED_TYPES, to - from);
    const shapes = this.table.shape.subarray(from, to);
    const event = splitSeconds(this.table.eventTimeMs.subarray(from, to));
    const log = splitSeconds(this.#logMs.subarray(from, to));
    const plain = [
      this.#tracker.subarray(from, to),
      event.seconds,
      event.millis,
      log.seconds,
      log.millis,
      this.#logSeq.subarray(from, to),
      this.#place.subarray(from, to),
    ];
    for (const [i, values] of plain.entries()) writeColumn(chunk, i, values, null);
    let column = plain.length;
    writeReportIds(chunk, column, this.#reportIds.slice(from, to));
    column += 2;
    writeColumn(chunk, column++, this.#ordinal.subarray(from, to), null);
    for (const [i, { bit }] of FIX_NUMBERS.entries()) {
      const values = this.table.numbers[i] as Int32Array;
      writeColumn(chunk, column++, values.subarray(from, to), validityOf(shapes, bit));
    }
    for (const said of FLAGS) writeColumn(chunk, column++, flagValues(shapes, said), validityOf(shapes, said));
    return chunk;
  }
}

/** Whole seconds, as milliseconds, and the milliseconds behind them. */
function splitSeconds(times: Float64Array): { readonly seconds: BigInt64Array; readonly millis: Int16Array } {
  const seconds = new BigInt64Array(times.length);
  const words = new Int32Array(seconds.buffer);
  const millis = new Int16Array(times.length);
  for (let i = 0; i < times.length; i += 1) {
    const ms = times[i] as number;
    const second = Math.floor(ms / 1_000) * 1_000;
    millis[i] = ms - second;
    // The two halves of the 64-bit number, without a BigInt.
    words[2 * i] = second | 0;
    words[2 * i + 1] = Math.floor(second / 2 ** 32);
  }
  return { seconds, millis };
}

function validityOf(shapes: Int32Array, bit: number): Uint8Array {
  const validity = noneValid();
  for (let i = 0; i < shapes.length; i += 1) if (((shapes[i] as number) & bit) !== 0) setValid(validity, i);
  return validity;
}

function flagValues(shapes: Int32Array, said: number): Uint8Array {
  const values = new Uint8Array(shapes.length);
  for (let i = 0; i < shapes.length; i += 1) if (((shapes[i] as number) & (said << 1)) !== 0) values[i] = 1;
  return values;
}

function writeReportIds(chunk: DuckDBDataChunk, column: number, ids: readonly Uint8Array[]): void {
  const numbers = new BigInt64Array(ids.length);
  const bytes = new Uint8Array(numbers.buffer);
  const [asNumber, asBytes] = [noneValid(), noneValid()];
  for (const [row, id] of ids.entries()) {
    if (id.length !== NUMBER_BYTES) {
      writeBytes(chunk, column + 1, row, id);
      setValid(asBytes, row);
      continue;
    }
    for (let i = 0; i < NUMBER_BYTES; i += 1) bytes[NUMBER_BYTES * row + i] = id[NUMBER_BYTES - 1 - i] as number;
    setValid(asNumber, row);
  }
  writeColumn(chunk, column, numbers, asNumber);
  writeValidity(chunk, column + 1, asBytes);
}
