import { createHash } from 'node:crypto';
import { BeatwatchError } from '../model/errors.js';
import { type LogId, parseLogId } from '../model/log-id.js';
import { districtKey } from '../redis/district-key.js';
import type { RedisConnection } from '../redis/connection.js';
import { runScript } from '../redis/script.js';
import { lastScript } from './scripts.js';

/** An entry as the stream holds it: fields `k` (kind), `p` (payload, see `codec/log-codec.ts`) and, after a `resume`, `t`. */
export interface RawEntry {
  readonly id: LogId;
  readonly kind: string;
  readonly payload: Uint8Array;
  /** Its log time where that is not its id's: the log was ahead of the clock, and was resumed (field `t`). */
  readonly atMs?: number;
}

/** The log's time at an entry, ms. */
export function logTimeOf({ id, atMs }: Pick<RawEntry, 'id' | 'atMs'>): number {
  return atMs ?? id.ms;
}

export function logKey(district: string): string {
  return districtKey(district, 'log');
}

/** Where a log ends: its last entry's id and log time. */
export interface LogEnd {
  readonly id: LogId;
  readonly atMs: number;
}

/** Null of an empty log. */
export async function logEnd(connection: RedisConnection, district: string): Promise<LogEnd | null> {
  const [id, atMs] = (await runScript(connection, lastScript, [logKey(district)], [])) as readonly unknown[];
  return id === undefined ? null : { id: parseLogId(String(id)), atMs: Number(atMs) };
}

/** Id of the last entry, or null of an empty log. */
export async function lastId(connection: RedisConnection, district: string): Promise<LogId | null> {
  return (await logEnd(connection, district))?.id ?? null;
}

/** One reply element `[id, [k, kind, p, payload, t, log time]]`, the last two if any; code `log-foreign-entry` for anything else. */
export function rawEntryOf(reply: unknown): RawEntry {
  const [id, fields] = Array.isArray(reply) ? (reply as unknown[]) : [];
  const [kindName, kind, payloadName, payload, ...more] = Array.isArray(fields) ? (fields as unknown[]) : [];
  const atMs = more.length === 2 && String(more[0]) === 't' ? Number(more[1]) : undefined;
  const isWhole = more.length === 0 || Number.isSafeInteger(atMs);
  const expected = String(kindName) === 'k' && String(payloadName) === 'p' && isWhole;
  if (!expected || !Buffer.isBuffer(payload)) {
    throw new BeatwatchError(
      'log-foreign-entry',
      `got a log entry ${String(id)} with fields ${JSON.stringify(Array.isArray(fields) ? fields.map(String) : fields).slice(0, 200)}, expected k and p (and t after a resume): somebody else wrote into the log`,
      { id: String(id) },
    );
  }
  const entry = { id: parseLogId(String(id)), kind: String(kind), payload };
  return atMs === undefined ? entry : { ...entry, atMs };
}

/** What `readScript` computes in Redis: it tells two entries under one id apart. */
export function digestOf(entry: RawEntry): string {
  const hash = createHash('sha1').update(`${entry.kind}\0`).update(entry.payload);
  return (entry.atMs === undefined ? hash : hash.update(`\0${entry.atMs}`)).digest('hex');
}
