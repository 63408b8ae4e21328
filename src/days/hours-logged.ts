import type { LogHistory } from '../log/log-history.js';
import { fixesOf } from './day-fixes.js';
import { type TimedEntry, timedEntries } from './timed-entries.js';

const HOUR_MS = 3_600_000;
/** Entries that a day is made from. */
const KINDS = ['fixes', 'heartbeat', 'plan', 'task', 'statement', 'roster', 'action'];

/**
 * The hours that entries bear on which were logged in `[fromMs, toMs)`, each as its start, ms: of a fix when it was measured, and of all else when it was
 * logged. Rejects as `LogHistory.read` does.
 */
export async function hoursLogged(history: LogHistory, fromMs: number, toMs: number): Promise<ReadonlySet<number>> {
  const hours = new Set<number>();
  await history.read({
    fromMs,
    toMs,
    kinds: KINDS,
    visit: (entries) => {
      for (const atMs of timesOf(timedEntries(entries))) hours.add(Math.floor(atMs / HOUR_MS) * HOUR_MS);
    },
  });
  return hours;
}

function* timesOf(entries: readonly TimedEntry[]): Generator<number> {
  for (const { atMs, entry } of entries) if (entry !== null && entry.kind !== 'fixes') yield atMs;
  for (const { atMs } of fixesOf(entries)) yield atMs;
}
