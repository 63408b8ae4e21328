import { script } from '../redis/script.js';

/** The time of Redis, ms. */
const NOW = `local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local function text(ms)
  return string.format('%.0f', ms)
end
`;

/** An entry goes under the log's own time, that of its last entry. */
const APPEND = `local function append(key, payload)
  local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  if not last then return end
  local fields = {'k', 'notice', 'p', payload}
  if last[2][6] then fields[5], fields[6] = 't', last[2][6] end
  redis.call('XADD', key, string.match(last[1], '^%d+') .. '-*', unpack(fields))
end
`;

/**
 * KEYS cursor, log, alerts. {cursor, log time of its entry, last number of alerts that is committed, first number of alerts}, all of one
 * instant: no version from before that log time can come any more.
 */
export const nowScript = script(`#!lua flags=no-writes
local cursor = redis.call('GET', KEYS[1])
if not cursor then return {} end
local at = cjson.decode(cursor)
local id = at.logId
local entry = redis.call('XRANGE', KEYS[2], id, id)[1]
local atMs = entry and entry[2][6] or string.match(id, '^%d+')
local first = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
return {atMs, string.format('%.0f', at.lastAlert), first and string.match(first[1], '^%d+') or '0'}
`);

/**
 * KEYS escalation, escalation:rounds, notices, notices:channels, then notices:due of each channel that is named; ARGV the cursor as the
 * caller knows it ('': none), the next, how many rounds to set, then alert ids and rounds, how many to take out, then alert ids, then by
 * fours notice id, notice, number of its channel's key, member. 'written', or {the cursor that it found}. A notice that is known already
 * is left as it is. A repeat finds its own first attempt.
 */
export const followScript = script(`#!lua flags=allow-oom
${NOW}local found = redis.call('GET', KEYS[1]) or ''
if found == ARGV[2] then return 'written' end
if found ~= ARGV[1] then return {found} end
local at = 3
local sets = tonumber(ARGV[at])
for i = 1, sets do
  redis.call('HSET', KEYS[2], ARGV[at + 2 * i - 1], ARGV[at + 2 * i])
end
at = at + 2 * sets + 1
local gone = tonumber(ARGV[at])
for i = 1, gone do
  redis.call('HDEL', KEYS[2], ARGV[at + i])
end
at = at + gone + 1
while at <= #ARGV do
  local id, notice, channel, member = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3]
  if redis.call('HSETNX', KEYS[3], id, notice) == 1 then
    redis.call('ZADD', KEYS[4 + channel], text(now), member)
    redis.call('SADD', KEYS[4], string.match(KEYS[4 + channel], '[^:]+$'))
  end
  at = at + 4
end
redis.call('SET', KEYS[1], ARGV[2])
return 'written'
`);

/**
 * KEYS notices:due and notices:sent of a channel, notices:claims, notices:digests, notices:off; ARGV channel, the claim, for how long it
 * holds (ms), attempts a minute, above how many that wait for the first time they become a digest, most that a digest carries. Claims one
 * message, for at most one caller at a time: {'claimed', message id, the time of Redis, by when the channel was off, ids of notices …}; or
 * {'none', ms until something is due, '' if nothing waits}, or {'pace', ms until another attempt may be made}.
 *
 * A few grave ones go alone and first. Many that nobody tried become one digest; what was tried keeps its id for ever.
 */
export const claimScript = script(`#!lua flags=allow-oom
${NOW}redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(now - 60000))
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if not first[1] then return {'none', ''} end
if tonumber(first[2]) > now then return {'none', text(tonumber(first[2]) - now)} end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then
  local oldest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  return {'pace', text(tonumber(oldest[2]) + 60000 - now)}
end
local floodAbove, mostInDigest = tonumber(ARGV[5]), tonumber(ARGV[6])
local due = redis.call('ZRANGE', KEYS[1], '-inf', text(now), 'BYSCORE', 'LIMIT', 0, 5 * mostInDigest)
local fresh, grave, again = {}, {}, nil
for _, member in ipairs(due) do
  local class = string.sub(member, 1, 2)
  if class == 'r|' or class == 'd|' then again = again or member
  else
    fresh[#fresh + 1] = member
    if class == '1|' then grave[#grave + 1] = member end
  end
end
local members, message = {}, nil
if #grave > 0 and #grave <= floodAbove then members = {grave[1]}
elseif again then message = again
elseif #fresh > floodAbove then
  for i = 1, math.min(#fresh, mostInDigest) do members[i] = fresh[i] end
else members = {fresh[1]} end
local ids = {}
if message then
  local id = string.sub(message, 3)
  if string.sub(message, 1, 2) == 'd|' then ids = cjson.decode(redis.call('HGET', KEYS[4], id) or '[]') else ids = {id} end
else
  for i, member in ipairs(members) do
    ids[i] = string.sub(member, 3)
    redis.call('ZREM', KEYS[1], member)
  end
  if #ids == 1 then message = 'r|' .. ids[1]
  else
    message = 'd|digest:' .. #ids .. ':' .. ids[1]
    redis.call('HSET', KEYS[4], string.sub(message, 3), cjson.encode(ids))
  end
end
local id = string.sub(message, 3)
redis.call('ZADD', KEYS[1], text(now + tonumber(ARGV[3])), message)
redis.call('HSET', KEYS[3], id, ARGV[2])
redis.call('ZADD', KEYS[2], text(now), ARGV[2])
return {'claimed', id, text(now), redis.call('HGET', KEYS[5], ARGV[1]) or '', unpack(ids)}
`);

/** Notices that ended are kept so long, ms; and so many that failed, for so long. */
export const ENDED_KEPT_MS = 86_400_000;
export const FAILED_KEPT_MS = 14 * 86_400_000;
export const MAX_FAILED_KEPT = 10_000;

/**
 * KEYS log, notices, notices:claims, notices:due and notices:sent of the channel, notices:digests, notices:ended, notices:failed,
 * notices:off; ARGV the claim, message id, 'done', 'again' or 'keep' (the claim goes on), after how long it is tried again (ms), payload of an entry ('': none), ids
 * of the notices that a digest still carries as JSON ('': as before), channel and why it is off ('': it is not), then by threes notice id, notice, 'ended',
 * 'failed' or 'waits'. 'settled', or 'lost' when the claim is another's by now, and then nothing is written.
 */
export const settleScript = script(`#!lua flags=allow-oom
${NOW}${APPEND}local id = ARGV[2]
if redis.call('HGET', KEYS[3], id) ~= ARGV[1] then return 'lost' end
if ARGV[5] ~= '' then append(KEYS[1], ARGV[5]) end
if ARGV[6] ~= '' then redis.call('HSET', KEYS[6], id, ARGV[6]) end
if ARGV[8] ~= '' then redis.call('HSET', KEYS[9], ARGV[7], ARGV[8]) end
for at = 9, #ARGV, 3 do
  redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1])
  if ARGV[at + 2] == 'ended' then redis.call('ZADD', KEYS[7], text(now), ARGV[at])
  elseif ARGV[at + 2] == 'failed' then redis.call('ZADD', KEYS[8], text(now), ARGV[at]) end
end
local member = redis.call('ZSCORE', KEYS[4], 'd|' .. id) and 'd|' .. id or 'r|' .. id
if ARGV[3] == 'done' then
  redis.call('ZREM', KEYS[4], member)
  redis.call('HDEL', KEYS[6], id)
elseif ARGV[3] == 'again' then redis.call('ZADD', KEYS[4], text(now + tonumber(ARGV[4])), member) end
if ARGV[3] ~= 'keep' then redis.call('HDEL', KEYS[3], id) end
local function forget(key, ids)
  for _, one in ipairs(ids) do
    redis.call('ZREM', key, one)
    redis.call('HDEL', KEYS[2], one)
  end
end
forget(KEYS[7], redis.call('ZRANGE', KEYS[7], '-inf', text(now - ${ENDED_KEPT_MS}), 'BYSCORE', 'LIMIT', 0, 100))
forget(KEYS[8], redis.call('ZRANGE', KEYS[8], '-inf', text(now - ${FAILED_KEPT_MS}), 'BYSCORE', 'LIMIT', 0, 100))
local over = redis.call('ZCARD', KEYS[8]) - ${MAX_FAILED_KEPT}
if over > 0 then forget(KEYS[8], redis.call('ZRANGE', KEYS[8], 0, math.min(over, 100) - 1)) end
return 'settled'
`);

/**
 * KEYS log, notices, notices:due of the channel, notices:failed, notices:off; ARGV notice id, the notice as the caller saw it, as it is
 * now, payload, channel. A failed notice waits once more, and its channel is tried though it was off: 'again', or 'moved' when the notice is another by now.
 */
export const sendAgainScript = script(`#!lua flags=allow-oom
${NOW}${APPEND}if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 'moved' end
append(KEYS[1], ARGV[4])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('HDEL', KEYS[5], ARGV[5])
redis.call('ZADD', KEYS[3], text(now), 'r|' .. ARGV[1])
return 'again'
`);
