import type { RedisConnection } from '../redis/connection.js';
import { parseHot } from './cursor-json.js';
import { hotKeys } from './keys.js';

/** What a tracker has used of its quota, at this log time. */
interface StoredUse {
  readonly usedBytes: number;
  readonly atMs: number;
}

/** What the trackers of a district have used of their quotas, over restarts and processes. */
export class QuotaUses {
  readonly #query: RedisConnection;
  readonly #key: string;

  constructor(o: { readonly district: string; readonly query: RedisConnection }) {
    this.#query = o.query;
    this.#key = hotKeys(o.district).quotas;
  }

  async read(tracker: string): Promise<StoredUse | null> {
    const text = await this.#query.hget(this.#key, tracker);
    return text === null ? null : parseHot<StoredUse>('quotas', text);
  }

  /** Null: the tracker is forgotten. Absolute values: the same again changes nothing. */
  async write(uses: ReadonlyMap<string, StoredUse | null>): Promise<void> {
    const kept = [...uses].flatMap(([tracker, use]) => (use === null ? [] : [tracker, JSON.stringify(use)]));
    const gone = [...uses].flatMap(([tracker, use]) => (use === null ? [tracker] : []));
    if (kept.length > 0) await this.#query.hset(this.#key, ...kept);
    if (gone.length > 0) await this.#query.hdel(this.#key, ...gone);
  }
}
