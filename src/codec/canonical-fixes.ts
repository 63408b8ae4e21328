import type { RejectedFix } from '../model/fix.js';
import { MAX_ENTRY_BYTES, MAX_REPORT_ID_BYTES } from '../model/limits.js';
import { isId } from '../model/roles.js';
import { isShape } from '../model/fix-shape.js';
import { COORDINATES, FIX_NUMBERS, type FixTable } from './fix-table.js';
import { REJECTIONS } from './fixes-payload.js';
import { NotCanonical, refuse, StrictReader } from './strict-reader.js';

/** One report of a `fixes` entry without its fixes: these are the next `fixes` rows of a table. */
export interface ReportHead {
  readonly tracker: string;
  readonly reportId: Uint8Array;
  readonly fixes: number;
  readonly rejected: readonly RejectedFix[];
}

/**
 * Reads the payload of a `fixes` entry, puts its fixes behind those of the table, and answers its reports. Null, and the table as it was,
 * unless `encodeLogEntry(decodeLogEntry('fixes', payload))` is just this payload.
 */
export function readCanonicalFixes(payload: Uint8Array, table: FixTable): readonly ReportHead[] | null {
  const before = table.count;
  try {
    return payload.length > MAX_ENTRY_BYTES ? null : readPayload(new StrictReader(payload), table);
  } catch (error) {
    table.count = before;
    if (error instanceof NotCanonical) return null;
    throw error;
  }
}

function readPayload(reader: StrictReader, table: FixTable): readonly ReportHead[] {
  const trackers: string[] = [];
  while (reader.takesField(1)) trackers.push(reader.latin1());
  const batchTracker = reader.packedUint32(2);
  const reportIds: Uint8Array[] = [];
  while (reader.takesField(3)) reportIds.push(reader.bytes());
  const batchFixes = reader.packedUint32(4);
  const batchRejected = reader.packedUint32(5);
  if (!reader.takesField(6)) refuse();
  const columns = reader.bytes();
  const rejected = readRejected(reader.packedUint32(7), reader.packedUint32(8), reader.packedUint32(9));
  if (!reader.isAtEnd) refuse();

  checkTrackers(trackers, batchTracker);
  const count = batchTracker.length;
  if (reportIds.length !== count || batchFixes.length !== count || batchRejected.length !== count) refuse();
  if (sumOf(batchRejected) !== rejected.length) refuse();
  if (reportIds.some(({ length }) => length === 0 || length > MAX_REPORT_ID_BYTES)) refuse();
  const fixes = sumOf(batchFixes);
  // A fix has a byte in two columns at least: no room is made for more than there are.
  if (fixes > columns.length) refuse();
  readColumns(new StrictReader(columns), fixes, table);

  let rejectedTo = 0;
  return batchTracker.map((tracker, i) => {
    const rejectedFrom = rejectedTo;
    rejectedTo += batchRejected[i] as number;
    return {
      tracker: trackers[tracker] as string,
      reportId: reportIds[i] as Uint8Array,
      fixes: batchFixes[i] as number,
      rejected: rejected.slice(rejectedFrom, rejectedTo),
    };
  });
}

/** Each tracker is named once, in order of first use. */
function checkTrackers(trackers: readonly string[], batchTracker: readonly number[]): void {
  let used = 0;
  for (const tracker of batchTracker) {
    if (tracker > used) refuse();
    if (tracker === used) used += 1;
  }
  const isWhole = used === trackers.length && new Set(trackers).size === trackers.length;
  if (!isWhole || !trackers.every(isId)) refuse();
}

function readRejected(
  indexes: readonly number[],
  codes: readonly number[],
  calls: readonly number[],
): readonly RejectedFix[] {
  if (codes.length !== indexes.length) refuse();
  for (const [i, place] of calls.entries()) {
    if (place >= indexes.length || (i > 0 && place <= (calls[i - 1] as number))) refuse();
  }
  const calling = new Set(calls);
  return indexes.map((index, i) => {
    const code = REJECTIONS.get(codes[i] as number) ?? refuse();
    return calling.has(i) ? { index, code, sos: true } : { index, code };
  });
}

/** A `FixColumns` of so many fixes. */
function readColumns(reader: StrictReader, count: number, table: FixTable): void {
  if (reader.uint32() !== 1 << 3 || reader.uint32() !== count) refuse();
  table.reserve(count);
  const [from, to] = [table.count, table.count + count];
  readShapes(reader, table.shape, from, to);
  readTimes(reader, table.eventTimeMs, from, to);
  for (const [i, { bit }] of FIX_NUMBERS.entries()) {
    const column = table.numbers[i] as Int32Array;
    readNumbers(openColumn(reader, i + 4), table.shape, bit, column, from, to, i < COORDINATES);
  }
  if (!reader.isAtEnd) refuse();
  table.count = to;
}

const NOTHING = new Uint8Array(0);

/** A column without a number is not there. */
function openColumn(reader: StrictReader, number: number): StrictReader {
  if (!reader.takesField(number)) return new StrictReader(NOTHING);
  const bytes = reader.bytes();
  return bytes.length === 0 ? refuse() : new StrictReader(bytes);
}

function readShapes(message: StrictReader, column: Int32Array, from: number, to: number): void {
  const reader = openColumn(message, 2);
  let shape = 0;
  for (let i = from; i < to; i += 1) {
    shape ^= reader.uint32();
    if (!isShape(shape)) refuse();
    column[i] = shape;
  }
  if (!reader.isAtEnd) refuse();
}

function readTimes(message: StrictReader, column: Float64Array, from: number, to: number): void {
  const reader = openColumn(message, 3);
  let ms = 0;
  for (let i = from; i < to; i += 1) {
    ms += reader.sint53();
    if (!Number.isSafeInteger(ms)) refuse();
    column[i] = ms;
  }
  if (!reader.isAtEnd) refuse();
}

function readNumbers(
  reader: StrictReader,
  shapes: Int32Array,
  bit: number,
  column: Int32Array,
  from: number,
  to: number,
  isCoordinate: boolean,
): void {
  let value = 0;
  for (let i = from; i < to; i += 1) {
    if (((shapes[i] as number) & bit) === 0) {
      column[i] = 0;
      continue;
    }
    const next = value + reader.sint32();
    value = next | 0;
    // The writer would take the difference of two such numbers whole, and of two coordinates modulo 2^32.
    if (value !== next && !isCoordinate) refuse();
    column[i] = value;
  }
  if (!reader.isAtEnd) refuse();
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
