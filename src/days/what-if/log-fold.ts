import { timedEntries } from '../timed-entries.js';
import { beginWithPlans } from '../../engine/day-view.js';
import { step } from '../../engine/pipeline.js';
import { isNextStanding, NO_PLAN } from '../../engine/plan/plans.js';
import { createState, type EngineState, FOLD_VERSION } from '../../engine/state.js';
import type { RawEntry } from '../../log/raw-entry.js';
import { parseAlertId } from '../../model/alert-id.js';
import type { ActionEntry, LogEntry, PlanEntry, TaskEntry, RosterEntry } from '../../model/log-entry.js';
import type { CompiledPlan } from '../../model/plan.js';
import type { ToldAlert } from '../../model/what-if.js';
import { ToldAlerts } from './told-alerts.js';

export interface LogFoldOptions {
  readonly district: string;
  /** Log time from which on entries are folded, ms. */
  readonly startMs: number;
  /** In force or announced at the start, oldest first; none before the district's first plan. */
  readonly plans: readonly CompiledPlan[];
  /** As they stood at the start. */
  readonly tasks: readonly TaskEntry[];
  readonly rosters: readonly RosterEntry[];
  /** Stands for all plans of the log, from the instant on at which the first of them takes force; null: they are taken as they come. */
  readonly tried: CompiledPlan | null;
}

/** Folds a stretch of a log in its own order, as the live engine does, and keeps the alerts that it tells. */
export class LogFold {
  readonly #state: EngineState;
  readonly #tried: CompiledPlan | null;
  readonly #told = new ToldAlerts();
  #plans: readonly CompiledPlan[];
  entries = 0;

  constructor({ district, startMs, plans, tasks, rosters, tried }: LogFoldOptions) {
    this.#state = createState(district);
    this.#tried = tried;
    this.#plans = tried === null || plans.length === 0 ? plans : [tried];
    const genesis = { kind: 'genesis', district, clock: 'virtual', foldVersion: FOLD_VERSION } as const;
    step(this.#state, { ms: startMs - 1, seq: 0 }, genesis);
    if (this.#plans.length > 0) beginWithPlans(this.#state, this.#plans);
    for (const [i, act] of [...tasks, ...rosters].entries()) step(this.#state, { ms: startMs - 1, seq: i + 1 }, act);
  }

  fold(entries: readonly RawEntry[]): void {
    const timed = timedEntries(entries);
    for (const [i, raw] of entries.entries()) {
      const { atMs, entry } = timed[i] as (typeof timed)[number];
      const { alerts } = step(this.#state, raw.id, this.#asFolded(entry, atMs), atMs);
      this.#told.take(alerts);
      // A log that goes on after a `resume` waits for a plan: this one stands as it did.
      if (this.#tried !== null && this.#plans.length > 0 && this.#state.plans.length === 0)
        beginWithPlans(this.#state, this.#plans);
      this.entries += 1;
    }
  }

  /** The plans that it has had, oldest first. */
  get plans(): readonly CompiledPlan[] {
    return this.#plans;
  }

  /** What asked somebody to act, by when it first did. */
  get alerts(): readonly ToldAlert[] {
    return this.#told.asking;
  }

  /** What nothing is made from here passes time all the same: a stretch without entries would be an outage. */
  #asFolded(entry: LogEntry | null, atMs: number): LogEntry {
    if (entry === null || entry.kind === 'genesis') return { kind: 'tick' };
    if (entry.kind === 'action') return this.#endOfCall(entry) ?? { kind: 'tick' };
    return entry.kind === 'plan' ? this.#planned(entry, atMs) : entry;
  }

  #planned(entry: PlanEntry, atMs: number): LogEntry {
    if (!isNextStanding(this.#plans.at(-1) ?? NO_PLAN, entry.plan, atMs)) return { kind: 'tick' };
    if (this.#tried === null) {
      this.#plans = [...this.#plans, entry.plan];
      return entry;
    }
    if (this.#plans.length > 0) return { kind: 'tick' };
    const { inForceFromMs } = entry.plan;
    this.#plans = [{ ...this.#tried, inForceFromMs }];
    return { kind: 'plan', plan: { ...this.#tried, inForceFromMs } };
  }

  /** A person's word ends a call for help under whatever plan. Null: the other acts are about alerts that another plan may not have. */
  #endOfCall(entry: ActionEntry): LogEntry | null {
    if (entry.action !== 'resolve' || parseAlertId(entry.alertId)?.rule !== 'sos') return null;
    const version = this.#told.versionOf(entry.alertId);
    return version === null ? null : { ...entry, alertVersion: version };
  }
}
