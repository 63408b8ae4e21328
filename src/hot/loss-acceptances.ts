import type { LossAcceptance } from '../model/losses.js';
import { script, runScript } from '../redis/script.js';
import type { RedisConnection } from '../redis/connection.js';
import { parseHot } from './cursor-json.js';
import { hotKeys } from './keys.js';

/** Each names all that was missing then, so the oldest may go. */
const MAX_ACCEPTANCES = 100;

/** KEYS accepted; ARGV the acceptance, how many are kept. A repeat of the last one changes nothing. */
const acceptScript = script(`#!lua flags=allow-oom
if redis.call('LINDEX', KEYS[1], -1) == ARGV[1] then return 0 end
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[2]), -1)
return 1
`);

/** Who accepted that a part of a district's record is gone. */
export class LossAcceptances {
  readonly #query: RedisConnection;
  readonly #key: string;

  constructor(o: { readonly district: string; readonly query: RedisConnection }) {
    this.#query = o.query;
    this.#key = hotKeys(o.district).accepted;
  }

  /** Oldest first. */
  async read(): Promise<readonly LossAcceptance[]> {
    const texts = await this.#query.lrange(this.#key, 0, -1);
    return texts.map((text) => parseHot<LossAcceptance>('accepted', text));
  }

  async add(acceptance: LossAcceptance): Promise<void> {
    await runScript(this.#query, acceptScript, [this.#key], [JSON.stringify(acceptance), MAX_ACCEPTANCES]);
  }
}
