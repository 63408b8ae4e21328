import { BeatwatchError } from '../../src/model/errors.js';

/** An instant of no clock: every time is an argument. */
export const NOW_MS = 1_800_000_000_000;
export const NOW_S = NOW_MS / 1_000;

/** The code that a call throws, null when it does not; anything but a BeatwatchError is thrown on. */
export async function codeOf(call: () => unknown): Promise<string | null> {
  try {
    await call();
    return null;
  } catch (error) {
    if (error instanceof BeatwatchError) return error.code;
    throw error;
  }
}
