import { compileEntryPlan } from '../district/compile-plan.js';
import { isAnnounced } from '../engine/plan/plans.js';
import { warningsOf } from '../district/warnings.js';
import type { DistrictSource } from '../district/district-source.js';
import { PLAN_LEAD_MS } from '../model/limits.js';
import type { PlanEntry } from '../model/log-entry.js';
import type { LogEnd } from '../log/raw-entry.js';
import type { CompiledPlan } from '../model/plan.js';
import type { Clock, Logger } from '../model/ports.js';

/** A new version comes when less than this is left. */
const RENEW_BEFORE_MS = 14 * 86_400_000;
/** Between reading the clock and the append time passes; E3 wants the lead from the append on. */
const LEAD_MARGIN_MS = 5_000;

export interface PlanKeeperOptions {
  readonly source: DistrictSource;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The newest version that the fold knows. */
  readonly latest: () => CompiledPlan | undefined;
  /** The newest version that it has ever known: a resumed log has no plan, but its numbers go on. 0 unless given. */
  readonly lastVersion?: () => number;
  /** Answers the entry's log time. */
  readonly append: (entry: PlanEntry) => Promise<Pick<LogEnd, 'atMs'>>;
}

/** An append that was held up is made again at once, with a later instant; after so many in a row there is something else wrong. */
const ATTEMPTS = 3;

/** The district files changed, or their calendar runs out. */
export function lacksPlan(latest: CompiledPlan | undefined, source: DistrictSource, nowMs: number): boolean {
  return latest === undefined || latest.sourceSha256 !== source.sha256 || latest.expandedToMs - nowMs < RENEW_BEFORE_MS;
}

/** The plan entry that the log lacks. Null when it lacks none. */
export function planNeeded(
  latest: CompiledPlan | undefined,
  source: DistrictSource,
  nowMs: number,
  kind: Clock['kind'],
  lastVersion = 0,
): CompiledPlan | null {
  if (!lacksPlan(latest, source, nowMs)) return null;
  const leadMs = kind === 'virtual' ? PLAN_LEAD_MS : PLAN_LEAD_MS + LEAD_MARGIN_MS;
  return compileEntryPlan(source, {
    version: Math.max(latest?.version ?? 0, lastVersion) + 1,
    inForceFromMs: Math.max(nowMs + leadMs, (latest?.inForceFromMs ?? 0) + 1),
    nowMs,
  });
}

/**
 * Logs the district files as a plan when the log lacks them; call it once the fold has caught up, and again each minute. An
 * append that was held up for so long that the plan comes too late for its own instant is nothing (E3): then with a later one. Null: the
 * log lacks none, or took none in time (a log whose time is ahead of the clock never does): the next call tries again.
 */
export async function keepPlan(o: PlanKeeperOptions): Promise<CompiledPlan | null> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const plan = planNeeded(o.latest(), o.source, o.clock.nowMs(), o.clock.kind, o.lastVersion?.());
    if (plan === null) return null;
    const { version, inForceFromMs } = plan;
    const { atMs } = await o.append({ kind: 'plan', plan });
    if (isAnnounced(plan, atMs)) {
      o.logger.info({ version, inForceFromMs }, 'logged a new plan');
      for (const { file, reason } of [...warningsOf(plan), ...o.source.warnings]) o.logger.warn({ file }, reason);
      return plan;
    }
    o.logger.warn(
      { version, inForceFromMs, loggedAtMs: atMs },
      'the plan came into the log too late for its instant: it is logged again with a later one',
    );
    // The log's time is not the clock's: a later instant is too early as well.
    if (atMs > o.clock.nowMs()) return null;
  }
  return null;
}
