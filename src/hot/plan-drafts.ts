import { decodeLogEntry, encodeLogEntry } from '../codec/log-codec.js';
import type { CompiledPlan } from '../model/plan.js';
import type { RedisConnection } from '../redis/connection.js';
import { runScript, script } from '../redis/script.js';
import { hotKeys } from './keys.js';

/** Drafts of one district that are kept at once; one more drops the oldest. */
export const MAX_DRAFTS = 16;

/** The time of Redis, ms. */
const NOW = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** KEYS drafts, drafts:until; ARGV digest, payload, how long it is kept (ms), how many are. Until when it is kept (ms). */
const putScript = script(`#!lua
${NOW}local untilMs = now + tonumber(ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], string.format('%.0f', untilMs), ARGV[1])
for _, digest in ipairs(redis.call('ZRANGE', KEYS[2], '-inf', string.format('(%.0f', now), 'BYSCORE')) do
  redis.call('HDEL', KEYS[1], digest)
  redis.call('ZREM', KEYS[2], digest)
end
for _, digest in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1 - tonumber(ARGV[4]))) do
  redis.call('HDEL', KEYS[1], digest)
  redis.call('ZREM', KEYS[2], digest)
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return string.format('%.0f', untilMs)
`);

/** KEYS drafts, drafts:until; ARGV digest. Its payload; false: it is not kept any more. */
const getScript = script(`#!lua flags=no-writes
${NOW}local untilMs = redis.call('ZSCORE', KEYS[2], ARGV[1])
return untilMs and tonumber(untilMs) >= now and redis.call('HGET', KEYS[1], ARGV[1])
`);

/**
 * Plans that were checked and not published yet, for all processes. They are no part of the record: what is lost of them is sent again.
 * At maxmemory Redis takes no more of them.
 */
export class PlanDrafts {
  readonly #query: RedisConnection;
  readonly #keys: readonly string[];

  constructor(o: { readonly district: string; readonly query: RedisConnection }) {
    const { drafts, draftsUntil } = hotKeys(o.district);
    this.#query = o.query;
    this.#keys = [drafts, draftsUntil];
  }

  /** Keeps a plan under the digest of its files; answers until when, ms. The same again is kept for longer. */
  async put(plan: CompiledPlan, forMs: number): Promise<number> {
    const payload = Buffer.from(encodeLogEntry({ kind: 'plan', plan }));
    const args = [plan.sourceSha256, payload, forMs, MAX_DRAFTS];
    return Number(await runScript(this.#query, putScript, this.#keys, args));
  }

  /** Null: there is no such draft, or not any more. */
  async get(sourceSha256: string): Promise<CompiledPlan | null> {
    const payload = await runScript(this.#query, getScript, this.#keys, [sourceSha256]);
    if (!(payload instanceof Uint8Array)) return null;
    const entry = decodeLogEntry('plan', payload);
    return entry.kind === 'plan' ? entry.plan : null;
  }
}
