import { versionBefore } from '../engine/plan/plans.js';
import { plansOf } from '../engine/snapshot.js';
import { HORIZON_MS } from '../model/limits.js';
import type { CompiledPlan } from '../model/plan.js';
import { keptSnapshots, readKeptSnapshot } from '../runner/snapshot-folder.js';

/** Each day's first snapshot is kept, so the log need not be read further back for a plan. */
const PLAN_SCAN_MS = 25 * 3_600_000;

export interface PastPlansOptions {
  /** The plan in force; null before the first. */
  readonly current: CompiledPlan | null;
  readonly snapshotFolder: string;
  /** Plans that the log has between two log times. */
  readonly readPlans: (fromMs: number, toMs: number) => Promise<readonly CompiledPlan[]>;
}

export interface PastPlans {
  /** Oldest first, without a hole. */
  readonly plans: readonly CompiledPlan[];
  /** The event time from which on the plan in force is known. */
  readonly fromMs: number;
}

/**
 * The plans that were in force from an event time on. Versions are dense, so it is known whether one is lacking: it is looked for
 * in the snapshot from about the end of its time (a state knows the plans of the last horizons), then in the log before that.
 */
export async function plansSince(fromMs: number, o: PastPlansOptions): Promise<PastPlans> {
  const plans = o.current === null ? [] : [o.current];
  for (;;) {
    const [oldest] = plans;
    // Before the first plan there was none: what was logged then is judged by the first.
    if (oldest === undefined || versionBefore(oldest) === 0) return { plans, fromMs: Number.NEGATIVE_INFINITY };
    if (oldest.inForceFromMs <= fromMs) return { plans, fromMs: oldest.inForceFromMs };
    const before = await planBefore(oldest, o);
    if (before === undefined) return { plans, fromMs: oldest.inForceFromMs };
    plans.unshift(before);
  }
}

async function planBefore(next: CompiledPlan, o: PastPlansOptions): Promise<CompiledPlan | undefined> {
  const isBefore = ({ version }: CompiledPlan): boolean => version === versionBefore(next);
  const snapshots = await keptSnapshots(o.snapshotFolder);
  const snapshot = snapshots.findLast(({ ms }) => ms <= next.inForceFromMs + HORIZON_MS);
  const dump = snapshot === undefined ? null : await readKeptSnapshot(o.snapshotFolder, snapshot.file);
  const known = dump === null ? undefined : plansOf(dump).find(isBefore);
  if (known !== undefined) return known;
  const scanFromMs = Math.max(next.inForceFromMs - PLAN_SCAN_MS, dump === null ? 0 : (snapshot?.ms ?? 0));
  return (await o.readPlans(scanFromMs, next.inForceFromMs)).find(isBefore);
}
