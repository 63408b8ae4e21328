import { districtKey } from '../redis/district-key.js';
import type { RedisConnection } from '../redis/connection.js';
import { runScript, script } from '../redis/script.js';
import { HOT_KEY_NAMES } from './keys.js';

/** Versions in one call: Redis serves the others between two of them. */
const MOST = 200;
/** Numbers that were gone before they were trimmed are named in so many stretches a stream; what lacks besides is counted. */
const MAX_NAMED = 100;

/**
 * KEYS stream, trimmed:versions, alerts:closed, visits:open; ARGV alerts or visits, archived up to (number), age limit (ms). Deletes the
 * oldest versions that are archived and that came about before the limit, and answers how many. The newest version always stays: it says
 * where the stream stands. An alert leaves \`alerts:closed\` with its last version; a visit that is still open is kept in \`visits:open\`,
 * for a fold that takes over. Numbers that lack between two trimmed versions are noted: they stay missing for the record check.
 */
const trimVersionsScript = script(`#!lua flags=allow-oom
local what, archived, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last then return 0 end
local before = tonumber(redis.call('HGET', KEYS[2], what) or '0')
local trimmed = 0
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', ${MOST})) do
  local number = tonumber(string.match(entry[1], '^%d+'))
  local isJson, version = pcall(cjson.decode, entry[2][2])
  if not isJson or type(version) ~= 'table' then version = {} end
  if entry[1] == last[1] or number > archived or (tonumber(version.atMs) or 0) >= limit then break end
  if number > before + 1 then
    local lost = number - before - 1
    redis.call('HINCRBY', KEYS[2], what .. ':lost', lost)
    local named = redis.call('HINCRBY', KEYS[2], what .. ':holes', 1)
    if named <= ${MAX_NAMED} then
      redis.call('HSET', KEYS[2], what .. ':hole:' .. named, string.format('%.0f-%.0f', before + 1, number - 1))
    end
  end
  if version.alertId then
    local closed = redis.call('HGET', KEYS[3], version.alertId)
    if closed and cjson.decode(closed).transition <= number then redis.call('HDEL', KEYS[3], version.alertId) end
  end
  if version.visitId and version.state == 'open' then redis.call('HSET', KEYS[4], version.visitId, entry[2][2])
  elseif version.visitId then redis.call('HDEL', KEYS[4], version.visitId) end
  before = number
  trimmed = trimmed + 1
end
if trimmed > 0 then
  redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-0', before + 1))
  redis.call('HSET', KEYS[2], what, string.format('%.0f', before))
end
return trimmed
`);

export interface VersionTrimLimits {
  /** The last versions that are archived. */
  readonly archived: { readonly alerts: number; readonly visits: number };
  /** What came about at this log time or later stays, ms. */
  readonly keptSinceMs: number;
}

/** Takes versions that an archive has, and that are old, out of hot state. May be called by several at once, and again. */
export class VersionTrim {
  readonly #district: string;
  readonly #query: RedisConnection;

  /** `query` has that purpose. */
  constructor(o: { readonly district: string; readonly query: RedisConnection }) {
    this.#district = o.district;
    this.#query = o.query;
  }

  /** Answers how many versions were taken out. */
  async trim({ archived, keptSinceMs }: VersionTrimLimits): Promise<number> {
    let trimmed = 0;
    for (const stream of ['alerts', 'visits'] as const) {
      const names = [stream, 'trimmedVersions', 'closedAlerts', 'openVisits'] as const;
      const keys = names.map((name) => districtKey(this.#district, HOT_KEY_NAMES[name]));
      for (let last = MOST; last === MOST; trimmed += last)
        last = Number(await runScript(this.#query, trimVersionsScript, keys, [stream, archived[stream], keptSinceMs]));
    }
    return trimmed;
  }
}
