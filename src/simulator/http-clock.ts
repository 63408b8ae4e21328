import { BeatwatchError, messageOf } from '../model/errors.js';

export interface HttpClockOptions {
  /** `http://host:port`. */
  readonly serverUrl: string;
  readonly district: string;
  /** A token of role `admin`. */
  readonly token: string;
  /** A request that takes longer fails, and may be tried again. */
  readonly answerWithinMs?: number;
}

/**
 * Moves a server's virtual clock: `POST /v1/districts/:district/clock {nowMs}`, which answers when the engine has passed
 * that instant. The function rejects with a BeatwatchError `clock-refused` when a repeat cannot help (any 4xx but 408 and
 * 429), and with any other error when it may.
 */
export function createHttpClock(options: HttpClockOptions): (nowMs: number, signal?: AbortSignal) => Promise<void> {
  const url = new URL(`/v1/districts/${options.district}/clock`, options.serverUrl);
  const headers = { authorization: `Bearer ${options.token}`, 'content-type': 'application/json' };
  return async (nowMs, signal) => {
    const limit = AbortSignal.timeout(options.answerWithinMs ?? 30_000);
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ nowMs }),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    const text = await response.text().catch(messageOf);
    if (response.ok) return;
    const message = `clock: got HTTP ${response.status} ${text.slice(0, 200)}, expected 200 from ${url.href}`;
    const passing = response.status >= 500 || response.status === 408 || response.status === 429;
    throw passing ? new Error(message) : new BeatwatchError('clock-refused', message, { status: response.status });
  };
}
