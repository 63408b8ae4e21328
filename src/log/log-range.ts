import { BeatwatchError } from '../model/errors.js';
import { MAX_ENTRIES_PER_READ } from '../model/limits.js';
import { compareLogIds, formatLogId, LOG_START, type LogId } from '../model/log-id.js';
import type { RedisConnection } from '../redis/connection.js';
import { logFailureOf } from './log-failure.js';
import { LogReader } from './log-reader.js';
import { logKey, logTimeOf, type RawEntry, rawEntryOf } from './raw-entry.js';
import { readResumes, type Resume } from './resumes.js';

export interface LogRangeOptions {
  readonly district: string;
  /** Purpose `query`. */
  readonly connection: RedisConnection;
  /** Log times `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Entries up to this one are left out; none unless given. Nothing after it may be gone: `log-trimmed` before anything is visited. */
  readonly after?: LogId;
  /** Only entries of these kinds; all unless given. */
  readonly kinds?: readonly string[];
  /** Given the entries of each read, in order; the event loop goes round between two of them. */
  readonly visit: (entries: readonly RawEntry[]) => void;
}

export interface LogRangeEnd {
  /** The part begins with genesis. */
  readonly isFromGenesis: boolean;
  /** Entries before this instant are not in the log any more; null: it has genesis still. */
  readonly goneBeforeMs: number | null;
  /** The last entry that is gone, or at the floor of the trimmed log and not read; left out where `goneBeforeMs` is null. */
  readonly goneUpTo?: LogId;
  /** Log time up to which all was read: `toMs`, or where the log ends before. */
  readonly readToMs: number;
  /** The log ends there: more may come in its last millisecond. */
  readonly isAtEnd: boolean;
}

/** Where the log has entries of a stretch of time, by the milliseconds of their ids: `[fromMs, toMs)`. */
interface IdSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Reads what a stretch of time has in the log, from the middle of it, with L1: rejects with `log-trimmed` or `log-rewritten` when
 * the log changed beneath it, and may be begun again then. Waits for nothing. Entries after a `resume` are found by their own log time,
 * behind the others.
 */
export async function readLogRange(o: LogRangeOptions): Promise<LogRangeEnd> {
  const [first, ...later] = idSpansOf(await readResumes(o.connection, o.district), o.fromMs, o.toMs);
  const begin = await readSpan(o, first as IdSpan);
  let end = begin;
  for (const span of later) end = await readSpan(o, span);
  const { isFromGenesis, goneBeforeMs, goneUpTo } = begin;
  return { ...end, isFromGenesis, goneBeforeMs, ...(goneUpTo === undefined ? {} : { goneUpTo }) };
}

/** Spans of ids in which entries of these log times may lie, in the order of the log; none touches the next. */
function idSpansOf(resumes: readonly Resume[], fromMs: number, toMs: number): IdSpan[] {
  const spans: IdSpan[] = [{ fromMs, toMs }];
  for (const { atMs, skippedToMs } of resumes) {
    const last = spans.at(-1) as IdSpan;
    if (atMs >= toMs || skippedToMs < fromMs || skippedToMs < last.toMs) continue;
    if (skippedToMs === last.toMs) spans[spans.length - 1] = { fromMs: last.fromMs, toMs: skippedToMs + 1 };
    else spans.push({ fromMs: skippedToMs, toMs: skippedToMs + 1 });
  }
  return spans;
}

async function readSpan(o: LogRangeOptions, span: IdSpan): Promise<LogRangeEnd> {
  const { district, connection, fromMs, toMs, visit } = o;
  const { after, ...gone } = await startOf({ ...o, fromMs: span.fromMs });
  if (after === null) return { isFromGenesis: true, ...gone, readToMs: fromMs, isAtEnd: true };
  const isFromGenesis = compareLogIds(after, LOG_START) === 0;
  if (o.after !== undefined && compareLogIds(gone.goneUpTo ?? LOG_START, o.after) > 0) {
    const got = formatLogId(gone.goneUpTo ?? LOG_START);
    throw new BeatwatchError(
      'log-trimmed',
      `the log of ${district} is trimmed up to ${got}, beyond ${formatLogId(o.after)}`,
    );
  }
  const isFurther = o.after !== undefined && compareLogIds(after, o.after) < 0;
  const reader = new LogReader({ district, connection, after: isFurther ? o.after : after });
  let readToMs = Math.min(toMs, Math.max(fromMs, span.fromMs === fromMs ? after.ms + 1 : fromMs));
  for (;;) {
    const entries = await reader.read({ count: MAX_ENTRIES_PER_READ, blockMs: 0 });
    const wanted = entries.filter((entry) => {
      const atMs = logTimeOf(entry);
      const isBehind = o.after === undefined || compareLogIds(entry.id, o.after) > 0;
      const isOfKind = o.kinds === undefined || o.kinds.includes(entry.kind);
      return (
        isOfKind && isBehind && entry.id.ms >= span.fromMs && entry.id.ms < span.toMs && atMs >= fromMs && atMs < toMs
      );
    });
    if (wanted.length > 0) visit(wanted);
    const last = entries.at(-1);
    if (last === undefined) return { isFromGenesis, ...gone, readToMs, isAtEnd: true };
    readToMs = Math.max(readToMs, Math.min(toMs, logTimeOf(last) + 1));
    if (last.id.ms >= span.toMs) return { isFromGenesis, ...gone, readToMs: toMs, isAtEnd: false };
  }
}

/** Where the log in Redis begins: its first entry, and before which log time entries are gone. */
export async function logBegin({ district, connection }: Pick<LogRangeOptions, 'district' | 'connection'>): Promise<{
  readonly first: RawEntry | null;
  readonly goneBeforeMs: number | null;
}> {
  try {
    const [reply] = await connection.xrangeBuffer(logKey(district), '-', '+', 'COUNT', 1);
    if (reply === undefined) return { first: null, goneBeforeMs: null };
    const first = rawEntryOf(reply);
    // An entry at the floor of a trimmed log is stood upon, not read: what was before it is not known.
    return { first, goneBeforeMs: first.kind === 'genesis' ? null : first.id.ms + 1 };
  } catch (error) {
    throw logFailureOf(error, district);
  }
}

/** The entry to read on from, null in an empty log; and what is gone of the log. */
async function startOf(
  o: LogRangeOptions,
): Promise<{ readonly after: LogId | null } & Pick<LogRangeEnd, 'goneBeforeMs' | 'goneUpTo'>> {
  const { district, connection, fromMs } = o;
  const key = logKey(district);
  const { first, goneBeforeMs } = await logBegin(o);
  if (first === null) return { after: null, goneBeforeMs };
  const { id, kind } = first;
  const gone = goneBeforeMs === null ? { goneBeforeMs } : { goneBeforeMs, goneUpTo: id };
  try {
    const [before] = await connection.xrevrangeBuffer(key, `(${formatLogId({ ms: fromMs, seq: 0 })}`, '-', 'COUNT', 1);
    if (before !== undefined) return { after: rawEntryOf(before).id, ...gone };
    return { after: kind === 'genesis' ? LOG_START : id, ...gone };
  } catch (error) {
    throw logFailureOf(error, district);
  }
}
