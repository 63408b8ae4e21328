import { MAX_UNPACK } from '../model/limits.js';
import { type Script, type ScriptArgument, script } from '../redis/script.js';
import { COMMIT_HASHES, type CommitPart, type CommitWrite } from './commit-plan.js';
import type { HotKeys } from './keys.js';

/** A stream that is further ahead of the cursor than any commit could have made it holds somebody else's entries. */
const MOST_AHEAD = 1_000_000;

/**
 * One part of a commit (C2, C3). KEYS cursor, alerts, visits, committing, the hashes; ARGV expected cursor, new cursor ('' =
 * leave), expected run id ('' = any), expected last alert, expected last visit, live channel, live message ('' = none), the
 * commit's mark ('' = it has one part), 1 for its first part; then for each stream n and n times number, json; for each hash n
 * and n times field, json, then m and m fields to delete.
 *
 * C5: the parts of two commits must not mix, or values of the one would stand under the cursor of the other. The first part
 * leaves its commit's mark, and the others go through only while it stands.
 *
 * A stream's last number is the last that was ever given in it: a version that somebody deleted by hand is lost, and so are all when the key
 * is, but the commits go on, and the record check names what is gone.
 *
 * Redis does not roll a script back, so everything that may fail is looked at before the first write. Answers
 * {'run', run id}, {'cursor', found, run id}, {'mixed'}, {'type', key, got, expected}, {'stream', key, its last number} or, when
 * it has written, {'written', found, run id}. allow-oom (R1): at maxmemory alerts go on; what a commit adds is small.
 */
export const commitScript: Script = script(`#!lua flags=allow-oom
local runId = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if ARGV[3] ~= '' and ARGV[3] ~= runId then return {'run', runId} end

local expectedTypes = {'string', 'stream', 'stream', 'string', ${COMMIT_HASHES.map(() => "'hash'").join(', ')}}
for i, expected in ipairs(expectedTypes) do
  local got = redis.call('TYPE', KEYS[i]).ok
  if got ~= 'none' and got ~= expected then return {'type', KEYS[i], got, expected} end
end

local found = redis.call('GET', KEYS[1]) or ''
if found ~= ARGV[1] then return {'cursor', found, runId} end
local mark = ARGV[8]
if mark ~= '' and ARGV[9] ~= '1' and redis.call('GET', KEYS[4]) ~= mark then return {'mixed'} end

local function lastNumber(key, expectedLast)
  if redis.call('EXISTS', key) == 0 then return expectedLast end
  local info = redis.call('XINFO', 'STREAM', key)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return tonumber(string.match(info[i + 1], '^%d+')) end
  end
end
local at = 10
local streams = {}
for i = 2, 3 do
  local expectedLast = tonumber(ARGV[i + 2])
  local stream = {key = KEYS[i], last = lastNumber(KEYS[i], expectedLast), n = tonumber(ARGV[at]), from = at + 1}
  local first = stream.n > 0 and tonumber(ARGV[stream.from]) or expectedLast + 1
  if stream.last < first - 1 or stream.last > expectedLast + ${MOST_AHEAD} then
    return {'stream', stream.key, tostring(stream.last)}
  end
  streams[i - 1] = stream
  at = stream.from + 2 * stream.n
end

for _, stream in ipairs(streams) do
  for i = 0, stream.n - 1 do
    local number = tonumber(ARGV[stream.from + 2 * i])
    if number > stream.last then
      redis.call('XADD', stream.key, ARGV[stream.from + 2 * i] .. '-0', 'json', ARGV[stream.from + 2 * i + 1])
    end
  end
end
local function each(command, key, size)
  local n = tonumber(ARGV[at]) * size
  local to = at + n
  for from = at + 1, to, ${MAX_UNPACK} do
    redis.call(command, key, unpack(ARGV, from, math.min(from + ${MAX_UNPACK - 1}, to)))
  end
  at = to + 1
end
for i = 5, ${4 + COMMIT_HASHES.length} do
  each('HSET', KEYS[i], 2)
  each('HDEL', KEYS[i], 1)
end
if mark ~= '' and ARGV[2] == '' then redis.call('SET', KEYS[4], mark) else redis.call('DEL', KEYS[4]) end
if ARGV[7] ~= '' then redis.call('SPUBLISH', ARGV[6], ARGV[7]) end
if ARGV[2] ~= '' then redis.call('SET', KEYS[1], ARGV[2]) end
return {'written', found, runId}
`);

export interface CommitCall {
  readonly expectedText: string;
  readonly targetText: string;
  readonly runId: string;
  readonly expectedLastAlert: number;
  readonly expectedLastVisit: number;
  readonly liveMessage: string;
  readonly liveChannel: string;
  /** The commit's own; '' when it has one part. */
  readonly mark: string;
}

export function commitKeys(keys: HotKeys): string[] {
  return [keys.cursor, keys.alerts, keys.visits, keys.committing, ...COMMIT_HASHES.map((hash) => keys[hash])];
}

export function commitArguments(parts: readonly CommitPart[], at: number, call: CommitCall): ScriptArgument[] {
  const part = parts[at] as CommitPart;
  return [
    call.expectedText,
    part.movesCursor ? call.targetText : '',
    call.runId,
    call.expectedLastAlert,
    call.expectedLastVisit,
    call.liveChannel,
    part.movesCursor ? call.liveMessage : '',
    call.mark,
    at === 0 ? 1 : 0,
    ...streamArguments(part.writes, 'alerts'),
    ...streamArguments(part.writes, 'visits'),
    ...COMMIT_HASHES.flatMap((hash) => hashArguments(part.writes, hash)),
  ];
}

function streamArguments(writes: readonly CommitWrite[], to: 'alerts' | 'visits'): ScriptArgument[] {
  const args: ScriptArgument[] = [];
  for (const write of writes) if (write.to === to) args.push(write.transition, write.json);
  return [args.length / 2, ...args];
}

function hashArguments(writes: readonly CommitWrite[], to: (typeof COMMIT_HASHES)[number]): ScriptArgument[] {
  const sets: string[] = [];
  const deletions: string[] = [];
  for (const write of writes) {
    if (write.to !== to) continue;
    if (write.json === null) deletions.push(write.field);
    else sets.push(write.field, write.json);
  }
  return [sets.length / 2, ...sets, deletions.length, ...deletions];
}
