import { createHash } from 'node:crypto';
import { canonicalJson } from '../model/canonical-json.js';
import type { DayRecord } from '../model/day-record.js';

/** SHA-256 of a record as canonical JSON, lower-case hex: equal records have equal digests. */
export function recordDigest(record: DayRecord): string {
  return createHash('sha256').update(canonicalJson(record)).digest('hex');
}
