import { BeatwatchError } from '../model/errors.js';

/** Reads that began again so often are given up. */
const ATTEMPTS = 5;
/** The log was trimmed or rewritten beneath a read; or fixes of it were deleted from the archive. */
const MOVED = /^(log-trimmed|log-rewritten|fixes-deleted)$/;

/** L1: what reads the record begins again when this changed beneath it. */
export async function againWhenMoved<Result>(read: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      const moved = error instanceof BeatwatchError && MOVED.test(error.code);
      if (!moved || attempt === ATTEMPTS) throw error;
    }
  }
}
