import { MAX_ENTRIES_PER_READ } from '../model/limits.js';
import { compareLogIds, formatLogId, LOG_START, type LogId } from '../model/log-id.js';
import type { RedisConnection } from '../redis/connection.js';
import { logFailureOf } from './log-failure.js';
import { LogReader } from './log-reader.js';
import { logKey, type RawEntry, rawEntryOf } from './raw-entry.js';

export interface LogRangeOptions {
  readonly district: string;
  /** Purpose `query`. */
  readonly connection: RedisConnection;
  /** Log times `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Given the entries of each read, in order; the event loop goes round between two of them. */
  readonly visit: (entries: readonly RawEntry[]) => void;
}

export interface LogRangeEnd {
  /** The part begins with genesis. */
  readonly isFromGenesis: boolean;
  /** Entries before this instant are not in the log any more; null: it has genesis still. */
  readonly goneBeforeMs: number | null;
  /** Log time up to which all was read: `toMs`, or where the log ends before. */
  readonly readToMs: number;
  /** The log ends there: more may come in its last millisecond. */
  readonly isAtEnd: boolean;
}

/**
 * Reads what a stretch of time has in the log, from the middle of it, with L1: rejects with `log-trimmed` or `log-rewritten` when
 * the log changed beneath it, and may be begun again then. Waits for nothing.
 */
export async function readLogRange(o: LogRangeOptions): Promise<LogRangeEnd> {
  const { district, connection, fromMs, toMs, visit } = o;
  const { after, goneBeforeMs } = await startOf(o);
  if (after === null) return { isFromGenesis: true, goneBeforeMs: null, readToMs: fromMs, isAtEnd: true };
  const isFromGenesis = compareLogIds(after, LOG_START) === 0;
  const reader = new LogReader({ district, connection, after });
  let readToMs = Math.min(toMs, Math.max(fromMs, after.ms + 1));
  for (;;) {
    const entries = await reader.read({ count: MAX_ENTRIES_PER_READ, blockMs: 0 });
    const wanted = entries.filter(({ id }) => id.ms >= fromMs && id.ms < toMs);
    if (wanted.length > 0) visit(wanted);
    const last = entries.at(-1);
    if (last === undefined) return { isFromGenesis, goneBeforeMs, readToMs, isAtEnd: true };
    readToMs = Math.max(readToMs, Math.min(toMs, last.id.ms + 1));
    if (last.id.ms >= toMs) return { isFromGenesis, goneBeforeMs, readToMs: toMs, isAtEnd: false };
  }
}

/** The entry to read on from; null in an empty log. */
async function startOf({
  district,
  connection,
  fromMs,
}: LogRangeOptions): Promise<{ readonly after: LogId | null; readonly goneBeforeMs: number | null }> {
  const key = logKey(district);
  try {
    const [first] = await connection.xrangeBuffer(key, '-', '+', 'COUNT', 1);
    if (first === undefined) return { after: null, goneBeforeMs: null };
    const { id, kind } = rawEntryOf(first);
    // An entry at the floor of a trimmed log is stood upon, not read: what was before it is not known.
    const goneBeforeMs = kind === 'genesis' ? null : id.ms + 1;
    const [before] = await connection.xrevrangeBuffer(key, `(${formatLogId({ ms: fromMs, seq: 0 })}`, '-', 'COUNT', 1);
    if (before !== undefined) return { after: rawEntryOf(before).id, goneBeforeMs };
    return { after: kind === 'genesis' ? LOG_START : id, goneBeforeMs };
  } catch (error) {
    throw logFailureOf(error, district);
  }
}
