import {
  beginWithPlans,
  dutyOver,
  fixCounts,
  type FoldCounts,
  forgottenBeforeMs,
  noteOutage,
  type PlacePresence,
  presenceOver,
  type UnitDuty,
} from '../engine/day-view.js';
import { step } from '../engine/pipeline.js';
import { createState, type EngineState, FOLD_VERSION } from '../engine/state.js';
import { compareCopies } from '../engine/track/copies.js';
import type { Fix } from '../model/fix.js';
import { PRUNE_EVERY_MS } from '../model/limits.js';
import type { LogEntry } from '../model/log-entry.js';
import type { CompiledPlan } from '../model/plan.js';
import { standingPlans } from '../model/standing-plans.js';
import type { DayAct, DayEvents, TrackedFix } from './day-events.js';
import { DayFindings } from './day-findings.js';

/** The clock of the fold of a day moves on at least so often, ms: no stretch of it looks like an outage of the server (T3). */
export const FOLD_TICK_MS = 10_000;

/** What the fold of a day gives while it goes on. */
export interface DayTellers {
  /** Presence and duty over one stretch, in order and without holes, before the engine forgets it. */
  readonly stretch: (places: readonly PlacePresence[], units: readonly UnitDuty[]) => void;
  /** What the fixes of each unit had come to at the day's begin, and at its end. */
  readonly counts: (at: 'begin' | 'end', counts: ReadonlyMap<string, FoldCounts>) => void;
}

/** One tracker's fixes of one instant, as they were folded. */
export interface FoldedInstant {
  /** The least of them; null: a word without a fix. */
  readonly fix: Fix | null;
  /** Log time of the first that came, ms. */
  readonly firstAtMs: number;
  /** Fixes that count no more, or not at all, because of others. */
  readonly conflict: number;
  readonly tooDense: number;
}

/**
 * Folds a day through the engine in the order of event time: log time is event time. Acts stand at their own log times. It begins
 * before the day and goes on after it until nothing can change what the day came to.
 */
export class DayFold {
  readonly #events: DayEvents;
  readonly #tellers: DayTellers;
  readonly #state: EngineState;
  readonly findings = new DayFindings();
  /** Plans that took effect or will, oldest first. */
  plans: CompiledPlan[];
  #atMs = 0;
  #seq = 0;
  #toldToMs: number;
  #nextTickMs: number;
  #nextForgetMs: number;
  #outage = 0;

  constructor(events: DayEvents, tellers: DayTellers) {
    const { district, startMs, plans, tasks, rosters } = events;
    this.#events = events;
    this.#tellers = tellers;
    this.#state = createState(district);
    this.plans = [...plans];
    this.#toldToMs = events.fromMs;
    this.#feed(startMs, { kind: 'genesis', district, clock: 'virtual', foldVersion: FOLD_VERSION });
    beginWithPlans(this.#state, plans);
    for (const act of [...tasks, ...rosters]) this.#feed(startMs, act);
    this.#nextTickMs = startMs + FOLD_TICK_MS;
    this.#nextForgetMs = startMs + PRUNE_EVERY_MS;
  }

  /** Nothing that comes later can change what the day came to. */
  get isOver(): boolean {
    return this.#toldToMs >= this.#events.toMs;
  }

  /** The engine's clock. */
  get nowMs(): number {
    return this.#state.nowMs;
  }

  /** The clock moves on up to `atMs`, but no further than it takes to be over. */
  advanceTo(atMs: number): void {
    while (!this.isOver && this.#nextTickMs <= atMs) this.#tick(this.#nextTickMs);
  }

  act({ atMs, entry }: DayAct): void {
    const told = entry.kind === 'action' ? this.findings.toSettledCall(entry) : entry;
    if (told !== null) this.#feed(atMs, told);
    const last = this.#state.plans.at(-1)?.plan;
    if (entry.kind === 'plan' && last !== undefined && last.version > (this.plans.at(-1)?.version ?? 0))
      this.plans = standingPlans([...this.plans, last]);
  }

  /** One tracker's fixes of one instant, at least one, in any order and as often as they came. */
  fixes(copies: readonly TrackedFix[]): FoldedInstant {
    const { tracker, atMs } = copies[0] as TrackedFix;
    const fixes = distinct(copies);
    const { flags } = this.#state.counts;
    const [conflict, tooDense] = [flags.conflict ?? 0, flags['too-dense'] ?? 0];
    this.#feed(atMs, entryOf(tracker, fixes));
    return {
      fix: fixes[0] ?? null,
      firstAtMs: copies.reduce((first, copy) => Math.min(first, copy.loggedAtMs), Number.MAX_SAFE_INTEGER),
      conflict: (flags.conflict ?? 0) - conflict,
      tooDense: (flags['too-dense'] ?? 0) - tooDense,
    };
  }

  #tick(atMs: number): void {
    const { outages, fromMs, toMs } = this.#events;
    if (atMs === this.#nextForgetMs) {
      this.#feed(atMs - 1, { kind: 'tick' });
      this.#tellStretch(atMs);
      this.#nextForgetMs += PRUNE_EVERY_MS;
    }
    for (let next = outages[this.#outage]; next !== undefined && next.fromMs <= atMs; next = outages[this.#outage]) {
      noteOutage(this.#state, next);
      this.#outage += 1;
    }
    this.#feed(atMs, { kind: 'tick' });
    if (atMs === fromMs) this.#tellers.counts('begin', fixCounts(this.#state));
    if (atMs === toMs) this.#tellers.counts('end', fixCounts(this.#state));
    this.#nextTickMs += FOLD_TICK_MS;
  }

  /** What the engine forgets at `atMs` is told before. */
  #tellStretch(atMs: number): void {
    const toMs = Math.min(forgottenBeforeMs(this.#state, atMs), this.#events.toMs);
    if (toMs <= this.#toldToMs) return;
    this.#tellers.stretch(presenceOver(this.#state, this.#toldToMs, toMs), dutyOver(this.#state, this.#toldToMs, toMs));
    this.#toldToMs = toMs;
  }

  #feed(atMs: number, entry: LogEntry): void {
    this.#seq = atMs === this.#atMs ? this.#seq + 1 : 0;
    this.#atMs = atMs;
    const { alerts, visits } = step(this.#state, { ms: atMs, seq: this.#seq }, entry);
    this.findings.take(alerts, visits);
  }
}

function entryOf(tracker: string, fixes: readonly Fix[]): LogEntry {
  if (fixes.length === 0) return { kind: 'heartbeat', trackers: [tracker] };
  return { kind: 'fixes', batches: [{ tracker, reportId: '00', fixes, rejected: [] }] };
}

/** The different fixes among some copies, in an order that does not depend on theirs. */
function distinct(copies: readonly TrackedFix[]): readonly Fix[] {
  const fixes = copies.flatMap(({ fix }) => (fix === null ? [] : [fix]));
  if (fixes.length < 2) return fixes;
  fixes.sort(compareCopies);
  return fixes.filter((fix, i) => i === 0 || compareCopies(fix, fixes[i - 1] as Fix) !== 0);
}
