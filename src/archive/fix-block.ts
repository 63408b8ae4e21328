import { flagOf, SHAPE } from '../codec/fix-shape.js';
import { FIX_NUMBERS, FixTable, grown } from '../codec/fix-table.js';
import type { FixQuery, LoggedFix } from '../log/fix-history.js';
import { CLOCK_AHEAD_MS } from '../model/limits.js';
import type { LogId } from '../model/log-id.js';
import { PackedColumn } from './packed-column.js';

/** Where the rows of one tracker stand in the log, by column, and what they say. */
export class FixRows {
  readonly fixes: FixTable;
  logMs: Float64Array;
  logSeq: Int32Array;
  place: Int32Array;
  ordinal: Int32Array;

  constructor(capacity: number) {
    this.fixes = new FixTable(capacity);
    this.logMs = new Float64Array(capacity);
    this.logSeq = new Int32Array(capacity);
    this.place = new Int32Array(capacity);
    this.ordinal = new Int32Array(capacity);
  }

  /** Makes room for so many more. */
  reserve(more: number): void {
    this.fixes.reserve(more);
    const { capacity } = this.fixes;
    if (capacity === this.logMs.length) return;
    this.logMs = grown(this.logMs, capacity);
    this.logSeq = grown(this.logSeq, capacity);
    this.place = grown(this.place, capacity);
    this.ordinal = grown(this.ordinal, capacity);
  }
}

/** Bytes of a block beside its columns, at about. */
const BLOCK_BYTES = 4_000;

/** The fixes of one tracker in one file, by event time, log id, place and ordinal. It never changes. */
export class FixBlock {
  readonly rows: number;
  readonly #eventMs: PackedColumn;
  readonly #logMs: PackedColumn;
  readonly #logSeq: PackedColumn;
  readonly #place: PackedColumn;
  readonly #ordinal: PackedColumn;
  readonly #shape: PackedColumn;
  readonly #numbers: readonly PackedColumn[];

  /** The rows may come in any order. */
  constructor(all: FixRows) {
    const { fixes, logMs, logSeq, place, ordinal } = all;
    const rows = fixes.count;
    const order = orderOf(all);
    const pack = (values: Int32Array | Float64Array): PackedColumn =>
      PackedColumn.of(order === null ? values.subarray(0, rows) : inOrder(values, order));
    this.rows = rows;
    this.#eventMs = pack(fixes.eventTimeMs);
    this.#logMs = pack(logMs);
    this.#logSeq = pack(logSeq);
    this.#place = pack(place);
    this.#ordinal = pack(ordinal);
    this.#shape = pack(fixes.shape);
    this.#numbers = fixes.numbers.map((values) => pack(values));
  }

  get bytes(): number {
    const places = [this.#eventMs, this.#logMs, this.#logSeq, this.#place, this.#ordinal, this.#shape];
    return [...places, ...this.#numbers].reduce((sum, { bytes }) => sum + bytes, BLOCK_BYTES);
  }

  /** The first row at or after an event time; `rows` when there is none. */
  firstFrom(eventMs: number): number {
    let [low, high] = [0, this.rows];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#eventMs.at(middle) < eventMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  eventMs(row: number): number {
    return this.#eventMs.at(row);
  }

  /** Whether a row was logged up to an entry, by a clock that was not ahead. */
  isWanted(row: number, upTo: LogId): boolean {
    const logMs = this.#logMs.at(row);
    if (logMs > upTo.ms || (logMs === upTo.ms && this.#logSeq.at(row) > upTo.seq)) return false;
    return this.#eventMs.at(row) <= logMs + CLOCK_AHEAD_MS;
  }

  /** A row as a reading has it. */
  logged(row: number, stretch: number, detail: FixQuery['detail']): LoggedFix {
    const shape = this.#shape.at(row);
    const number = (i: number): number | null =>
      (shape & (FIX_NUMBERS[i] as { readonly bit: number }).bit) === 0
        ? null
        : (this.#numbers[i] as PackedColumn).at(row);
    const [lngE7, latE7] = [number(0), number(1)];
    const isWhole = detail === 'whole';
    const more = isWhole ? shape : 0;
    return {
      stretch,
      logId: { ms: this.#logMs.at(row), seq: this.#logSeq.at(row) },
      place: this.#place.at(row),
      ordinal: this.#ordinal.at(row),
      fix: {
        eventTimeMs: this.#eventMs.at(row),
        position: lngE7 === null || latE7 === null ? null : { lngE7, latE7 },
        altitudeDm: isWhole ? number(2) : null,
        speedCmps: isWhole ? number(3) : null,
        courseCdeg: isWhole ? number(4) : null,
        located: flagOf(shape, SHAPE.located),
        satellites: number(5),
        beidouSatellites: isWhole ? number(6) : null,
        hdopCenti: number(7),
        accuracyDm: number(8),
        power: flagOf(more, SHAPE.power),
        batteryPercent: isWhole ? number(9) : null,
        ignition: flagOf(more, SHAPE.ignition),
        lightbar: flagOf(more, SHAPE.lightbar),
        sos: flagOf(more, SHAPE.sos),
        backfill: flagOf(more, SHAPE.backfill),
      },
    };
  }
}

/** The order of the rows; null: they stand in it. */
function orderOf(rows: FixRows): Int32Array | null {
  const columns = [rows.fixes.eventTimeMs, rows.logMs, rows.logSeq, rows.place, rows.ordinal];
  const compare = (a: number, b: number): number => {
    for (const column of columns) {
      const difference = (column[a] as number) - (column[b] as number);
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const { count } = rows.fixes;
  let row = 1;
  while (row < count && compare(row - 1, row) <= 0) row += 1;
  return row >= count ? null : Int32Array.from({ length: count }, (_, i) => i).sort(compare);
}

function inOrder(values: Int32Array | Float64Array, order: Int32Array): Float64Array {
  return Float64Array.from(order, (row) => values[row] as number);
}
