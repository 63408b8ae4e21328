import { decodeLogEntry } from '../codec/log-codec.js';
import { againWhenMoved } from '../log/again-when-moved.js';
import type { LogHistory } from '../log/log-history.js';
import type { LogRangeEnd } from '../log/log-range.js';
import { logTimeOf, type RawEntry } from '../log/raw-entry.js';
import type { AccessSearch, AccessSearchResult, LoggedRead, ReadPlace } from '../model/access-search.js';
import { compareLogIds, LOG_START } from '../model/log-id.js';
import type { RedisConnection } from '../redis/connection.js';
import type { RedisHandle } from '../redis/handle.js';
import { searchLimit } from './search-limit.js';

/** A search that has taken this long answers what it has, and where to go on. */
const SEARCH_MS = 2_000;
/** Log time of the first piece that is read, and the most; after a piece that took less than QUICK_MS the next is twice as long. */
const FIRST_PIECE_MS = 600_000;
const LONGEST_PIECE_MS = 86_400_000;
const QUICK_MS = 250;

export interface AccessSearchesOptions {
  readonly redis: RedisHandle;
  /** The log as it can be read over a connection of purpose `query`. */
  readonly openHistory: (connection: RedisConnection) => LogHistory;
  /** SEARCH_MS unless given. */
  readonly searchMs?: number;
}

/**
 * Who looked at what, from the log and its archive. A period is read in pieces of log time, so that a search of any period takes bounded
 * time and memory; what it did not come to is left to the next one.
 */
export class AccessSearches {
  readonly #o: AccessSearchesOptions;
  readonly #running = searchLimit('searches of reads');

  constructor(options: AccessSearchesOptions) {
    this.#o = options;
  }

  /** Codes: `too-many-searches`; those of the log when it cannot be read. */
  async read(search: AccessSearch): Promise<AccessSearchResult> {
    const giveBack = this.#running.take();
    const connection = this.#o.redis.connect('query');
    try {
      return await this.#search(connection, search);
    } finally {
      giveBack();
      connection.disconnect();
    }
  }

  async #search(connection: RedisConnection, search: AccessSearch): Promise<AccessSearchResult> {
    const { searchMs = SEARCH_MS } = this.#o;
    const endsAtMs = performance.now() + searchMs;
    const reads: LoggedRead[] = [];
    let missing: AccessSearchResult['missing'] = null;
    let pieceMs = FIRST_PIECE_MS;
    let fromMs = Math.max(search.fromMs, search.after?.atMs ?? 0);
    while (fromMs < search.toMs) {
      const toMs = Math.min(search.toMs, fromMs + pieceMs);
      const beganMs = performance.now();
      const piece = await againWhenMoved(() => readPiece(this.#o.openHistory(connection), search, { fromMs, toMs }));
      reads.push(...piece.reads);
      missing = joined(missing, piece.missing);
      if (reads.length > search.limit) {
        const shown = reads.slice(0, search.limit);
        return { reads: shown, next: shown.at(-1) ?? null, missing };
      }
      if (piece.isAtEnd) break;
      fromMs = toMs;
      if (performance.now() > endsAtMs && fromMs < search.toMs) {
        return { reads, next: { atMs: fromMs, logId: LOG_START, ordinal: 0 }, missing };
      }
      if (performance.now() - beganMs < QUICK_MS) pieceMs = Math.min(2 * pieceMs, LONGEST_PIECE_MS);
    }
    return { reads, next: null, missing };
  }
}

interface Piece {
  /** Reads of the piece, at most one more than the search wants. */
  readonly reads: readonly LoggedRead[];
  readonly missing: AccessSearchResult['missing'];
  readonly isAtEnd: boolean;
}

async function readPiece(
  history: LogHistory,
  { after, limit, wants }: AccessSearch,
  times: { readonly fromMs: number; readonly toMs: number },
): Promise<Piece> {
  let reads: LoggedRead[] = [];
  const take = (entry: RawEntry) => {
    for (const one of readsOf(entry)) {
      if (wants(one.read) && (after === null || comparePlaces(one, after) > 0)) reads.push(one);
    }
    // Times go back where a log was resumed: the first of the piece may come last.
    if (reads.length > 2 * (limit + 1)) reads = reads.sort(comparePlaces).slice(0, limit + 1);
  };
  const end = await history.read({ ...times, kinds: ['access'], visit: (entries) => entries.forEach(take) });
  return {
    reads: reads.sort(comparePlaces).slice(0, limit + 1),
    missing: missingOf(end, times),
    isAtEnd: end.isAtEnd && end.readToMs < times.toMs,
  };
}

function readsOf({ id, atMs, kind, payload }: RawEntry): LoggedRead[] {
  const entry = kind === 'access' ? decodeLogEntry(kind, payload) : null;
  if (entry?.kind !== 'access') return [];
  const at = logTimeOf(atMs === undefined ? { id } : { id, atMs });
  return entry.reads.map((read, ordinal) => ({ logId: id, ordinal, atMs: at, read }));
}

function comparePlaces(a: ReadPlace, b: ReadPlace): number {
  return a.atMs - b.atMs || compareLogIds(a.logId, b.logId) || a.ordinal - b.ordinal;
}

function missingOf(
  { goneBeforeMs }: LogRangeEnd,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): AccessSearchResult['missing'] {
  const goneMs = Math.min(toMs, goneBeforeMs ?? 0);
  return goneMs > fromMs ? { fromMs, toMs: goneMs } : null;
}

function joined(
  before: AccessSearchResult['missing'],
  next: AccessSearchResult['missing'],
): AccessSearchResult['missing'] {
  if (before === null || next === null) return before ?? next;
  return { fromMs: before.fromMs, toMs: next.toMs };
}
