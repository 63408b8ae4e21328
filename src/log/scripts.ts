import { script } from '../redis/script.js';

/**
 * An entry's log time is its id's milliseconds, or its field `t` where it has one: from a `resume` entry on until the clock has come
 * up to the ids. `farAhead` (T2): {'ahead', Redis's time, log time of the last entry} when the caller's clock is more than
 * maxAheadMs ahead of both; maxAheadMs below 0: never, for a virtual clock.
 */
const logTime = `
local function text(ms)
  return string.format('%.0f', ms)
end
local function lastOf(key)
  local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  if not last then return nil end
  local idMs = string.match(last[1], '^%d+')
  return {id = last[1], idMs = idMs, atMs = tonumber(last[2][6] or idMs), isTold = last[2][6] ~= nil}
end
local function farAhead(key, nowMs, maxAheadMs)
  if maxAheadMs < 0 then return nil end
  local time = redis.call('TIME')
  local redisMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  if nowMs <= redisMs + maxAheadMs then return nil end
  local last = lastOf(key)
  if last and nowMs <= last.atMs + maxAheadMs then return nil end
  return {'ahead', text(redisMs), last and text(last.atMs) or ''}
end
local function fieldsOf(last, nowMs, kind, payload)
  if not last.isTold then return {'k', kind, 'p', payload} end
  return {'k', kind, 'p', payload, 't', text(math.max(nowMs, last.atMs))}
end
`;

/**
 * KEYS log; ARGV now (ms), kind, payload, maxAheadMs. Answers the new entry's id, {id, log time} where the entry tells it, false
 * without a log, or what `farAhead` says.
 * T2: the id's milliseconds are max(last, now). NOMKSTREAM: a log begins with genesis, never with this.
 */
const append = `${logTime}
local nowMs = tonumber(ARGV[1])
local refusal = farAhead(KEYS[1], nowMs, tonumber(ARGV[4]))
if refusal then return refusal end
local id = redis.pcall('XADD', KEYS[1], 'NOMKSTREAM', ARGV[1] .. '-*', 'k', ARGV[2], 'p', ARGV[3])
if type(id) == 'table' and id.err then
  if not string.find(id.err, 'equal or smaller', 1, true) then return id end
  local last = lastOf(KEYS[1])
  local fields = fieldsOf(last, nowMs, ARGV[2], ARGV[3])
  id = redis.call('XADD', KEYS[1], 'NOMKSTREAM', last.idMs .. '-*', unpack(fields))
  if fields[6] then return {id, fields[6]} end
end
return id
`;
/** R1, for what trackers report: at maxmemory Redis refuses it before it writes anything. */
export const appendReportScript = script(`#!lua${append}`);
/** R1, for what people do: it goes on at maxmemory, and is little. */
export const appendActScript = script(`#!lua flags=allow-oom${append}`);

/**
 * KEYS log; ARGV now (ms), maxAheadMs, then kind and payload of each entry. Appends all of them or none, one right after the other. Answers
 * as `append` does, of the last.
 */
export const appendTogetherScript = script(`#!lua flags=allow-oom${logTime}
local nowMs = tonumber(ARGV[1])
local refusal = farAhead(KEYS[1], nowMs, tonumber(ARGV[2]))
if refusal then return refusal end
local last = lastOf(KEYS[1])
if not last then return false end
local isNow = nowMs >= tonumber(last.idMs)
local reply
for i = 3, #ARGV, 2 do
  local fields = isNow and {'k', ARGV[i], 'p', ARGV[i + 1]} or fieldsOf(last, nowMs, ARGV[i], ARGV[i + 1])
  local id = redis.call('XADD', KEYS[1], (isNow and text(nowMs) or last.idMs) .. '-*', unpack(fields))
  reply = fields[6] and {id, fields[6]} or id
end
return reply
`);

/**
 * KEYS log; ARGV now (ms), payload, least age of the last entry (ms; negative: whatever its age), maxAheadMs. Answers the tick's id,
 * false when the last entry is younger, 'missing' without a log, or what `farAhead` says. T1: of any number of tickers one
 * gets through a second.
 */
export const tickScript = script(`#!lua flags=allow-oom${logTime}
local last = lastOf(KEYS[1])
if not last then return 'missing' end
local nowMs = tonumber(ARGV[1])
local leastAgeMs = tonumber(ARGV[3])
if leastAgeMs >= 0 and nowMs - last.atMs < leastAgeMs then return false end
local refusal = farAhead(KEYS[1], nowMs, tonumber(ARGV[4]))
if refusal then return refusal end
if nowMs > tonumber(last.idMs) then return redis.call('XADD', KEYS[1], text(nowMs) .. '-*', 'k', 'tick', 'p', ARGV[2]) end
return redis.call('XADD', KEYS[1], last.idMs .. '-*', unpack(fieldsOf(last, nowMs, 'tick', ARGV[2])))
`);

/**
 * KEYS log, genesis; ARGV now (ms), payload, maxAheadMs. Answers {1, id} when it made the log; else {0, payload of the genesis that
 * the log began with}, {0} where nothing says how it began, {2} where it began once and is gone, {3, Redis's time} when the
 * caller's clock is too far ahead of that. The copy under `genesis` outlives trimming.
 */
export const genesisScript = script(`#!lua${logTime}
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local kept = redis.call('GET', KEYS[2])
if first then
  if kept then return {0, kept} end
  if first[2][2] == 'genesis' then return {0, first[2][4]} end
  return {0}
end
if kept then return {2} end
local refusal = farAhead(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[3]))
if refusal then return {3, refusal[2]} end
local id = redis.call('XADD', KEYS[1], ARGV[1] .. '-*', 'k', 'genesis', 'p', ARGV[2])
redis.call('SET', KEYS[2], ARGV[2])
return {1, id}
`);

/**
 * KEYS log, resumed; ARGV log time of the last entry as the caller saw it, its true time (ms), payload, record. Answers the id of
 * the resume entry, or {'moved', log time of the last entry} when that is another by now: a repeat finds its own first attempt.
 */
export const resumeScript = script(`#!lua flags=allow-oom${logTime}
local last = lastOf(KEYS[1])
if not last then return {'moved', ''} end
if last.atMs ~= tonumber(ARGV[1]) then return {'moved', text(last.atMs)} end
local id = redis.call('XADD', KEYS[1], last.idMs .. '-*', 'k', 'resume', 'p', ARGV[3], 't', ARGV[2])
redis.call('RPUSH', KEYS[2], ARGV[4])
return id
`);

/**
 * KEYS log, days; ARGV the day, its record as the caller saw it ('' if none), the new record up to where it says where the entries
 * stand, the rest of it, payloads. Appends the entries at the log's own time and notes the day, both or neither. Answers 'settled', or
 * {the day's record} when that is another by now: a repeat finds its own first attempt. `missing`: there is no log.
 */
export const settlementScript = script(`#!lua flags=allow-oom${logTime}
local last = lastOf(KEYS[1])
if not last then return 'missing' end
local found = redis.call('HGET', KEYS[2], ARGV[1]) or ''
if found ~= ARGV[2] then return {found} end
local first
for i = 5, #ARGV do
  local fields = fieldsOf(last, last.atMs, 'settlement', ARGV[i])
  local id = redis.call('XADD', KEYS[1], last.idMs .. '-*', unpack(fields))
  first = first or id
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3] .. '"logId":"' .. first .. '","atMs":' .. text(last.atMs) .. ARGV[4])
return 'settled'
`);

/** KEYS log. {id, log time (ms)} of the last entry; {} without one. */
export const lastScript = script(`#!lua flags=no-writes${logTime}
local last = lastOf(KEYS[1])
return last and {last.id, text(last.atMs)} or {}
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
  found = redis.sha1hex(anchor[2][2] .. '\\0' .. anchor[2][4] .. (anchor[2][6] and '\\0' .. anchor[2][6] or ''))
  if ARGV[2] ~= '' and ARGV[2] ~= found then return {'rewritten', found} end
end
return {'ok', found, redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', tonumber(ARGV[3]))}
`);
