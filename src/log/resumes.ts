import { decodeLogEntry, encodeLogEntry } from '../codec/log-codec.js';
import { BeatwatchError } from '../model/errors.js';
import { MAX_ENTRIES_PER_READ, OUTAGE_HOLE_MS } from '../model/limits.js';
import type { ResumeEntry } from '../model/log-entry.js';
import { formatLogId, type LogId, parseLogId } from '../model/log-id.js';
import { type RedisConnection, whenReady } from '../redis/connection.js';
import { districtKey } from '../redis/district-key.js';
import { untilKnown } from '../redis/outcome.js';
import { runScript } from '../redis/script.js';
import { logEnd, logKey, logTimeOf, rawEntryOf } from './raw-entry.js';
import { resumeScript } from './scripts.js';

/** Where log time went back, and by how much. */
export type Resume = Pick<ResumeEntry, 'sinceMs' | 'atMs' | 'skippedToMs'>;

/** How often a log may move while it is being resumed. */
const ATTEMPTS = 5;

/** Every `resume` of a log, in its order. */
export async function readResumes(connection: RedisConnection, district: string): Promise<readonly Resume[]> {
  const records = await connection.lrange(districtKey(district, 'resumed'), 0, -1);
  return records.map((record) => JSON.parse(record) as Resume);
}

export interface ResumeOptions {
  readonly district: string;
  /** Purpose `append`. */
  readonly connection: RedisConnection;
  readonly actor: string;
  readonly reason: string;
  /** Since when the log's time is wrong, ms; null: since its last entry that is not ahead of the clock. */
  readonly sinceMs: number | null;
}

/**
 * Lets a log go on whose last entry is ahead of the clock, Redis's own: appends a `resume` entry, deletes nothing. Codes: `log-missing`,
 * `log-virtual`, `log-not-ahead` (there is nothing to resume: also when somebody else was first), `resume-since`, `log-moves` (a
 * process whose clock is wrong still appends).
 */
export async function resumeLog(o: ResumeOptions): Promise<ResumeEntry & { readonly id: LogId }> {
  const { district, connection } = o;
  await whenReady(connection);
  await refuseVirtual(o);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const end = await logEnd(connection, district);
    if (end === null) throw new BeatwatchError('log-missing', `log of ${district}: got none, expected one to resume`);
    const atMs = await redisNowMs(connection);
    if (end.atMs - atMs <= OUTAGE_HOLE_MS) {
      const got = `a log whose last entry is at ${instant(end.atMs)}, with the clock at ${instant(atMs)}`;
      throw failure(
        'log-not-ahead',
        o,
        `${got}, expected one that is more than ${OUTAGE_HOLE_MS} ms ahead: nothing to do`,
      );
    }
    const lastRightMs = await lastRight(connection, district, atMs);
    const sinceMs = o.sinceMs ?? lastRightMs;
    if (sinceMs > lastRightMs) {
      throw failure(
        'resume-since',
        o,
        `got ${instant(sinceMs)}, expected at most ${instant(lastRightMs)}: the log is ahead since then`,
      );
    }
    const { actor, reason } = o;
    const entry: ResumeEntry = { kind: 'resume', sinceMs, atMs, skippedToMs: end.atMs, actor, reason };
    const reply = await append(o, entry);
    if (!Array.isArray(reply)) return { ...entry, id: parseLogId(String(reply)) };
  }
  throw failure(
    'log-moves',
    o,
    'the log moved while it was to be resumed: stop the process whose clock is ahead, then try again',
  );
}

function append({ connection, district }: ResumeOptions, entry: ResumeEntry): Promise<unknown> {
  const keys = [logKey(district), districtKey(district, 'resumed')];
  const { sinceMs, atMs, skippedToMs } = entry;
  const record = JSON.stringify({ sinceMs, atMs, skippedToMs } satisfies Resume);
  const args = [skippedToMs, atMs, Buffer.from(encodeLogEntry(entry)), record];
  return untilKnown(connection, () => runScript(connection, resumeScript, keys, args));
}

/** A virtual clock is wherever its driver puts it. */
async function refuseVirtual(o: ResumeOptions): Promise<void> {
  const kept = await o.connection.getBuffer(districtKey(o.district, 'genesis'));
  if (kept === null) throw failure('log-missing', o, 'got no log, expected one to resume');
  const genesis = decodeLogEntry('genesis', kept);
  if (genesis.kind === 'genesis' && genesis.clock === 'wall') return;
  throw failure('log-virtual', o, 'got a log on a virtual clock, expected the wall clock: move the virtual clock');
}

async function redisNowMs(connection: RedisConnection): Promise<number> {
  const [seconds, micros] = await connection.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

/** Log time of the last entry that is not ahead of the clock; the first entry's at the earliest. */
async function lastRight(connection: RedisConnection, district: string, nowMs: number): Promise<number> {
  let before = '+';
  for (;;) {
    const page = await connection.xrevrangeBuffer(logKey(district), before, '-', 'COUNT', MAX_ENTRIES_PER_READ);
    const entries = page.map(rawEntryOf);
    const found = entries.find((entry) => logTimeOf(entry) <= nowMs);
    if (found !== undefined) return logTimeOf(found);
    const last = entries.at(-1);
    // All of it is ahead: nothing of its time is right.
    if (last === undefined) return nowMs;
    before = `(${formatLogId(last.id)}`;
  }
}

function failure(code: string, { district }: ResumeOptions, message: string): BeatwatchError {
  return new BeatwatchError(code, `log of ${district}: ${message}`, { district });
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
