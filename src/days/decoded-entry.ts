import { decodeLogEntry } from '../codec/log-codec.js';
import type { RawEntry } from '../log/raw-entry.js';
import type { LogEntry } from '../model/log-entry.js';

/** Null: nothing of a day is made from it, or it cannot be decoded, and the fold skips it. */
export function decodedEntry({ kind, payload }: RawEntry): LogEntry | null {
  if (kind === 'tick' || kind === 'access') return null;
  try {
    return decodeLogEntry(kind, payload);
  } catch {
    return null;
  }
}
