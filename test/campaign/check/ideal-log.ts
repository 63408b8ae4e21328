import type { Fix } from '../../../src/model/fix.js';
import { CLOCK_AHEAD_MS, HORIZON_MS } from '../../../src/model/limits.js';
import type { LogEntry, LogEntryKind } from '../../../src/model/log-entry.js';
import { LOG_START, type LogId } from '../../../src/model/log-id.js';
import { fixKey } from '../world/trackers.js';
import { holesOf, isResumed, type TimedEntry } from './decoded-log.js';

const TICK_MS = 5_000;

const STAYS: ReadonlySet<LogEntryKind> = new Set(['genesis', 'plan', 'task', 'statement']);

interface Undisturbed {
  readonly ms: number;
  readonly rank: number;
  readonly key: string;
  readonly entry: LogEntry;
}

/**
 * The log as it would have been had nothing gone wrong on the way: each fix that any copy brought in time (E1, E2: not more
 * than 60 s ahead, not later than the horizon) once, at its own event time and in that order; plans, tasks and statements when
 * they were logged; a tick each five seconds. Holes of the server stay what they are, and what was taken in them comes after them.
 */
export function idealLog(log: readonly TimedEntry[], resumedAtMs = 0): TimedEntry[] {
  const holes = holesOf(log);
  const lastMs = log.at(-1)?.atMs ?? 0;
  const planMs = log.find(({ entry }) => entry.kind === 'plan')?.atMs ?? 0;
  const whenUp = (ms: number): number => holes.find(([fromMs, toMs]) => ms > fromMs && ms < toMs)?.[1] ?? ms;
  const all: Undisturbed[] = [];
  const add = (ms: number, rank: number, key: string, entry: LogEntry) => void all.push({ ms, rank, key, entry });
  for (const { tracker, fix, key } of fixesInTime(log, resumedAtMs).values()) {
    const ms = whenUp(Math.min(Math.max(fix.eventTimeMs, planMs + 1), lastMs));
    add(ms, 2, key, { kind: 'fixes', batches: [{ tracker, reportId: '01', fixes: [fix], rejected: [] }] });
  }
  for (const [index, { atMs, entry }] of log.entries()) {
    if (STAYS.has(entry.kind)) add(atMs, entry.kind === 'genesis' ? 0 : 1, String(index).padStart(6, '0'), entry);
  }
  const firstMs = log[0]?.atMs ?? 0;
  const ticks = new Set([...holes.flat(), lastMs]);
  for (let ms = firstMs + TICK_MS; ms < lastMs; ms += TICK_MS) ticks.add(whenUp(ms));
  for (const ms of ticks) add(ms, 3, '', { kind: 'tick' });
  all.sort((a, b) => a.ms - b.ms || a.rank - b.rank || (a.key < b.key ? -1 : 1));
  return numbered(all, beforeFirst(log));
}

/** Every fix that counts, by tracker, instant and content; none from before the last `resume` that comes after it. */
export function fixesInTime(
  log: readonly TimedEntry[],
  resumedAtMs = 0,
): Map<string, { readonly tracker: string; readonly fix: Fix; readonly key: string }> {
  const fixes = new Map<string, { tracker: string; fix: Fix; key: string }>();
  // Before a log has a plan nobody knows whose tracker it is.
  const planAt = log.findIndex(({ entry }) => entry.kind === 'plan');
  let fromMs = resumedAtMs;
  for (const [index, { atMs, entry }] of log.entries()) {
    if (isResumed(log, index)) fromMs = atMs;
    if (entry.kind !== 'fixes' || index < planAt) continue;
    for (const { tracker, fixes: reported } of entry.batches) {
      for (const fix of reported) {
        const lateMs = atMs - fix.eventTimeMs;
        if (lateMs < -CLOCK_AHEAD_MS || lateMs > HORIZON_MS || fix.eventTimeMs < fromMs) continue;
        const key = fixKey(tracker, fix);
        fixes.set(key, { tracker, fix, key });
      }
    }
  }
  return fixes;
}

/** Where entries must come after that take the place of a log's. */
export function beforeFirst([first]: readonly TimedEntry[]): LogId {
  return first === undefined || first.id.seq === 0 ? LOG_START : { ...first.id, seq: first.id.seq - 1 };
}

/** Entries with ids as the log gives them after one. */
export function numbered(
  entries: readonly { readonly ms: number; readonly entry: LogEntry }[],
  after: LogId = LOG_START,
): TimedEntry[] {
  let last = after;
  return entries.map(({ ms, entry }) => {
    const id: LogId = ms > last.ms ? { ms, seq: 0 } : { ms: last.ms, seq: last.seq + 1 };
    last = id;
    return { id, atMs: ms, entry };
  });
}
