import { decodeLogEntry } from '../codec/log-codec.js';
import type { LogHistory } from '../log/log-history.js';
import { logTimeOf, type RawEntry } from '../log/raw-entry.js';
import { settlesAfterPlansMs } from '../engine/day-view.js';
import { isNextPlan } from '../engine/lib/plans.js';
import { CLOCK_AHEAD_MS, OUTAGE_HOLE_MS } from '../model/limits.js';
import type { FixesEntry, LogEntry, TaskEntry } from '../model/log-entry.js';
import type { CompiledPlan } from '../model/plan.js';
import type { DayAct, DayEvents, TrackedFix } from './day-events.js';
import type { LocalDay } from './local-day.js';

/**
 * The fold of a day begins so long before it: what began earlier still, and went on, is known from there on. A multiple of the time
 * after which the fold forgets.
 */
export const LEAD_MS = 12 * 3_600_000;
/** … and at most so long after its end nothing can change it, beside what its plans say. */
const MARGIN_MS = 1_800_000;
const FIXES_A_CHUNK = 1_000;

export interface HistoryEventsOptions {
  readonly district: string;
  readonly day: LocalDay;
  /** Entries logged from here on are not looked at. */
  readonly readToMs: number;
}

/**
 * The events of a day, gathered from the district's log, in memory. Rejects as `LogHistory.read` does. Entries that cannot be decoded are
 * left out, as the engine skips them.
 */
export async function historyEvents(history: LogHistory, o: HistoryEventsOptions): Promise<DayEvents> {
  const startMs = o.day.fromMs - LEAD_MS;
  const gathered = new Gathered(startMs);
  await history.read({ fromMs: 1, toMs: o.readToMs, visit: (entries) => gathered.add(entries) });
  const { acts, outages, fixes } = gathered;
  const plans = plansFrom(gathered.plans, startMs);
  const all = [...plans, ...acts.flatMap(({ entry }) => (entry.kind === 'plan' ? [entry.plan] : []))];
  const untilMs = o.day.toMs + MARGIN_MS + settlesAfterPlansMs(all);
  return {
    ...o.day,
    district: o.district,
    startMs,
    plans,
    tasks: [...gathered.tasks.values()].filter(({ toMs }) => toMs === null || toMs > startMs),
    acts,
    outages,
    fixes: inChunks(fixes.filter(({ atMs }) => atMs < untilMs).sort(byTime)),
  };
}

/** Those that were in force at an instant or came into force later; each later one after the one before. */
function plansFrom(plans: readonly CompiledPlan[], atMs: number): CompiledPlan[] {
  const first = plans.findLastIndex(({ inForceFromMs }) => inForceFromMs <= atMs);
  const kept = plans.slice(Math.max(0, first));
  // After a `resume` a plan may come into force before the one that it follows, which then never was.
  return kept.filter(({ inForceFromMs }, i) => kept.slice(i + 1).every((next) => next.inForceFromMs > inForceFromMs));
}

class Gathered {
  /** Logged before `startMs`, as `tasks`. */
  readonly plans: CompiledPlan[] = [];
  readonly tasks = new Map<string, TaskEntry>();
  readonly acts: DayAct[] = [];
  outages: { fromMs: number; toMs: number }[] = [];
  readonly fixes: TrackedFix[] = [];
  readonly #startMs: number;
  #lastMs: number | null = null;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  add(entries: readonly RawEntry[]): void {
    for (const raw of entries) {
      const entry = decoded(raw);
      const atMs = logTimeOf(raw);
      this.#noteHole(atMs, entry);
      if (entry !== null) this.#take(entry, atMs);
    }
  }

  /** T3; after a `resume` the time that the log had run ahead is one. */
  #noteHole(atMs: number, entry: LogEntry | null): void {
    const fromMs = entry?.kind === 'resume' ? entry.sinceMs : this.#lastMs;
    this.#lastMs = atMs;
    if (fromMs === null) return;
    if (entry?.kind === 'resume') this.outages = this.outages.filter((outage) => outage.fromMs < fromMs);
    if (atMs - fromMs > OUTAGE_HOLE_MS && atMs > this.#startMs) this.outages.push({ fromMs, toMs: atMs });
  }

  #take(entry: LogEntry, atMs: number): void {
    const isBefore = atMs < this.#startMs;
    switch (entry.kind) {
      case 'plan':
        if (isBefore) this.#takePlan(entry.plan, atMs);
        else this.acts.push({ atMs, entry });
        return;
      case 'task':
        if (isBefore) this.tasks.set(entry.taskId, entry);
        else this.acts.push({ atMs, entry });
        return;
      case 'statement':
      case 'action':
        if (!isBefore) this.acts.push({ atMs, entry });
        return;
      case 'heartbeat':
        for (const tracker of isBefore ? [] : entry.trackers)
          this.fixes.push({ tracker, atMs, fix: null, loggedAtMs: atMs });
        return;
      case 'fixes':
        this.#takeFixes(entry, atMs);
        return;
      default:
        return;
    }
  }

  #takePlan(plan: CompiledPlan, atMs: number): void {
    const last = this.plans.at(-1);
    // After a `resume` a plan may come into force before the one that it follows: versions tell the order.
    if (isNextPlan(last && { version: last.version, inForceFromMs: 0 }, plan, atMs)) this.plans.push(plan);
  }

  #takeFixes({ batches }: FixesEntry, loggedAtMs: number): void {
    for (const { tracker, reportId, fixes, rejected } of batches) {
      for (const fix of fixes) {
        const atMs = fix.eventTimeMs;
        // E1: a clock that is ahead says nothing of when it was.
        if (atMs >= this.#startMs && atMs <= loggedAtMs + CLOCK_AHEAD_MS)
          this.fixes.push({ tracker, atMs, fix, loggedAtMs });
      }
      if (rejected.length === 0 || loggedAtMs < this.#startMs) continue;
      const entry = { kind: 'fixes', batches: [{ tracker, reportId, fixes: [], rejected }] } as const;
      this.acts.push({ atMs: loggedAtMs, entry });
    }
  }
}

/** Null: the fold skips what it cannot decode. */
function decoded({ kind, payload }: RawEntry): LogEntry | null {
  if (kind === 'tick' || kind === 'access') return null;
  try {
    return decodeLogEntry(kind, payload);
  } catch {
    return null;
  }
}

function byTime(a: TrackedFix, b: TrackedFix): number {
  return a.atMs - b.atMs || (a.tracker < b.tracker ? -1 : a.tracker > b.tracker ? 1 : 0);
}

async function* inChunks(fixes: readonly TrackedFix[]): AsyncGenerator<readonly TrackedFix[]> {
  for (let i = 0; i < fixes.length; i += FIXES_A_CHUNK) yield fixes.slice(i, i + FIXES_A_CHUNK);
}
