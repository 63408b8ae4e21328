import type { LogId } from '../model/log-id.js';
import type { RedisConnection } from '../redis/connection.js';
import { type LogRangeEnd, logBegin, readLogRange } from './log-range.js';
import type { RawEntry } from './raw-entry.js';

export interface LogStretch {
  /** Log times `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Entries up to this one are left out; none unless given. */
  readonly after?: LogId;
  /** Only entries of these kinds; all unless given. It saves the work of making the others. */
  readonly kinds?: readonly string[];
  /** Given the entries of each read, in order; the event loop goes round between two of them. */
  readonly visit: (entries: readonly RawEntry[]) => void;
}

/** What a district's log says, wherever it lies by now: in Redis, in an archive, or in both. */
export interface LogHistory {
  /** The log time before which entries are gone from it; null: it has all of them. */
  begins(): Promise<number | null>;
  /**
   * Reads a stretch, from the middle of the log. Rejects with `log-trimmed` or `log-rewritten` when the log changed beneath it (L1), and may be
   * begun again then.
   */
  read(stretch: LogStretch): Promise<LogRangeEnd>;
}

/** The part of the log that Redis has. */
export function redisHistory(o: { readonly district: string; readonly connection: RedisConnection }): LogHistory {
  return {
    begins: async () => (await logBegin(o)).goneBeforeMs,
    read: (stretch) => readLogRange({ ...o, ...stretch }),
  };
}
