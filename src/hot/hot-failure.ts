import { BeatwatchError, messageOf } from '../model/errors.js';
import { isReply, replyWord } from '../redis/outcome.js';

/**
 * Why hot state took nothing; nothing was written in any of these cases:
 * - `hot-wrong-type`: a key holds something else; repair it (move it away), and the same commit goes through;
 * - `hot-stream`: `alerts` or `visits` is another stream than the cursor is of: it never had as many entries, or has far more;
 * - `hot-corrupt`: a value is not ours;
 * - `redis-run-changed`: Redis restarted or failed over since `openCursor` (C2): discard the state and reload;
 * - `hot-refused`: anything else that Redis said (details.word: READONLY, NOPERM, MISCONF …).
 */
export type HotFailureCode = 'hot-wrong-type' | 'hot-stream' | 'hot-corrupt' | 'redis-run-changed' | 'hot-refused';

export function hotFailure(
  code: HotFailureCode,
  district: string,
  gotAndExpected: string,
  details: Readonly<Record<string, unknown>> = {},
): BeatwatchError {
  return new BeatwatchError(code, `hot state of ${district}: ${gotAndExpected}`, { district, ...details });
}

/** A coded error for a refusal by Redis; other errors stay as they are. */
export function hotFailureOf(error: unknown, district: string): unknown {
  if (!isReply(error)) return error;
  const word = replyWord(error);
  const code = word === 'WRONGTYPE' ? 'hot-wrong-type' : 'hot-refused';
  return hotFailure(code, district, `got ${messageOf(error)}, expected the command to be carried out`, { word });
}
