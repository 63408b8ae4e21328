import { decodeLogEntry } from '../codec/log-codec.js';
import { logTimeOf, type RawEntry } from '../log/raw-entry.js';
import type { LogEntry } from '../model/log-entry.js';

/** An entry of the log for the fold of a day. */
export interface TimedEntry {
  /** Log time, ms. */
  readonly atMs: number;
  /** Null: nothing of a day is made from it, or it cannot be decoded, and the fold skips it. */
  readonly entry: LogEntry | null;
}

/** Kinds of entries of which the fold of a day needs no more than their log time. */
const PASSED_OVER: ReadonlySet<string> = new Set(['tick', 'access', 'fold', 'settlement', 'notice']);

export function timedEntries(entries: readonly RawEntry[]): TimedEntry[] {
  return entries.map((raw) => ({ atMs: logTimeOf(raw), entry: decoded(raw) }));
}

function decoded({ kind, payload }: RawEntry): LogEntry | null {
  if (PASSED_OVER.has(kind)) return null;
  try {
    return decodeLogEntry(kind, payload);
  } catch {
    return null;
  }
}
