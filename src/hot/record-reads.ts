import type { MissingNumbers, RecordFacts, StreamFacts } from '../model/losses.js';
import { script } from '../redis/script.js';
import { parseCursor } from './cursor-json.js';

/**
 * KEYS cursor, log, alerts, visits, trimmed, trimmed:versions. {cursor or '', of alerts and of visits {first id or '', last id or '',
 * length}, of the log {length, entries ever added, newest entry deleted one by one, last id ever given}, entries trimmed, fields and values
 * of trimmed:versions by turns}, all of one instant.
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
  redis.call('HGETALL', KEYS[6]),
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

export function recordFactsOf([cursorText, alerts, visits, log, trimmed, versions]: readonly unknown[]): RecordFacts {
  const cursor = parseCursor(String(cursorText));
  const [length, added, deleted, lastId] = log as readonly unknown[];
  const trims = fieldsOf(versions as readonly unknown[]);
  return {
    alerts: { ...streamFactsOf(alerts, cursor?.lastAlert ?? 0), ...trimFactsOf('alerts', trims) },
    visits: { ...streamFactsOf(visits, cursor?.lastVisit ?? 0), ...trimFactsOf('visits', trims) },
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

type TrimFacts = Pick<StreamFacts, 'trimmedUpTo' | 'lostBefore' | 'holesBefore'>;

function fieldsOf(flat: readonly unknown[]): ReadonlyMap<string, string> {
  const texts = flat.map(String);
  return new Map(texts.flatMap((name, i) => (i % 2 === 0 ? [[name, texts[i + 1] ?? ''] as const] : [])));
}

function trimFactsOf(stream: 'alerts' | 'visits', fields: ReadonlyMap<string, string>): TrimFacts {
  const holes = Array.from({ length: Number(fields.get(`${stream}:holes`) ?? 0) }, (_, i) => {
    const bounds = fields
      .get(`${stream}:hole:${i + 1}`)
      ?.split('-')
      .map(Number);
    return bounds === undefined ? [] : [{ from: bounds[0] ?? 0, to: bounds[1] ?? 0 }];
  });
  return {
    trimmedUpTo: Number(fields.get(stream) ?? 0),
    lostBefore: Number(fields.get(`${stream}:lost`) ?? 0),
    holesBefore: holes.flat(),
  };
}

function streamFactsOf(ends: unknown, written: number): Omit<StreamFacts, keyof TrimFacts> {
  const [first, last, length] = ends as readonly unknown[];
  return { first: numberOf(first), last: numberOf(last), length: Number(length), written };
}

function numberOf(id: unknown): number {
  return Number(/^\d+/.exec(String(id))?.[0] ?? 0);
}

function idOf(id: unknown): string | null {
  return String(id) === '0-0' ? null : String(id);
}
