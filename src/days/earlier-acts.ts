import { isNextPlan, NO_PLAN } from '../engine/plan/plans.js';
import type { LogHistory } from '../log/log-history.js';
import type { RawEntry } from '../log/raw-entry.js';
import type { RosterEntry, TaskEntry } from '../model/log-entry.js';
import type { LogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';
import { timedEntries } from './timed-entries.js';

/** Nobody asks for a time so long before the last one that somebody asked for: days are settled and corrected for two weeks. */
const ASKED_BACK_MS = 20 * 86_400_000;

interface Logged<What> {
  /** Log time, ms. */
  readonly atMs: number;
  readonly what: What;
}

/** What was logged before an instant. */
export interface ActsBefore {
  /** Each the next one after the one before; the first may have any version. */
  readonly plans: readonly CompiledPlan[];
  /** The last entry of each task, by id. */
  readonly tasks: ReadonlyMap<string, TaskEntry>;
  /** In the order of the log. */
  readonly rosters: readonly RosterEntry[];
}

/**
 * The plans, tasks and rosters of one log. A day needs those that were logged before it, however long ago: they are read from the log's beginning once, and
 * then from the last of them on. What is over is forgotten.
 */
export class EarlierActs {
  #plans: Logged<CompiledPlan>[] = [];
  #tasks: Logged<TaskEntry>[] = [];
  #rosters: Logged<RosterEntry>[] = [];
  #after: LogId | null = null;
  #askedMs = 0;

  /** Rejects as `LogHistory.read` does, and may be asked again then. */
  async before(history: LogHistory, atMs: number): Promise<ActsBefore> {
    await this.#readOn(history);
    this.#askedMs = Math.max(this.#askedMs, atMs);
    this.#forget(this.#askedMs - ASKED_BACK_MS);
    const isBefore = (one: Logged<unknown>): boolean => one.atMs < atMs;
    return {
      plans: this.#plans.filter(isBefore).map(({ what }) => what),
      tasks: new Map(this.#tasks.filter(isBefore).map(({ what }) => [what.taskId, what])),
      rosters: this.#rosters.filter(isBefore).map(({ what }) => what),
    };
  }

  async #readOn(history: LogHistory): Promise<void> {
    const found: RawEntry[] = [];
    await history.read({
      fromMs: 1,
      toMs: Number.MAX_SAFE_INTEGER,
      ...(this.#after === null ? {} : { after: this.#after }),
      kinds: ['plan', 'task', 'roster'],
      visit: (entries) => void found.push(...entries),
    });
    for (const { atMs, entry } of timedEntries(found)) {
      if (entry?.kind === 'task') this.#tasks.push({ atMs, what: entry });
      if (entry?.kind === 'roster') this.#rosters.push({ atMs, what: entry });
      if (entry?.kind !== 'plan') continue;
      const { plan } = entry;
      if (isNextPlan(this.#plans.at(-1)?.what ?? NO_PLAN, plan, atMs)) this.#plans.push({ atMs, what: plan });
    }
    this.#after = found.at(-1)?.id ?? this.#after;
  }

  #forget(beforeMs: number): void {
    const inForce = this.#plans.findLastIndex(({ atMs, what }) => atMs < beforeMs && what.inForceFromMs <= beforeMs);
    this.#plans = this.#plans.slice(Math.max(0, inForce));
    this.#rosters = this.#rosters.filter(({ what }) => what.toMs >= beforeMs);
    const last = new Map(this.#tasks.map((one) => [one.what.taskId, one]));
    this.#tasks = this.#tasks.filter((one) => {
      const { toMs } = last.get(one.what.taskId)?.what ?? one.what;
      return one.atMs >= beforeMs || toMs === null || toMs >= beforeMs;
    });
  }
}
