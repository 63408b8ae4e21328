import type { FixRejection, RejectedFix } from '../model/fix.js';
import { MAX_ENTRY_BYTES, MAX_REPORT_ID_BYTES } from '../model/limits.js';
import type { FixesEntry, TrackerBatch } from '../model/log-entry.js';
import { isId } from '../model/roles.js';
import { type ColumnFault, quoted } from './column-fault.js';
import { hex } from './deflated-json.js';
import { decodeFixColumns, encodeFixColumns, FIX_COLUMNS_OVERHEAD_BYTES, MAX_FIX_BYTES } from './fix-columns.js';
import { wire } from './wire.js';

/** The payload of a `fixes` entry, `FixesPayload` of `proto/log.proto`. */
export function encodeFixes({ batches }: FixesEntry): Uint8Array {
  const trackerIndex = new Map<string, number>();
  for (const { tracker } of batches) {
    if (!trackerIndex.has(tracker)) trackerIndex.set(tracker, trackerIndex.size);
  }
  const rejected = batches.flatMap((batch) => batch.rejected);
  return wire.FixesPayload.encode({
    trackers: [...trackerIndex.keys()],
    batchTracker: batches.map((batch) => trackerIndex.get(batch.tracker) ?? 0),
    reportIds: batches.map((batch) => Buffer.from(batch.reportId, 'hex')),
    batchFixes: batches.map((batch) => batch.fixes.length),
    batchRejected: batches.map((batch) => batch.rejected.length),
    fixColumns: encodeFixColumns(batches.map((batch) => batch.fixes)),
    rejectedIndex: rejected.map(({ index }) => index),
    rejectedCode: rejected.map(({ code }) => REJECTION_NUMBERS[code]),
    rejectedSos: rejected.flatMap(({ sos }, i) => (sos === true ? [i] : [])),
  }).finish();
}

/** Stable for ever: archived logs hold these numbers. */
export const REJECTION_NUMBERS: Readonly<Record<FixRejection, number>> = {
  'time-missing': 1,
  'time-too-old': 2,
  'time-too-far-ahead': 3,
  'position-incomplete': 4,
  'longitude-range': 5,
  'latitude-range': 6,
  'altitude-range': 7,
  'speed-range': 8,
  'course-range': 9,
  'satellites-range': 10,
  'hdop-range': 11,
  'accuracy-range': 12,
  'battery-range': 13,
};
export const REJECTIONS: ReadonlyMap<number, FixRejection> = new Map(
  Object.entries(REJECTION_NUMBERS).map(([code, number]) => [number, code as FixRejection]),
);

/** Throws what `fault` makes, or what the library throws, unless every list and column agrees with every other. */
export function decodeFixes(payload: Uint8Array, fault: ColumnFault): FixesEntry {
  const message = wire.FixesPayload.decode(payload);
  const { trackers, batchTracker, reportIds, batchFixes, batchRejected, rejectedIndex, rejectedCode } = message;
  const count = batchTracker.length;
  sameLength('report_ids', reportIds.length, count, fault);
  sameLength('batch_fixes', batchFixes.length, count, fault);
  sameLength('batch_rejected', batchRejected.length, count, fault);
  sameLength('rejected_index', rejectedIndex.length, sum(batchRejected), fault);
  sameLength('rejected_code', rejectedCode.length, rejectedIndex.length, fault);
  const fixes = decodeFixColumns(message.fixColumns, batchFixes, fault);
  const calls = callsOf(message.rejectedSos, rejectedIndex.length, fault);
  const rejected = rejectedIndex.map((index, i) => rejectionOf(index, rejectedCode[i], calls.has(i), fault));
  let rejectedFrom = 0;
  const batches = batchTracker.map((trackerNumber, i): TrackerBatch => {
    const rejectedTo = rejectedFrom + (batchRejected[i] ?? 0);
    const batch = {
      tracker: trackerOf(trackers, trackerNumber, fault),
      reportId: reportIdOf(reportIds[i], fault),
      fixes: fixes[i] ?? [],
      rejected: rejected.slice(rejectedFrom, rejectedTo),
    };
    rejectedFrom = rejectedTo;
    return batch;
  });
  return { kind: 'fixes', batches };
}

/** Whether the payload of a `fixes` entry may hold a batch of this tracker: a look at its bytes, which never misses one. */
export function mayName(payload: Uint8Array, tracker: string): boolean {
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).includes(tracker, 0, 'utf8');
}

function sameLength(column: string, got: number, expected: number, fault: ColumnFault): void {
  if (got !== expected) throw fault(column, `${got} values`, `${expected}`);
}

function rejectionOf(index: number, code: number | undefined, calls: boolean, fault: ColumnFault): RejectedFix {
  const rejection = REJECTIONS.get(code ?? 0);
  if (rejection === undefined) throw fault('rejected_code', `${code}`, `1..${REJECTIONS.size}`);
  return { index, code: rejection, ...(calls ? { sos: true } : {}) };
}

function callsOf(places: readonly number[], count: number, fault: ColumnFault): ReadonlySet<number> {
  for (const [i, place] of places.entries()) {
    if (place >= count) throw fault('rejected_sos', `${place}`, `below ${count}`);
    if (i > 0 && place <= (places[i - 1] as number)) throw fault('rejected_sos', `${place}`, 'ascending places');
  }
  return new Set(places);
}

function trackerOf(trackers: readonly string[], index: number, fault: ColumnFault): string {
  const tracker = trackers[index];
  if (tracker === undefined) throw fault('batch_tracker', `${index}`, `below ${trackers.length}`);
  if (!isId(tracker)) throw fault('trackers', quoted(tracker), 'an id');
  return tracker;
}

function reportIdOf(bytes: Uint8Array | undefined, fault: ColumnFault): string {
  const length = bytes?.length ?? 0;
  if (bytes === undefined || length === 0 || length > MAX_REPORT_ID_BYTES) {
    throw fault('report_ids', `${length} bytes`, `1..${MAX_REPORT_ID_BYTES}`);
  }
  return hex(bytes);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** An entry without batches is never longer than this. */
export const FIXES_ENTRY_OVERHEAD_BYTES = FIX_COLUMNS_OVERHEAD_BYTES + 64;
/** Tracker 34, its number 3, report id 18, the two counts 2 each. */
const BATCH_BYTES = 59;
/** Index 2, code 1, and its place among those that call for help 3. */
const REJECTED_BYTES = 6;

/**
 * What a batch adds to an entry's length at the most, whatever else the entry holds: a formula, not an encoding. The real
 * length is about half of it. For whoever gathers batches: an entry takes them while FIXES_ENTRY_OVERHEAD_BYTES and the
 * bounds together stay at or below MAX_ENTRY_BYTES.
 */
export function batchBytesBound(batch: TrackerBatch): number {
  return BATCH_BYTES + batch.fixes.length * MAX_FIX_BYTES + batch.rejected.length * REJECTED_BYTES;
}

/** Cuts items, in their order, into runs whose bounds and the overhead fit an entry. */
export function cut<T>(items: readonly T[], bytesOf: (item: T) => number): T[][] {
  const runs: T[][] = [];
  let room = 0;
  for (const item of items) {
    const bytes = bytesOf(item);
    const run = runs.at(-1);
    if (run === undefined || bytes > room) {
      runs.push([item]);
      room = MAX_ENTRY_BYTES - FIXES_ENTRY_OVERHEAD_BYTES - bytes;
    } else {
      run.push(item);
      room -= bytes;
    }
  }
  return runs;
}
