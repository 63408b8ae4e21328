import { setImmediate as nextRound } from 'node:timers/promises';
import { mayName } from '../codec/fixes-payload.js';
import { decodeLogEntry } from '../codec/log-codec.js';
import { BeatwatchError } from '../model/errors.js';
import { CLOCK_AHEAD_MS, MAX_ENTRIES_PER_READ } from '../model/limits.js';
import type { FixesEntry } from '../model/log-entry.js';
import { compareLogIds, formatLogId, LOG_START, type LogId } from '../model/log-id.js';
import type { RedisConnection } from '../redis/connection.js';
import { compareLogged, type FixQuery, type LoggedFix, StretchIndex } from './fix-history.js';
import { logFailureOf } from './log-failure.js';
import { logBegin } from './log-range.js';
import { LogReader } from './log-reader.js';
import { lastId, logKey, type RawEntry, rawEntryOf } from './raw-entry.js';

/** Fixes of the log in Redis that one query takes into memory. */
export const MAX_TAIL_FIXES = 500_000;
/** Fixes that are decoded until the event loop goes round. */
const FIXES_A_ROUND = 4_000;
/** With at most so many trackers in a query, a look at an entry's bytes is cheaper than decoding it. */
const FEW_TRACKERS = 8;

export interface TailRange {
  readonly query: FixQuery;
  /** Entries after this one, which is archived, are read; null: nothing is archived. */
  readonly after: LogId | null;
  /** Entries up to this one are read. */
  readonly upTo: LogId;
}

interface FixTailOptions extends TailRange {
  readonly district: string;
  readonly connection: RedisConnection;
  /** MAX_TAIL_FIXES unless given. */
  readonly maxFixes?: number;
}

/** The part of the log that Redis has. */
export interface FixLog {
  /** Its last entry; LOG_START of an empty log. */
  lastId(): Promise<LogId>;
  /** The fixes of a query after what is archived, with L1. Codes: those of LogReader; `query-too-large`. */
  read(range: TailRange): Promise<FixTail>;
}

export interface FixTail {
  /** The fixes that were found, in the order of a reading (`compareLogged`). */
  readonly fixes: readonly LoggedFix[];
  readonly goneBeforeMs: number | null;
}

/** Over a connection of purpose `query`. */
export function redisFixes(o: {
  readonly district: string;
  readonly connection: RedisConnection;
  readonly maxFixes?: number;
}): FixLog {
  return {
    lastId: async () => (await lastId(o.connection, o.district)) ?? LOG_START,
    read: (range) => readFixTail({ ...o, ...range }),
  };
}

async function readFixTail(o: FixTailOptions): Promise<FixTail> {
  const index = new StretchIndex(o.query.stretches);
  const start = await startOf(o, index.fromMs - CLOCK_AHEAD_MS);
  if (start === null) return { fixes: [], goneBeforeMs: null };
  const reader = new LogReader({ district: o.district, connection: o.connection, after: start.after });
  const found = new TailFixes(o, index);
  for (;;) {
    o.query.signal?.throwIfAborted();
    const entries = await reader.read({ count: MAX_ENTRIES_PER_READ, blockMs: 0 });
    for (const entry of entries) {
      if (compareLogIds(entry.id, o.upTo) > 0) return { fixes: found.sorted(), goneBeforeMs: start.goneBeforeMs };
      if (found.take(entry)) await nextRound();
    }
    if (entries.length === 0) return { fixes: found.sorted(), goneBeforeMs: start.goneBeforeMs };
  }
}

/** The entry to read on from. Ids never lie behind their log time, so what is before `fromMs` by its id is before it. */
async function startOf(
  { district, connection, after }: FixTailOptions,
  fromMs: number,
): Promise<{ readonly after: LogId; readonly goneBeforeMs: number | null } | null> {
  if (after !== null && after.ms >= fromMs) return { after, goneBeforeMs: null };
  const { first, goneBeforeMs } = await logBegin({ district, connection });
  if (first === null) return null;
  try {
    const end = `(${formatLogId({ ms: Math.max(0, fromMs), seq: 0 })}`;
    const [before] = await connection.xrevrangeBuffer(logKey(district), end, '-', 'COUNT', 1);
    const at = before === undefined ? null : rawEntryOf(before).id;
    if (after !== null) return { after: at !== null && compareLogIds(at, after) > 0 ? at : after, goneBeforeMs: null };
    const gone = goneBeforeMs !== null && goneBeforeMs > fromMs ? goneBeforeMs : null;
    return { after: at ?? (first.kind === 'genesis' ? LOG_START : first.id), goneBeforeMs: gone };
  } catch (error) {
    throw logFailureOf(error, district);
  }
}

/** The fixes of the entries that were read so far. */
class TailFixes {
  readonly #o: FixTailOptions;
  readonly #index: StretchIndex;
  readonly #fixes: LoggedFix[] = [];
  #decoded = 0;

  constructor(o: FixTailOptions, index: StretchIndex) {
    this.#o = o;
    this.#index = index;
  }

  sorted(): readonly LoggedFix[] {
    return this.#fixes.sort(compareLogged);
  }

  /** Whether it was enough work for this round of the event loop. */
  take({ id, kind, payload }: RawEntry): boolean {
    if (kind !== 'fixes') return false;
    const { trackers } = this.#index;
    if (trackers.length <= FEW_TRACKERS && !trackers.some((tracker) => mayName(payload, tracker))) return false;
    const entry = decoded(payload);
    if (entry === null) return false;
    const before = Math.floor(this.#decoded / FIXES_A_ROUND);
    for (const [place, { tracker, fixes }] of entry.batches.entries()) {
      this.#decoded += fixes.length;
      if (!this.#index.has(tracker)) continue;
      for (const [ordinal, fix] of fixes.entries()) this.#add(tracker, { logId: id, place, ordinal, fix });
    }
    return Math.floor(this.#decoded / FIXES_A_ROUND) > before;
  }

  #add(tracker: string, one: Omit<LoggedFix, 'stretch'>): void {
    const { eventTimeMs } = one.fix;
    const stretch = this.#index.find(tracker, eventTimeMs);
    if (stretch === null || eventTimeMs > one.logId.ms + CLOCK_AHEAD_MS) return;
    this.#fixes.push({ stretch, ...one });
    const { maxFixes: limit = MAX_TAIL_FIXES } = this.#o;
    if (this.#fixes.length <= limit) return;
    throw new BeatwatchError(
      'query-too-large',
      `got more than ${limit} fixes that are not archived yet, expected at most that: ask for fewer units or a shorter period`,
      { limit },
    );
  }
}

/** What cannot be decoded the engine passes over, too. */
function decoded(payload: Uint8Array): FixesEntry | null {
  try {
    const entry = decodeLogEntry('fixes', payload);
    return entry.kind === 'fixes' ? entry : null;
  } catch {
    return null;
  }
}
