import { BeatwatchError, messageOf } from '../model/errors.js';
import { isReply, replyWord } from '../redis/outcome.js';

/**
 * Why the log took nothing; the same entry may be offered again, and nothing was written but in the first case:
 * - `log-not-replicated`: it is in the log, but not on as many replicas as it must be (F1);
 * - `log-full`: Redis is at maxmemory (fixes and heartbeats only, R1); `log-disk`: it cannot write its file; `log-readonly`: it is a replica now;
 * - `log-clock`: the clock of who appends is wrong (T2), or so far ahead that the log's time would run away with it;
 * - `log-no-replicas`: fewer replicas than `min-replicas-to-write`; `log-denied`: our account may not;
 * - `log-wrong-type`: the key holds something else; `log-missing`: there is no log (genesis first);
 * - `log-busy`: more appends wait than the queue holds; `log-entry-too-large`; `log-refused`: anything else Redis said.
 */
export type LogFailureCode =
  | 'log-not-replicated'
  | 'log-full'
  | 'log-clock'
  | 'log-disk'
  | 'log-readonly'
  | 'log-no-replicas'
  | 'log-denied'
  | 'log-wrong-type'
  | 'log-missing'
  | 'log-busy'
  | 'log-refused'
  | 'log-entry-too-large';

const CODES: Readonly<Record<string, LogFailureCode>> = {
  OOM: 'log-full',
  MISCONF: 'log-disk',
  READONLY: 'log-readonly',
  NOREPLICAS: 'log-no-replicas',
  NOPERM: 'log-denied',
  NOAUTH: 'log-denied',
  WRONGTYPE: 'log-wrong-type',
};

/** A coded error for a refusal by Redis; other errors stay as they are. */
export function logFailureOf(error: unknown, district: string): unknown {
  if (!isReply(error)) return error;
  return logFailure(CODES[replyWord(error)] ?? 'log-refused', district, `Redis said: ${messageOf(error)}`, error);
}

export function logFailure(code: LogFailureCode, district: string, got: string, cause?: unknown): BeatwatchError {
  return new BeatwatchError(code, `the log of ${district} did not take the entry: ${got}`, { district }, { cause });
}
