import { script } from '../redis/script.js';

/**
 * KEYS log; ARGV now (ms), kind, payload. Answers the new entry's id.
 * T2: the id's milliseconds are max(last, now). NOMKSTREAM: a log begins with genesis, never with this.
 */
const append = `
local fields = {'k', ARGV[2], 'p', ARGV[3]}
local id = redis.pcall('XADD', KEYS[1], 'NOMKSTREAM', ARGV[1] .. '-*', unpack(fields))
if type(id) == 'table' and id.err then
  if not string.find(id.err, 'equal or smaller', 1, true) then return id end
  local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  local lastMs = string.match(last[1], '^%d+')
  id = redis.call('XADD', KEYS[1], 'NOMKSTREAM', lastMs .. '-*', unpack(fields))
end
return id
`;
/** R1, for what trackers report: at maxmemory Redis refuses it before it writes anything. */
export const appendReportScript = script(`#!lua${append}`);
/** R1, for what people do: it goes on at maxmemory, and is little. */
export const appendActScript = script(`#!lua flags=allow-oom${append}`);

/**
 * KEYS log; ARGV now (ms), payload, least age of the last entry (ms; negative: whatever its age). Answers the tick's id,
 * false when the last entry is younger, 'missing' without a log. T1: of any number of tickers one gets through a second.
 */
export const tickScript = script(`#!lua flags=allow-oom
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last then return 'missing' end
local lastMs = tonumber(string.match(last[1], '^%d+'))
local nowMs = tonumber(ARGV[1])
local leastAgeMs = tonumber(ARGV[3])
if leastAgeMs >= 0 and nowMs - lastMs < leastAgeMs then return false end
return redis.call('XADD', KEYS[1], string.format('%.0f', math.max(nowMs, lastMs)) .. '-*', 'k', 'tick', 'p', ARGV[2])
`);

/**
 * KEYS log, genesis; ARGV now (ms), payload. Answers {1, id} when it made the log; else {0, payload of the genesis that
 * the log began with}, {0} where nothing says how it began, {2} where it began once and is gone. The copy under \`genesis\` outlives trimming.
 */
export const genesisScript = script(`#!lua
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local kept = redis.call('GET', KEYS[2])
if first then
  if kept then return {0, kept} end
  if first[2][2] == 'genesis' then return {0, first[2][4]} end
  return {0}
end
if kept then return {2} end
local id = redis.call('XADD', KEYS[1], ARGV[1] .. '-*', 'k', 'genesis', 'p', ARGV[2])
redis.call('SET', KEYS[2], ARGV[2])
return {1, id}
`);

/**
 * KEYS log; ARGV after (id), digest of the entry at after or '', count. L1 in one step with the read: answers {'ok', digest
 * of the entry at after, entries}, {'rewritten', digest found} or {'gone', first id, last id}.
 */
export const readScript = script(`#!lua flags=no-writes
local after = ARGV[1]
local found = ''
if after ~= '0-0' then
  local anchor = redis.call('XRANGE', KEYS[1], after, after)[1]
  if not anchor then
    local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
    local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
    return {'gone', first and first[1] or '', last and last[1] or ''}
  end
  found = redis.sha1hex(anchor[2][2] .. '\\0' .. anchor[2][4])
  if ARGV[2] ~= '' and ARGV[2] ~= found then return {'rewritten', found} end
end
return {'ok', found, redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', tonumber(ARGV[3]))}
`);
