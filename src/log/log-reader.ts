import { BeatwatchError } from '../model/errors.js';
import { MAX_ENTRIES_PER_READ } from '../model/limits.js';
import { compareLogIds, formatLogId, LOG_START, type LogId, parseLogId } from '../model/log-id.js';
import type { RedisConnection } from '../redis/connection.js';
import { runScript } from '../redis/script.js';
import { logFailureOf } from './log-failure.js';
import { digestOf, logKey, type RawEntry, rawEntryOf } from './raw-entry.js';
import { readScript } from './scripts.js';

export interface LogReaderOptions {
  readonly district: string;
  /** Purpose `read`, and this reader's alone: it blocks. */
  readonly connection: RedisConnection;
  /** The reader stands on this entry and reads what follows; LOG_START: from genesis on. */
  readonly after: LogId;
  /** What `digest` of an earlier reader said there; without it the first read learns it. */
  readonly afterDigest?: string | null;
}

/** One wait for a new entry. */
export const MAX_BLOCK_MS = 30_000;

/**
 * Reads a district's log in order. L1: with each read, in one step, it is checked that the entry on which the reader
 * stands is still there with the same bytes; otherwise the read fails and the reader is of no more use:
 * - `log-trimmed`: entries were removed that this reader has not read (or the log does not begin with genesis);
 * - `log-rewritten`: what it has read is not what the log says now (a failover, a restored or cleared Redis).
 * Refusals by Redis reject with a code of log-failure.ts.
 */
export class LogReader {
  readonly #district: string;
  readonly #connection: RedisConnection;
  readonly #key: string;
  #at: LogId;
  #digest: string | null;
  /** The last read came to the end of the log. */
  #atEnd = false;

  constructor(o: LogReaderOptions) {
    this.#district = o.district;
    this.#connection = o.connection;
    this.#key = logKey(o.district);
    this.#at = o.after;
    this.#digest = o.afterDigest ?? null;
  }

  /** The last entry that was read. */
  get at(): LogId {
    return this.#at;
  }

  /** SHA-1 of that entry; null while unknown. */
  get digest(): string | null {
    return this.#digest;
  }

  /**
   * At most `count` (capped by MAX_ENTRIES_PER_READ) entries; when there are none, waits up to `blockMs` (0: not at all;
   * capped by MAX_BLOCK_MS) for one. An empty list means that none came. Waits without end while Redis is away; closing the connection ends that.
   */
  async read({ count, blockMs }: { readonly count: number; readonly blockMs: number }): Promise<RawEntry[]> {
    if (!this.#atEnd || blockMs <= 0) {
      const entries = await this.#readNow(count);
      if (entries.length > 0 || blockMs <= 0) return entries;
    }
    // Only a wake-up: what it returns is not checked.
    const after = formatLogId(this.#at);
    await this.#coded(
      this.#connection.xreadBuffer(
        'COUNT',
        1,
        'BLOCK',
        Math.ceil(Math.min(blockMs, MAX_BLOCK_MS)),
        'STREAMS',
        this.#key,
        after,
      ),
    );
    return await this.#readNow(count);
  }

  async #readNow(count: number): Promise<RawEntry[]> {
    const most = Math.min(count, MAX_ENTRIES_PER_READ);
    const args = [formatLogId(this.#at), this.#digest ?? '', most];
    const reply = (await this.#coded(runScript(this.#connection, readScript, [this.#key], args))) as readonly unknown[];
    if (String(reply[0]) !== 'ok') throw this.#lost(String(reply[0]), String(reply[1]), String(reply[2]));
    const entries = (reply[2] as readonly unknown[]).map(rawEntryOf);
    this.#atEnd = entries.length < most;
    const first = entries[0];
    if (first !== undefined && compareLogIds(this.#at, LOG_START) === 0 && first.kind !== 'genesis') {
      throw this.#error(
        'log-trimmed',
        `the log begins with a ${first.kind} entry at ${formatLogId(first.id)}`,
        'genesis',
      );
    }
    if (this.#digest === null && reply[1] !== undefined) this.#digest = String(reply[1]) || null;
    const last = entries.at(-1);
    if (last !== undefined) {
      this.#at = last.id;
      this.#digest = digestOf(last);
    }
    return entries;
  }

  async #coded<Reply>(reply: Promise<Reply>): Promise<Reply> {
    try {
      return await reply;
    } catch (error) {
      throw logFailureOf(error, this.#district);
    }
  }

  #lost(state: string, first: string, last: string): BeatwatchError {
    const at = formatLogId(this.#at);
    const expected = `the entry at ${at}`;
    if (state === 'rewritten')
      return this.#error('log-rewritten', `other bytes at ${at}`, 'the bytes that were read there');
    if (first === '') return this.#error('log-rewritten', 'an empty log', expected);
    if (compareLogIds(parseLogId(last), this.#at) < 0) {
      return this.#error('log-rewritten', `a log that ends at ${last}`, expected);
    }
    if (compareLogIds(parseLogId(first), this.#at) > 0) {
      return this.#error(
        'log-trimmed',
        `a log that begins at ${first}; everything from ${at} to there is missing`,
        expected,
      );
    }
    return this.#error('log-rewritten', `a log without ${at} between ${first} and ${last}`, expected);
  }

  #error(code: string, got: string, expected: string): BeatwatchError {
    return new BeatwatchError(code, `log of ${this.#district}: got ${got}, expected ${expected}`, {
      district: this.#district,
      at: formatLogId(this.#at),
    });
  }
}
