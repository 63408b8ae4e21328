import { runScript, script } from '../redis/script.js';
import type { RedisConnection } from '../redis/connection.js';
import { hotKeys } from './keys.js';

/** Another engine of the district that lives, and the digest of the district files that it runs on. */
export interface OtherEngine {
  readonly engine: string;
  readonly sha256: string;
}

/** An engine that has not said for so long which files it runs on counts as gone. */
export const ENGINE_GONE_AFTER_MS = 15_000;
/** A turn that its engine did not give back, for it was killed, ends after this. */
const TURN_MS = 30_000;

/**
 * KEYS engines; ARGV this engine, digest ('' = it runs on no files), when an engine is gone (ms). {engine, digest, engine, digest, …} of
 * the others that live. By the clock of Redis, which all share; whoever is gone is forgotten.
 */
const sayScript = script(`#!lua flags=allow-oom
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], string.format('{"sha256":"%s","seenMs":%.0f}', ARGV[2], now))
end
local others = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local record = cjson.decode(all[i + 1])
  if math.abs(now - record.seenMs) > tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[1], all[i])
  elseif all[i] ~= ARGV[1] then
    others[#others + 1] = all[i]
    others[#others + 1] = record.sha256
  end
end
return others
`);

/** KEYS planning; ARGV this engine, ms. 1: it is this engine's turn. */
const takeTurnScript = script(`#!lua flags=allow-oom
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
`);

/** KEYS planning; ARGV this engine. */
const endTurnScript = script(`#!lua flags=allow-oom
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
`);

/** What the engines of one district tell each other about their district files, and whose turn it is to log a plan. */
export class EngineFiles {
  readonly #query: RedisConnection;
  readonly #engine: string;
  readonly #engines: string;
  readonly #planning: string;

  /** `engine` is unique over processes and time. */
  constructor(o: { readonly district: string; readonly engine: string; readonly query: RedisConnection }) {
    this.#query = o.query;
    this.#engine = o.engine;
    const keys = hotKeys(o.district);
    this.#engines = keys.engines;
    this.#planning = keys.planning;
  }

  /** Says which files this engine runs on, null: on none; answers the other engines that live. */
  async say(sha256: string | null): Promise<readonly OtherEngine[]> {
    const args = [this.#engine, sha256 ?? '', ENGINE_GONE_AFTER_MS];
    const flat = (await runScript(this.#query, sayScript, [this.#engines], args)) as readonly unknown[];
    const texts = flat.map(String);
    return texts.flatMap((engine, i) => (i % 2 === 0 ? [{ engine, sha256: texts[i + 1] ?? '' }] : []));
  }

  /** One engine at a time. False: it is another's. */
  async takeTurn(): Promise<boolean> {
    return (await runScript(this.#query, takeTurnScript, [this.#planning], [this.#engine, TURN_MS])) === 1;
  }

  async endTurn(): Promise<void> {
    await runScript(this.#query, endTurnScript, [this.#planning], [this.#engine]);
  }
}
