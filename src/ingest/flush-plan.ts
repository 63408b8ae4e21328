import type { FixesEntry, TrackerBatch } from '../model/log-entry.js';

/**
 * Upper bounds of what one more batch, fix or rejection adds to a `fixes` payload (`proto/log.proto`), bytes, and of what an
 * empty one has. A whole report of the largest kind stays far below MAX_ENTRY_BYTES, so a report never spans two entries.
 */
const ENTRY_BYTES = 128;
const BATCH_BYTES = 64;
const FIX_BYTES = 44;
const REJECTED_BYTES = 4;

/** At least the bytes that the batch adds to an entry. */
export function batchBytesAtMost(batch: TrackerBatch): number {
  return BATCH_BYTES + batch.fixes.length * FIX_BYTES + batch.rejected.length * REJECTED_BYTES;
}

/** How many of the first reports fit into one entry together; at least one. */
export function countThatFits(reports: readonly { readonly batch: TrackerBatch }[], maxEntryBytes: number): number {
  let bytes = ENTRY_BYTES;
  for (const [index, { batch }] of reports.entries()) {
    bytes += batchBytesAtMost(batch);
    if (bytes > maxEntryBytes) return Math.max(1, index);
  }
  return reports.length;
}

/** One entry, its batches sorted by tracker: its bytes do not depend on the order in which sockets were read. */
export function fixesEntry(batches: readonly TrackerBatch[]): FixesEntry {
  // The sort is stable: reports of one tracker stay in the order in which it sent them.
  return {
    kind: 'fixes',
    batches: batches.toSorted((a, b) => (a.tracker < b.tracker ? -1 : a.tracker > b.tracker ? 1 : 0)),
  };
}
