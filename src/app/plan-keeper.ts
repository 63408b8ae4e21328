import { compileEntryPlan, renewedPlan } from '../district/compile-plan.js';
import { orderClashes } from '../district/layer-faults.js';
import { baseOf } from '../district/layered-plan.js';
import { ordersFrom, planSeries, soonestPlanMs } from '../district/plan-series.js';
import { isAnnounced } from '../engine/plan/plans.js';
import { warningsOf } from '../district/warnings.js';
import type { DistrictSource } from '../district/district-source.js';
import type { PlanEntry } from '../model/log-entry.js';
import type { LogEnd } from '../log/raw-entry.js';
import type { CompiledPlan } from '../model/plan.js';
import type { Clock, Logger } from '../model/ports.js';

/** A new version comes when less than this is left. */
const RENEW_BEFORE_MS = 14 * 86_400_000;

export interface PlanKeeperOptions {
  /** Null: there are none; a published plan is renewed all the same. */
  readonly source: DistrictSource | null;
  /** A person wants the files to be the plan, whoever published the one that is. */
  readonly isWanted?: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Plans that the fold knows, oldest first; the last may wait for its instant. */
  readonly plans: () => readonly CompiledPlan[];
  /** The plan that was in force before a `resume`, where the fold knows none since. */
  readonly resumed?: CompiledPlan | null;
  /** The newest version that it has ever known: a resumed log has no plan, but its numbers go on. 0 unless given. */
  readonly lastVersion?: () => number;
  /** Appends all of them or none; answers their log time. */
  readonly append: (entries: readonly PlanEntry[]) => Promise<Pick<LogEnd, 'atMs'>>;
}

/** An append that was held up is made again at once, with a later instant; after so many in a row there is something else wrong. */
const ATTEMPTS = 3;

/** What a plan of the log may be replaced by: see `lacksPlan`. */
export type KeptFiles = Pick<PlanKeeperOptions, 'source' | 'isWanted' | 'resumed'>;

/**
 * Whether the log needs another plan: the district files changed, or the calendar of its newest one runs out. A plan that a person published
 * stays, whatever the files are, unless a person wants them.
 */
export function lacksPlan(latest: CompiledPlan | undefined, files: KeptFiles, nowMs: number): boolean {
  if (latest === undefined) return files.source !== null || restoredPlan(files) !== null;
  return latest.expandedToMs - nowMs < RENEW_BEFORE_MS || isChange(latest, files);
}

/** A published plan goes on after a `resume`, whatever the files are. Null: none is to. */
function restoredPlan({ resumed, isWanted = false }: KeptFiles): CompiledPlan | null {
  const isKept = resumed?.published !== undefined && resumed.calendar !== undefined && !isWanted;
  return isKept ? resumed : null;
}

function isChange(latest: CompiledPlan, { source, isWanted = false }: KeptFiles): boolean {
  if (source === null || latest.sourceSha256 === source.sha256) return false;
  return isWanted || latest.published === undefined;
}

/** The plan that the log lacks, with what operation orders lay over it for a time. Null when it lacks none, or nobody here can make it. */
export function plansNeeded(
  plans: readonly CompiledPlan[],
  files: KeptFiles,
  nowMs: number,
  kind: Clock['kind'],
  lastVersion = 0,
): readonly CompiledPlan[] | null {
  const plan = planNeeded(plans, files, nowMs, kind, lastVersion);
  if (plan === null) return null;
  const { inForceFromMs: fromMs, version, withdraws = 0, published } = plan;
  const known = plans.length > 0 ? plans : files.resumed === null || files.resumed === undefined ? [] : [files.resumed];
  const orders = ordersFrom(known, fromMs);
  if (orders.length === 0) return [plan];
  const newest = { newestVersion: version - 1, beforeVersion: version - 1 - withdraws };
  const id = `plan-${version}`;
  const wish = { id, standing: [], ...newest, fromMs, nowMs, base: plan, orders };
  return planSeries(published === undefined ? wish : { ...wish, published });
}

/** The plan that the log lacks, without orders. */
export function planNeeded(
  plans: readonly CompiledPlan[],
  files: KeptFiles,
  nowMs: number,
  kind: Clock['kind'],
  lastVersion = 0,
): CompiledPlan | null {
  const latest = plans.at(-1);
  if (!lacksPlan(latest, files, nowMs)) return null;
  const soonMs = soonestPlanMs(nowMs, kind);
  const version = Math.max(latest?.version ?? 0, lastVersion) + 1;
  const { source } = files;
  if (latest !== undefined && !isChange(latest, files)) {
    // The same plan with other days of its calendar comes after itself.
    const entry = { version, inForceFromMs: Math.max(soonMs, latest.inForceFromMs + 1), nowMs };
    return renewal(latest, source, entry);
  }
  const restored = latest === undefined ? restoredPlan(files) : null;
  if (restored !== null) return renewal(restored, null, { version, inForceFromMs: soonMs, nowMs });
  if (source === null) return null;
  // What waits for a later instant is withdrawn: the files are to be the plan from now on.
  const before = plans.findLast(({ inForceFromMs }) => inForceFromMs < soonMs)?.version;
  const withdraws = latest === undefined ? 0 : latest.version - (before ?? 0);
  const plan = compileEntryPlan(source, { version, inForceFromMs: soonMs, nowMs });
  return withdraws === 0 ? plan : { ...plan, withdraws };
}

/** The same plan as another entry, by whoever published it; from the files where they are its own. Null: it does not say its calendar. */
function renewal(
  plan: CompiledPlan,
  source: DistrictSource | null,
  entry: Parameters<typeof compileEntryPlan>[1],
): CompiledPlan | null {
  const { published } = plan;
  const renewed =
    plan.sourceSha256 === source?.sha256 ? compileEntryPlan(source, entry) : renewedPlan(baseOf(plan), entry);
  return renewed === null || published === undefined ? renewed : { ...renewed, published };
}

/**
 * Logs the district files as a plan when the log lacks them; call it once the fold has caught up, and again each minute. An
 * append that was held up for so long that the plan comes too late for its own instant is nothing (E3): then with a later one. Null: the
 * log lacks none, or took none in time (a log whose time is ahead of the clock never does): the next call tries again.
 */
export async function keepPlan(o: PlanKeeperOptions): Promise<CompiledPlan | null> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const plans = plansNeeded(o.plans(), o, o.clock.nowMs(), o.clock.kind, o.lastVersion?.());
    const [plan] = plans ?? [];
    if (plans === null || plan === undefined) return null;
    const { version, inForceFromMs } = plan;
    const { atMs } = await o.append(plans.map((each) => ({ kind: 'plan', plan: each })));
    if (isAnnounced(plan, atMs)) {
      o.logger.info({ version, inForceFromMs }, 'logged a new plan');
      for (const { file, reason } of [...warningsOf(plan), ...(o.source?.warnings ?? [])])
        o.logger.warn({ file }, reason);
      for (const clash of orderClashes(baseOf(plan), ordersFrom(plans, inForceFromMs)))
        o.logger.warn({ ...clash }, 'an operation order does not fit the new plan: what does not fit is passed over');
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
