import { FIXES_ENTRY_OVERHEAD_BYTES } from '../codec/fixes-payload.js';
import { MAX_ENTRY_BYTES } from '../model/limits.js';
import type { FixesEntry, TrackerBatch } from '../model/log-entry.js';

/** What the batches of one entry may sum up to, by `batchBytesBound`. The largest report is a fraction of it. */
export const ENTRY_ROOM_BYTES = MAX_ENTRY_BYTES - FIXES_ENTRY_OVERHEAD_BYTES;

/** One entry, its batches sorted by tracker: its bytes do not depend on the order in which sockets were read. */
export function fixesEntry(batches: readonly TrackerBatch[]): FixesEntry {
  // The sort is stable: reports of one tracker stay in the order in which it sent them.
  return {
    kind: 'fixes',
    batches: batches.toSorted((a, b) => (a.tracker < b.tracker ? -1 : a.tracker > b.tracker ? 1 : 0)),
  };
}
