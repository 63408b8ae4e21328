import { messageOf } from '../model/errors.js';
import { parseLogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';
import type { Clock, Logger, Metrics } from '../model/ports.js';
import { type Lag, STALE_REASONS, type Staleness } from '../model/staleness.js';

export interface FreshnessOptions {
  readonly district: string;
  readonly readLag: () => Promise<Lag>;
  readonly plan: () => CompiledPlan | null;
  /** Whether an engine of this process has yet to read the log, so that nobody need act on a plan that is not there. */
  readonly isStarting?: () => boolean;
  /** T2: what is wrong with the time, or null. */
  readonly timeFault?: () => Staleness | null;
  /** The clock of the district's log. */
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Real milliseconds, monotonic. */
  readonly elapsedMs?: () => number;
}

/** An entry that waits this long for an engine makes the state stale: a standby takes over within two seconds. */
export const BEHIND_AFTER_MS = 5_000;
/** A store that has not answered for this long is away. */
export const STORE_AWAY_AFTER_MS = 5_000;

/**
 * Whether a district's state can be believed, as this process sees it: whoever folds the log, it looks each second how far the log
 * is ahead of the cursor, and for how long.
 */
export class Freshness {
  readonly #o: FreshnessOptions;
  readonly #elapsedMs: () => number;
  #lag: Lag | null = null;
  /** When the store answered last: by the log's clock, and elapsed. */
  #answered: { readonly atMs: number; readonly elapsedMs: number };
  /** Since when the entry that waits now has been seen to wait. */
  #standing: { readonly waiting: string; readonly elapsedMs: number; readonly looks: number } | null = null;
  #looking = false;
  #logged: string | null = null;

  constructor(o: FreshnessOptions) {
    this.#o = o;
    this.#elapsedMs = o.elapsedMs ?? (() => performance.now());
    this.#answered = { atMs: o.clock.nowMs(), elapsedMs: this.#elapsedMs() };
  }

  /** What the store said last; null: it has not answered yet. */
  get lag(): Lag | null {
    return this.#lag;
  }

  /** Looks once; a look that hangs is not repeated, and the store counts as away meanwhile. Never rejects. */
  async look(): Promise<void> {
    this.#tell();
    if (this.#looking) return;
    this.#looking = true;
    try {
      this.#see(await this.#o.readLag());
    } catch (error) {
      this.#o.logger.debug({ error: messageOf(error) }, 'the lag cannot be read');
    } finally {
      this.#looking = false;
    }
    this.#tell();
  }

  /** Null: the state is what the log says now. */
  staleness(): Staleness | null {
    return (
      this.#storeAway() ?? this.#o.timeFault?.() ?? this.#behind() ?? planGap(this.#o.plan(), this.#o.clock.nowMs())
    );
  }

  /** How long the first entry that is not folded has waited, ms; 0: none waits. */
  waitedMs(): number {
    const { clock } = this.#o;
    if (this.#standing === null) return 0;
    const seenMs = this.#elapsedMs() - this.#standing.elapsedMs;
    // A virtual clock stands still; and one look may come between an append and its commit, whatever the clocks say.
    if (clock.kind === 'virtual' || this.#standing.looks < 2) return seenMs;
    return Math.max(seenMs, clock.nowMs() - parseLogId(this.#standing.waiting).ms);
  }

  #see(lag: Lag): void {
    this.#lag = lag;
    const elapsedMs = this.#elapsedMs();
    this.#answered = { atMs: this.#o.clock.nowMs(), elapsedMs };
    const { waiting } = lag;
    if (waiting === null) {
      this.#standing = null;
      return;
    }
    const looks = (this.#standing?.looks ?? 0) + 1;
    const isSame = this.#standing?.waiting === waiting;
    this.#standing = { waiting, looks, elapsedMs: isSame ? (this.#standing?.elapsedMs ?? elapsedMs) : elapsedMs };
  }

  /** What the log is told of this; usual: it passes by itself, and nobody need act. */
  #lineOf(stale: Staleness | null): { readonly isUsual: boolean; readonly message: string } {
    if (stale === null) return { isUsual: true, message: 'the state of the district is no longer stale' };
    if (stale.reason === 'no-plan') {
      const plan = this.#o.plan();
      if (plan === null && this.#o.isStarting?.())
        return { isUsual: true, message: 'the engine has yet to read the log' };
      // Each log begins so: its first plan is announced a minute ahead.
      if (plan !== null && plan.inForceFromMs > this.#o.clock.nowMs())
        return { isUsual: true, message: 'the first plan is not in force yet' };
    }
    return { isUsual: false, message: 'the state of the district is stale' };
  }

  #storeAway(): Staleness | null {
    const silentMs = Math.round(this.#elapsedMs() - this.#answered.elapsedMs);
    if (silentMs < STORE_AWAY_AFTER_MS) return null;
    const detail = `Redis has not answered for ${silentMs} ms: check that it is up and reachable`;
    return { reason: 'store-away', sinceMs: this.#answered.atMs, detail };
  }

  #behind(): Staleness | null {
    const waitedMs = Math.round(this.waitedMs());
    if (this.#standing === null || this.#lag === null || waitedMs < BEHIND_AFTER_MS) return null;
    const { waiting } = this.#standing;
    const aheadMs = (this.#lag.lastMs ?? 0) - (this.#lag.foldedToMs ?? this.#lag.lastMs ?? 0);
    const detail = `entry ${waiting} has waited for an engine for ${waitedMs} ms, and the log is ${aheadMs} ms ahead of the state: check the processes with the role engine`;
    return { reason: 'behind', sinceMs: parseLogId(waiting).ms, detail };
  }

  /** The gauges; and a line in the log when it becomes stale, for another reason, or is good again. */
  #tell(): void {
    const { district, metrics, logger } = this.#o;
    const stale = this.staleness();
    for (const reason of STALE_REASONS) {
      metrics.gauge('beatwatch_district_stale', stale?.reason === reason ? 1 : 0, { district, reason });
    }
    metrics.gauge('beatwatch_engine_lag_age_ms', this.waitedMs(), { district });
    if (this.#lag !== null) {
      const { foldedToMs, lastMs } = this.#lag;
      metrics.gauge('beatwatch_engine_lag_ms', (lastMs ?? 0) - (foldedToMs ?? lastMs ?? 0), { district });
    }
    const { isUsual, message } = this.#lineOf(stale);
    const key = stale === null ? null : `${stale.reason} ${message}`;
    if (key === this.#logged) return;
    this.#logged = key;
    if (isUsual) logger.info({ ...stale }, message);
    else logger.warn({ ...stale }, message);
  }
}

function planGap(plan: CompiledPlan | null, nowMs: number): Staleness | null {
  if (plan === null) {
    const detail =
      'the log has no plan, so nothing is judged: start a process with the role engine on the district files';
    return { reason: 'no-plan', sinceMs: null, detail };
  }
  if (plan.inForceFromMs > nowMs) {
    const detail = `the first plan, ${plan.version}, takes effect at ${instant(plan.inForceFromMs)}: nothing is judged before then`;
    return { reason: 'no-plan', sinceMs: null, detail };
  }
  if (plan.expandedToMs > nowMs) return null;
  const detail = `the calendar of plan ${plan.version} ended at ${instant(plan.expandedToMs)}, and no next plan came: check the processes with the role engine`;
  return { reason: 'no-plan', sinceMs: plan.expandedToMs, detail };
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
