import type { RejectedFix } from '../model/fix.js';
import { MAX_ENTRY_BYTES } from '../model/limits.js';
import type { ReportHead } from './canonical-fixes.js';
import { COORDINATES, FIX_NUMBERS, type FixTable } from './fix-table.js';
import { REJECTION_NUMBERS } from './fixes-payload.js';

/** Protobuf into one buffer that grows and is used again. */
class Output {
  #bytes = Buffer.allocUnsafe(4_096);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  uint32(value: number): void {
    this.#reserve(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.length++] = rest;
  }

  sint32(value: number): void {
    this.uint32((value << 1) ^ (value >> 31));
  }

  /** Below 2^52 either way. */
  sint53(value: number): void {
    this.#reserve(8);
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest > 0x7f) {
      this.#bytes[this.length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.length++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  field(number: number, bytes: Uint8Array): void {
    this.uint32((number << 3) | 2);
    this.uint32(bytes.length);
    this.raw(bytes);
  }

  /** What was written; good until it is written to again. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.#bytes.length) return;
    const longer = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.length + more));
    longer.set(this.view());
    this.#bytes = longer;
  }
}

/**
 * Writes payloads of `fixes` entries from the rows of a table: the same bytes as `encodeLogEntry` of the same reports. One for many
 * payloads, because it keeps its buffers.
 */
export class FixesWriter {
  readonly #payload = new Output();
  readonly #columns = new Output();
  readonly #packed = new Output();

  /** The reports' fixes are the rows from `from` on. Null: the payload would be longer than an entry may be. */
  write(reports: readonly ReportHead[], table: FixTable, from: number): Uint8Array | null {
    const payload = this.#payload;
    payload.clear();
    const trackers = new Map<string, number>();
    for (const { tracker } of reports) if (!trackers.has(tracker)) trackers.set(tracker, trackers.size);
    for (const tracker of trackers.keys()) payload.field(1, Buffer.from(tracker));
    this.#pack(payload, 2, reports, ({ tracker }) => trackers.get(tracker) as number);
    for (const { reportId } of reports) payload.field(3, reportId);
    this.#pack(payload, 4, reports, ({ fixes }) => fixes);
    this.#pack(payload, 5, reports, ({ rejected }) => rejected.length);
    const fixes = reports.reduce((sum, report) => sum + report.fixes, 0);
    payload.field(6, this.#writeColumns(table, from, from + fixes));
    this.#packRejected(reports.flatMap(({ rejected }) => rejected));
    return payload.length > MAX_ENTRY_BYTES ? null : Uint8Array.prototype.slice.call(payload.view());
  }

  #packRejected(rejected: readonly RejectedFix[]): void {
    const calls = [...rejected.keys()].filter((i) => rejected[i]?.sos === true);
    this.#pack(this.#payload, 7, rejected, ({ index }) => index);
    this.#pack(this.#payload, 8, rejected, ({ code }) => REJECTION_NUMBERS[code]);
    this.#pack(this.#payload, 9, calls, (place) => place);
  }

  #pack<T>(into: Output, field: number, items: readonly T[], numberOf: (item: T) => number): void {
    if (items.length === 0) return;
    this.#packed.clear();
    for (const item of items) this.#packed.uint32(numberOf(item));
    into.field(field, this.#packed.view());
  }

  #writeColumns(table: FixTable, from: number, to: number): Uint8Array {
    const columns = this.#columns;
    columns.clear();
    columns.uint32(1 << 3);
    columns.uint32(to - from);
    if (from === to) return columns.view();
    this.#writeShapes(table.shape, from, to);
    this.#writeTimes(table.eventTimeMs, from, to);
    for (const [i, { bit }] of FIX_NUMBERS.entries()) {
      this.#writeNumbers(i + 4, table.numbers[i] as Int32Array, table.shape, bit, from, to, i < COORDINATES);
    }
    return columns.view();
  }

  #writeShapes(column: Int32Array, from: number, to: number): void {
    const packed = this.#packed;
    packed.clear();
    let shape = 0;
    for (let i = from; i < to; i += 1) {
      packed.uint32(shape ^ (column[i] as number));
      shape = column[i] as number;
    }
    this.#columns.field(2, packed.view());
  }

  #writeTimes(column: Float64Array, from: number, to: number): void {
    const packed = this.#packed;
    packed.clear();
    let ms = 0;
    for (let i = from; i < to; i += 1) {
      packed.sint53((column[i] as number) - ms);
      ms = column[i] as number;
    }
    this.#columns.field(3, packed.view());
  }

  #writeNumbers(
    field: number,
    column: Int32Array,
    shapes: Int32Array,
    bit: number,
    from: number,
    to: number,
    isCoordinate: boolean,
  ): void {
    const packed = this.#packed;
    packed.clear();
    let previous = 0;
    for (let i = from; i < to; i += 1) {
      if (((shapes[i] as number) & bit) === 0) continue;
      const value = column[i] as number;
      if (isCoordinate) packed.sint32((value - previous) | 0);
      else packed.sint53(value - previous);
      previous = value;
    }
    if (packed.length > 0) this.#columns.field(field, packed.view());
  }
}
