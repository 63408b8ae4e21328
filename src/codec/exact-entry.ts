import { BeatwatchError } from '../model/errors.js';
import type { LogEntry } from '../model/log-entry.js';
import { decodeLogEntry, encodeLogEntry } from './log-codec.js';
import { sameBatches } from './same-batches.js';

/**
 * The payload of an entry that is read back as just this entry: what the log cannot carry is not appended. Codes:
 * `log-entry-inexact`, with the path of the first field that differs, and those of `encodeLogEntry`.
 */
export function encodeExactly(entry: LogEntry): Uint8Array {
  const payload = encodeLogEntry(entry);
  const back = readBack(entry, payload);
  if (entry.kind === 'fixes' && back.kind === 'fixes' && sameBatches(entry.batches, back.batches)) return payload;
  const path = firstDifference(entry, back);
  if (path === null) return payload;
  throw inexact(entry, `another value at ${path === '' ? '/' : path} when it is read back`);
}

function readBack(entry: LogEntry, payload: Uint8Array): LogEntry {
  try {
    return decodeLogEntry(entry.kind, payload);
  } catch (error) {
    throw inexact(entry, 'a payload that cannot be read back', error);
  }
}

function inexact(entry: LogEntry, got: string, cause?: unknown): BeatwatchError {
  const message = `log entry ${entry.kind}: got ${got}, expected each field to come back as it is`;
  return new BeatwatchError('log-entry-inexact', message, { kind: entry.kind }, cause === undefined ? {} : { cause });
}

/**
 * The path of the first difference of two plain values, or null. A property that is undefined counts as one that is not there.
 */
function firstDifference(a: unknown, b: unknown): string | null {
  if (a === b) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return '';
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return '';
    for (let index = 0; index < a.length; index++) {
      const found = firstDifference(a[index], b[index]);
      if (found !== null) return `/${index}${found}`;
    }
    return null;
  }
  const [left, right] = [a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>];
  let named = 0;
  for (const name in left) {
    const value = left[name];
    if (value !== undefined) named += 1;
    if (value === right[name]) continue;
    const found = firstDifference(value, right[name]);
    if (found !== null) return `/${name}${found}`;
  }
  for (const _ in right) named -= 1;
  // All of the left are on the right, and as many are there.
  if (named === 0) return null;
  for (const name in right) if (right[name] !== undefined && left[name] === undefined) return `/${name}`;
  return null;
}
