import type { MissingNumbers, RecordFacts, StreamFacts } from '../model/losses.js';
import { script } from '../redis/script.js';
import { parseCursor } from './cursor-json.js';

/**
 * KEYS cursor, log, alerts, visits, trimmed. {cursor or '', of alerts and of visits {first id or '', last id or '', length}, of the
 * log {length, entries ever added, newest entry deleted one by one, last id ever given}, entries trimmed}, all of one instant.
 */
export const recordFactsScript = script(`#!lua flags=no-writes
local function ends(key)
  local first = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
  local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  return {first and first[1] or '', last and last[1] or '', redis.call('XLEN', key)}
end
local info = {length = 0, ['entries-added'] = 0, ['max-deleted-entry-id'] = '0-0', ['last-generated-id'] = '0-0'}
if redis.call('EXISTS', KEYS[2]) == 1 then
  local flat = redis.call('XINFO', 'STREAM', KEYS[2])
  for i = 1, #flat, 2 do info[flat[i]] = flat[i + 1] end
end
return {
  redis.call('GET', KEYS[1]) or '',
  ends(KEYS[3]),
  ends(KEYS[4]),
  {info.length, info['entries-added'], info['max-deleted-entry-id'], info['last-generated-id']},
  redis.call('GET', KEYS[5]) or '0',
}
`);

/** Versions that one step of a search for holes looks at. */
const HOLE_STEP = 1_000;
/**
 * KEYS stream; ARGV after (number), most versions. {where it ended, '' at the end of the stream; then from, to, from, to …: numbers
 * that lack between versions that stand}.
 */
export const holesScript = script(`#!lua flags=no-writes
local expected = tonumber(ARGV[1]) + 1
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1] .. '-0', '+', 'COUNT', ARGV[2])
local found = {''}
for _, entry in ipairs(entries) do
  local number = tonumber(string.match(entry[1], '^%d+'))
  if number > expected then
    found[#found + 1] = string.format('%.0f', expected)
    found[#found + 1] = string.format('%.0f', number - 1)
  end
  expected = number + 1
end
if #entries == tonumber(ARGV[2]) then found[1] = string.format('%.0f', expected - 1) end
return found
`);
export const holesArguments = (after: number): readonly number[] => [after, HOLE_STEP];

export function recordFactsOf([cursorText, alerts, visits, log, trimmed]: readonly unknown[]): RecordFacts {
  const cursor = parseCursor(String(cursorText));
  const [length, added, deleted, lastId] = log as readonly unknown[];
  return {
    alerts: streamFactsOf(alerts, cursor?.lastAlert ?? 0),
    visits: streamFactsOf(visits, cursor?.lastVisit ?? 0),
    log: {
      length: Number(length),
      added: Number(added),
      trimmed: Number(String(trimmed)),
      deletedUpTo: idOf(deleted),
      lastId: idOf(lastId),
    },
  };
}

export function holesOf([next, ...numbers]: readonly unknown[]): {
  readonly holes: readonly MissingNumbers[];
  readonly next: number | null;
} {
  const bounds = numbers.map((number) => Number(String(number)));
  const holes = bounds.flatMap((from, i) => (i % 2 === 0 ? [{ from, to: bounds[i + 1] ?? from }] : []));
  return { holes, next: String(next) === '' ? null : Number(String(next)) };
}

function streamFactsOf(ends: unknown, written: number): StreamFacts {
  const [first, last, length] = ends as readonly unknown[];
  return { first: numberOf(first), last: numberOf(last), length: Number(length), written };
}

function numberOf(id: unknown): number {
  return Number(/^\d+/.exec(String(id))?.[0] ?? 0);
}

function idOf(id: unknown): string | null {
  return String(id) === '0-0' ? null : String(id);
}
