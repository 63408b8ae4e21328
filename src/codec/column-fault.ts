import type { BeatwatchError } from '../model/errors.js';

/** Makes the error for a field or column of a stored message that is not as it must be. */
export type ColumnFault = (column: string, got: string, expected: string) => BeatwatchError;

/** Text from outside as an error message may show it. */
export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 64));
}
