import { setTimeout as sleep } from 'node:timers/promises';
import { BeatwatchError } from '../model/errors.js';
import { closedError, type RedisConnection, whenReady } from './connection.js';

/** What a failed command tells: it was refused, it may be tried again, or nobody knows whether it was carried out. */
export type Failure = 'refused' | 'not-yet' | 'unknown';

/** Replies by which Redis says "not now": nothing was carried out, and later it may be. */
const NOT_YET = ['LOADING', 'BUSY', 'TRYAGAIN', 'CLUSTERDOWN', 'MASTERDOWN'];

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;

/** Is it an error that Redis itself answered with, and (if given) with this first word? */
export function isReply(error: unknown, word?: string): error is Error {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return false;
  return word === undefined || replyWord(error) === word;
}

/** `OOM` of `OOM command not allowed …`. */
export function replyWord(error: Error): string {
  return /^[A-Z]+/.exec(error.message)?.[0] ?? '';
}

export function failureOf(error: unknown): Failure {
  if (!isReply(error)) return isBug(error) ? 'refused' : 'unknown';
  return NOT_YET.includes(replyWord(error)) ? 'not-yet' : 'refused';
}

/** Thrown by our own code, so repeating would throw it again for ever. */
function isBug(error: unknown): boolean {
  return [BeatwatchError, TypeError, RangeError, ReferenceError].some((type) => error instanceof type);
}

/**
 * Repeats an attempt until its outcome is known: it resolves with the first reply and rejects with the first refusal.
 * The attempt must be harmless when it is carried out more than once. Waits for as long as Redis is away; ends with code
 * `redis-closed` when the connection is closed for good, or with the signal's reason (the outcome stays unknown then).
 */
export async function untilKnown<Reply>(
  connection: RedisConnection,
  attempt: () => Promise<Reply>,
  o: { readonly signal?: AbortSignal | undefined; readonly onRepeat?: (error: unknown) => void } = {},
): Promise<Reply> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    o.signal?.throwIfAborted();
    if (connection.status === 'end') throw closedError();
    await whenReady(connection, o.signal);
    try {
      return await attempt();
    } catch (error) {
      if (failureOf(error) === 'refused') throw error;
      o.onRepeat?.(error);
    }
    await sleep(pauseMs, undefined, o.signal === undefined ? undefined : { signal: o.signal });
  }
}
