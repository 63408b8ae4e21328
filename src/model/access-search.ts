import type { AccessRead } from './log-entry.js';
import type { LogId } from './log-id.js';

/** A read as the log has it. */
export interface LoggedRead {
  /** Its entry, and its ordinal there, from 0. */
  readonly logId: LogId;
  readonly ordinal: number;
  /** The log time of the entry. */
  readonly atMs: number;
  readonly read: AccessRead;
}

/** A place in the order of (log time, log id, ordinal). */
export type ReadPlace = Omit<LoggedRead, 'read'>;

export interface AccessSearch {
  /** Log times `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Only what comes after this place; null: all. */
  readonly after: ReadPlace | null;
  readonly limit: number;
  readonly wants: (read: AccessRead) => boolean;
}

export interface AccessSearchResult {
  /** The reads that were found, in the order of `ReadPlace`. */
  readonly reads: readonly LoggedRead[];
  /** Where the next search goes on; null: the whole period was searched, or the log ends before its end. */
  readonly next: ReadPlace | null;
  /** Log times `[fromMs, toMs)` of which entries are not in the log any more; null: none. */
  readonly missing: { readonly fromMs: number; readonly toMs: number } | null;
}
