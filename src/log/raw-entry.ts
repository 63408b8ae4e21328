import { createHash } from 'node:crypto';
import { BeatwatchError } from '../model/errors.js';
import { type LogId, parseLogId } from '../model/log-id.js';
import { districtKey } from '../redis/district-key.js';
import type { RedisConnection } from '../redis/connection.js';

/** An entry as the stream holds it: fields `k` (kind) and `p` (payload, see `codec/log-codec.ts`). */
export interface RawEntry {
  readonly id: LogId;
  readonly kind: string;
  readonly payload: Uint8Array;
}

export function logKey(district: string): string {
  return districtKey(district, 'log');
}

/** Id of the last entry, or null of an empty log. */
export async function lastId(connection: RedisConnection, district: string): Promise<LogId | null> {
  const [last] = await connection.xrevrangeBuffer(logKey(district), '+', '-', 'COUNT', 1);
  return last === undefined ? null : rawEntryOf(last).id;
}

/** One reply element `[id, [k, kind, p, payload]]`; code `log-foreign-entry` for anything else. */
export function rawEntryOf(reply: unknown): RawEntry {
  const [id, fields] = Array.isArray(reply) ? (reply as unknown[]) : [];
  const [kindName, kind, payloadName, payload, ...more] = Array.isArray(fields) ? (fields as unknown[]) : [];
  const expected = String(kindName) === 'k' && String(payloadName) === 'p' && more.length === 0;
  if (!expected || !Buffer.isBuffer(payload)) {
    throw new BeatwatchError(
      'log-foreign-entry',
      `got a log entry ${String(id)} with fields ${JSON.stringify(Array.isArray(fields) ? fields.map(String) : fields).slice(0, 200)}, expected k and p: somebody else wrote into the log`,
      { id: String(id) },
    );
  }
  return { id: parseLogId(String(id)), kind: String(kind), payload };
}

/** What `readScript` computes in Redis: it tells two entries under one id apart. */
export function digestOf(entry: RawEntry): string {
  return createHash('sha1').update(`${entry.kind}\0`).update(entry.payload).digest('hex');
}
