import type { CompiledPlan, PlanPublication } from './plan.js';

/** Value of `plans` by version: a plan of the log, without what it says. */
export interface PlanRecord {
  readonly version: number;
  readonly sourceSha256: string;
  readonly inForceFromMs: number;
  /** Log time of its entry; null: not known. */
  readonly loggedAtMs: number | null;
  /** Null: it came from the files of a server. */
  readonly published: PlanPublication | null;
}

export function planRecord(plan: CompiledPlan, loggedAtMs: number | null): PlanRecord {
  const { version, sourceSha256, inForceFromMs, published = null } = plan;
  return { version, sourceSha256, inForceFromMs, loggedAtMs, published };
}
