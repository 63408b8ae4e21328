import { BeatwatchError } from '../model/errors.js';

const ATTEMPTS = 3;

/** L1: what reads the log begins again when the log was trimmed or rewritten beneath it. */
export async function againWhenMoved<Result>(read: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      const moved = error instanceof BeatwatchError && /^log-(trimmed|rewritten)$/.test(error.code);
      if (!moved || attempt === ATTEMPTS) throw error;
    }
  }
}
