import { districtKey } from '../redis/district-key.js';
import type { RedisConnection } from '../redis/connection.js';
import { runScript, script } from '../redis/script.js';
import { HOT_KEY_NAMES } from './keys.js';

/** KEYS cursor, stream; ARGV after (number), last committed field of the cursor, count. Numbers and JSON by turns: what is committed above it. */
const committedScript = script(`#!lua flags=no-writes
local cursor = redis.call('GET', KEYS[1])
if not cursor then return {} end
local last = string.format('%.0f', cjson.decode(cursor)[ARGV[2]])
local found = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '(' .. ARGV[1] .. '-0', last, 'COUNT', ARGV[3])) do
  found[#found + 1] = string.match(entry[1], '^%d+')
  found[#found + 1] = entry[2][2]
end
return found
`);

/** Versions in one read. */
const MOST = 500;
const LAST_FIELD = { alerts: 'lastAlert', visits: 'lastVisit' } as const;

/** The streams of versions of a district as they stand in Redis, byte by byte. */
export class CommittedVersions {
  readonly #district: string;
  readonly #query: RedisConnection;

  /** `query` has that purpose. */
  constructor(o: { readonly district: string; readonly query: RedisConnection }) {
    this.#district = o.district;
    this.#query = o.query;
  }

  /** Versions above a number that the cursor has passed, in order, at most some hundred; empty: there is none now. */
  async read(
    stream: 'alerts' | 'visits',
    after: number,
  ): Promise<readonly { readonly transition: number; readonly json: string }[]> {
    const keys = [HOT_KEY_NAMES.cursor, HOT_KEY_NAMES[stream]].map((name) => districtKey(this.#district, name));
    const reply = (await runScript(this.#query, committedScript, keys, [after, LAST_FIELD[stream], MOST])) as unknown[];
    const texts = reply.map(String);
    return texts.flatMap((number, i) =>
      i % 2 === 0 ? [{ transition: Number(number), json: texts[i + 1] ?? '' }] : [],
    );
  }
}
