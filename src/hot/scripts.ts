import { script } from '../redis/script.js';

/** Compares stream ids as numbers: text order fails where the digits grow. */
const compareIds = `
local function partsOf(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local function before(a, b)
  local aMs, aSeq = partsOf(a)
  local bMs, bSeq = partsOf(b)
  return aMs < bMs or (aMs == bMs and aSeq < bSeq)
end
`;

/**
 * First in each script that writes what an engine found out (F1): ARGV[1] is the run of Redis that it was found out from ('' =
 * any). After a failover the same ids may name other entries.
 */
const sameRun = `
local runId = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if ARGV[1] ~= '' and ARGV[1] ~= runId then return {'run', runId} end
`;

/** KEYS cursor. {cursor or '', run id}. */
export const openCursorScript = script(`#!lua flags=no-writes
return {redis.call('GET', KEYS[1]) or '', string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')}
`);

/** Freeing 50,000 entries of 8 KB blocks Redis for 60 ms: about this many go in one call. */
const MAX_TRIMMED = 10_000;
/** `~` takes whole nodes of at most 100 entries: a call that took fewer than this has come to the floor's node. */
export const TRIM_UNFINISHED = MAX_TRIMMED - 1_000;

/**
 * KEYS cursor, snapshot, log, trimmed; ARGV run id, pointer, its log id, its fold version, archived up to ('' = nothing is archived: trim
 * nothing). Answers {stored (1, 0), entries trimmed}; call it again when those are TRIM_UNFINISHED or more. S1: an older pointer
 * never replaces a newer one, none is ahead of the cursor. L1: the log keeps the entry at its floor. No other code trims.
 */
export const snapshotScript = script(`#!lua flags=allow-oom
${sameRun}${compareIds}
local cursor = redis.call('GET', KEYS[1])
local stored = redis.call('GET', KEYS[2])
local storedCursor = stored and cjson.decode(stored).cursor
local written = 0
if cursor then
  cursor = cjson.decode(cursor)
  local foldVersion = tonumber(ARGV[4])
  local newer = not storedCursor or before(storedCursor.logId, ARGV[3])
    or (storedCursor.logId == ARGV[3] and storedCursor.foldVersion < foldVersion)
  if newer and not before(cursor.logId, ARGV[3]) and foldVersion >= cursor.foldVersion then
    redis.call('SET', KEYS[2], ARGV[2])
    storedCursor = {logId = ARGV[3]}
    written = 1
  end
end
local trimmed = 0
if ARGV[5] ~= '' and storedCursor then
  local floor = before(ARGV[5], storedCursor.logId) and ARGV[5] or storedCursor.logId
  local standing = redis.call('XRANGE', KEYS[3], floor, floor, 'COUNT', 1)[1]
  if standing then
    trimmed = redis.call('XTRIM', KEYS[3], 'MINID', '~', floor, 'LIMIT', ${MAX_TRIMMED})
    if trimmed < ${TRIM_UNFINISHED} then trimmed = trimmed + redis.call('XTRIM', KEYS[3], 'MINID', floor) end
    if trimmed > 0 then redis.call('INCRBY', KEYS[4], trimmed) end
  end
end
return {written, trimmed}
`);

/**
 * KEYS cursor, log; ARGV run id, expected cursor, payload. V1: appends a fold entry if the cursor is as expected, under the time
 * of the last entry: a takeover is no news about time. 1 when it did.
 */
export const foldScript = script(`#!lua flags=allow-oom
${sameRun}
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then return 0 end
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
if not last then return 0 end
local fields = {'k', 'fold', 'p', ARGV[3]}
if last[2][6] then fields[5], fields[6] = 't', last[2][6] end
redis.call('XADD', KEYS[2], string.match(last[1], '^%d+') .. '-*', unpack(fields))
return 1
`);

/** KEYS cursor, plan; ARGV run id, expected cursor, plan. 1 when it was written. */
export const planScript = script(`#!lua flags=allow-oom
${sameRun}
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[2], ARGV[3])
return 1
`);

/** KEYS skipped; ARGV run id, log id, why. The first reason stays. */
export const skippedScript = script(`#!lua flags=allow-oom
${sameRun}
return redis.call('HSETNX', KEYS[1], ARGV[2], ARGV[3])
`);

/** KEYS skipped; ARGV run id, log id, the clearing as JSON. 1, or 0 when no such entry was skipped. The first clearing stays. */
export const clearSkippedScript = script(`#!lua flags=allow-oom
${sameRun}
local text = redis.call('HGET', KEYS[1], ARGV[2])
if not text then return {0} end
local why = cjson.decode(text)
if not why.cleared then
  why.cleared = cjson.decode(ARGV[3])
  redis.call('HSET', KEYS[1], ARGV[2], cjson.encode(why))
end
return {1}
`);

/** KEYS cursor, log. {cursor or '', id of the last entry or '', id of the first entry after the cursor or ''}, all of one instant. */
export const lagScript = script(`#!lua flags=no-writes
local cursor = redis.call('GET', KEYS[1]) or ''
local from = cursor == '' and '-' or '(' .. cjson.decode(cursor).logId
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
local waiting = redis.call('XRANGE', KEYS[2], from, '+', 'COUNT', 1)[1]
return {cursor, last and last[1] or '', waiting and waiting[1] or ''}
`);

/** KEYS cursor, alerts:open, coverage, positions, units, tasks. Q1: all of one instant. */
export const liveScript = script(`#!lua flags=no-writes
return {
  redis.call('GET', KEYS[1]) or '',
  redis.call('HVALS', KEYS[2]),
  redis.call('HVALS', KEYS[3]),
  redis.call('HVALS', KEYS[4]),
  redis.call('HVALS', KEYS[5]),
  redis.call('HVALS', KEYS[6]),
}
`);

/**
 * KEYS stream, cursor; ARGV after (number), count, what the cursor calls the last number that is committed ('': all that is written).
 * {first number or '', last number or '', entries}, all of one instant (Q2). Of a commit in several parts the first are written before it
 * stands; where nothing that stands is there any more, the first number is the next one.
 */
export const pageScript = script(`#!lua flags=no-writes
local function number(entry)
  return entry and tonumber(string.match(entry[1], '^%d+'))
end
local function text(n)
  return n and string.format('%.0f', n) or ''
end
local first = number(redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1])
local last = number(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1])
local cursor = ARGV[3] ~= '' and redis.call('GET', KEYS[2])
local committed = cursor and cjson.decode(cursor)[ARGV[3]] or last
if last and last > committed then
  last = committed
  first = math.min(first, committed + 1)
end
return {text(first), text(last), redis.call('XRANGE', KEYS[1], '(' .. ARGV[1] .. '-0', last and text(last) .. '-0' or '+', 'COUNT', ARGV[2])}
`);

/**
 * KEYS alerts:open, alerts:closed, alerts; ARGV alert id, most versions. Its versions, newest first, by \`previous\`. The hash
 * says where the list begins: after a refused action it holds the state that the refusal left as it was, under its number.
 */
export const versionsScript = script(`#!lua flags=no-writes
local function told(transition)
  local id = string.format('%.0f-0', transition)
  local entry = redis.call('XRANGE', KEYS[3], id, id)[1]
  return entry and entry[2][2]
end
local state = redis.call('HGET', KEYS[1], ARGV[1]) or redis.call('HGET', KEYS[2], ARGV[1])
local json = state and (told(cjson.decode(state).transition) or state)
local versions = {}
while json and #versions < tonumber(ARGV[2]) do
  versions[#versions + 1] = json
  local previous = cjson.decode(json).previous
  json = type(previous) == 'number' and told(previous)
end
return versions
`);

/**
 * KEYS alerts; ARGV transitions. For each the last one, back from it by \`previous\`, that is no refused action; 0 when that is not
 * there any more.
 */
export const acceptedScript = script(`#!lua flags=no-writes
local accepted = {}
for i, transition in ipairs(ARGV) do
  local at = tonumber(transition)
  while at do
    local id = string.format('%.0f-0', at)
    local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
    if not entry then at = nil break end
    local json = entry[2][2]
    if not string.find(json, '"change":"refused"', 1, true) then break end
    local version = cjson.decode(json)
    if version.change ~= 'refused' then break end
    at = type(version.previous) == 'number' and version.previous or nil
  end
  accepted[i] = at or 0
end
return accepted
`);

/** KEYS archived; ARGV log id. A1: the copy of what a manifest says only goes on; answers what it is then. */
export const archivedScript = script(`#!lua flags=allow-oom
${compareIds}
local known = redis.call('GET', KEYS[1])
if known and not before(known, ARGV[1]) then return known end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
`);

/** KEYS deployment; ARGV an id. The id that the first call made; it is kept for as long as the data are. */
export const deploymentScript = script(`#!lua flags=allow-oom
redis.call('SET', KEYS[1], ARGV[1], 'NX')
return redis.call('GET', KEYS[1])
`);

/** KEYS connection; ARGV tracker, connection id, channel. {claim, previous connection id or ''}. The last claim wins. */
export const claimScript = script(`#!lua flags=allow-oom
local known = redis.call('HGET', KEYS[1], ARGV[1])
local previous = known and cjson.decode(known) or {connectionId = '', claim = 0}
if previous.connectionId == ARGV[2] then return {previous.claim, ''} end
local claim = previous.claim + 1
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({connectionId = ARGV[2], claim = claim}))
redis.call('SPUBLISH', ARGV[3], cjson.encode({tracker = ARGV[1], connectionId = ARGV[2], claim = claim}))
return {claim, previous.connectionId}
`);

/**
 * KEYS revoked or revoked:holders, revocations; ARGV member, its instant (ms), instants up to which members are forgotten (ms), most
 * members. 1, or 0 when there are so many already. Moves the instant of a member later, never earlier.
 */
export const revokeScript = script(`#!lua flags=allow-oom
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
redis.call('INCR', KEYS[2])
return 1
`);

/** KEYS ticket; ARGV value, life (ms). 1, or 0 when that ticket exists. */
export const putTicketScript = script(`#!lua flags=allow-oom
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], 'NX') and 1 or 0
`);
