import type { LogHistory } from '../log/log-history.js';
import { CLOCK_AHEAD_MS } from '../model/limits.js';
import type { TrackedFix } from './day-events.js';
import { type TimedEntry, timedEntries } from './timed-entries.js';

const FIXES_A_CHUNK = 1_000;
/** A part of a day is as many of these as have not too many fixes together. */
const BUCKET_MS = 60_000;

export interface DayFixesOptions {
  readonly history: LogHistory;
  /** Fixes that were measured earlier are left out. */
  readonly startMs: number;
  readonly readToMs: number;
  /** How many are held at once, but for those of one minute. */
  readonly atOnce: number;
}

/**
 * The fixes and words of a day's trackers, by (time, tracker), with bounded memory: as they are counted they are kept while they are few;
 * when they are too many, the log is read again for each part of the day.
 */
export class DayFixes {
  readonly #o: DayFixesOptions;
  readonly #counts = new Map<number, number>();
  #kept: TrackedFix[] | null = [];

  constructor(options: DayFixesOptions) {
    this.#o = options;
  }

  /** Given all entries that were logged from CLOCK_AHEAD_MS before `startMs` up to `readToMs`. */
  count(entries: readonly TimedEntry[]): void {
    for (const fix of fixesOf(entries)) {
      if (fix.atMs < this.#o.startMs) continue;
      const bucket = Math.floor(fix.atMs / BUCKET_MS) * BUCKET_MS;
      this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1);
      if (this.#kept !== null) this.#kept.push(fix);
      if ((this.#kept?.length ?? 0) > this.#o.atOnce) this.#kept = null;
    }
  }

  /** Fixes that were measured before `untilMs`, each as often as it came; in chunks, which may divide an instant. */
  async *until(untilMs: number): AsyncGenerator<readonly TrackedFix[]> {
    if (this.#kept !== null) return yield* inOrder(this.#kept.filter(({ atMs }) => atMs < untilMs));
    for (const [fromMs, toMs] of this.#parts(untilMs)) yield* inOrder(await this.#read(fromMs, toMs));
  }

  /** Event times `[from, to)`, one part after the other. */
  #parts(untilMs: number): [number, number][] {
    const parts: [number, number][] = [];
    let fixes = 0;
    for (const [bucket, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      if (bucket >= untilMs) break;
      const toMs = Math.min(bucket + BUCKET_MS, untilMs);
      const last = parts.at(-1);
      if (last === undefined || fixes + count > this.#o.atOnce) parts.push([bucket, toMs]);
      else last[1] = toMs;
      fixes = last === parts.at(-1) ? fixes + count : count;
    }
    return parts;
  }

  async #read(fromMs: number, toMs: number): Promise<TrackedFix[]> {
    const { history, startMs, readToMs } = this.#o;
    const found: TrackedFix[] = [];
    await history.read({
      // E1: none of them was logged earlier.
      fromMs: Math.max(fromMs, startMs) - CLOCK_AHEAD_MS,
      toMs: readToMs,
      kinds: ['fixes', 'heartbeat'],
      visit: (entries) => {
        for (const fix of fixesOf(timedEntries(entries)))
          if (fix.atMs >= Math.max(fromMs, startMs) && fix.atMs < toMs) found.push(fix);
      },
    });
    return found;
  }
}

/** Fixes and words of some entries, without those of a clock that was ahead. */
export function* fixesOf(entries: readonly TimedEntry[]): Generator<TrackedFix> {
  for (const { atMs: loggedAtMs, entry } of entries) {
    if (entry?.kind === 'heartbeat') {
      for (const tracker of entry.trackers) yield { tracker, atMs: loggedAtMs, fix: null, loggedAtMs };
    }
    if (entry?.kind !== 'fixes') continue;
    for (const { tracker, fixes } of entry.batches) {
      for (const fix of fixes) {
        const atMs = fix.eventTimeMs;
        // E1: a clock that is ahead says nothing of when it was.
        if (atMs <= loggedAtMs + CLOCK_AHEAD_MS) yield { tracker, atMs, fix, loggedAtMs };
      }
    }
  }
}

function* inOrder(fixes: TrackedFix[]): Generator<readonly TrackedFix[]> {
  fixes.sort(byTime);
  for (let i = 0; i < fixes.length; i += FIXES_A_CHUNK) yield fixes.slice(i, i + FIXES_A_CHUNK);
}

function byTime(a: TrackedFix, b: TrackedFix): number {
  return a.atMs - b.atMs || (a.tracker < b.tracker ? -1 : a.tracker > b.tracker ? 1 : 0);
}
