import { formatLogId, type LogId, parseLogId } from '../model/log-id.js';
import type { RedisConnection } from '../redis/connection.js';
import { districtKey } from '../redis/district-key.js';
import { runScript } from '../redis/script.js';
import { HOT_KEY_NAMES } from './keys.js';
import { archivedScript } from './scripts.js';

/**
 * A1: Redis's copy of how far a district's log is archived. What an archive's manifest says is what counts; the copy is for trimming
 * alone, and never goes back.
 */
export class ArchivedMark {
  readonly #query: RedisConnection;
  readonly #key: string;

  constructor({ district, query }: { readonly district: string; readonly query: RedisConnection }) {
    this.#query = query;
    this.#key = districtKey(district, HOT_KEY_NAMES.archived);
  }

  async set(upTo: LogId): Promise<void> {
    await runScript(this.#query, archivedScript, [this.#key], [formatLogId(upTo)]);
  }

  /** Null: nothing is archived. */
  async read(): Promise<LogId | null> {
    const text = await this.#query.get(this.#key);
    return text === null ? null : parseLogId(text);
  }
}
