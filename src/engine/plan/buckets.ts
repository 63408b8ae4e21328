import { DENSE_FACTOR, DENSE_FLOOR_MS } from '../../model/limits.js';
import type { CompiledPlan, PlanUnit } from '../../model/plan.js';

/** A stretch of event time, `[fromMs, toMs)`, of whose fixes of one unit one counts. */
export interface Bucket {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Version {
  readonly plan: CompiledPlan;
  readonly fromMs: number;
  readonly unitById: ReadonlyMap<string, PlanUnit>;
}

/**
 * The bucket of an instant: the unit's report interval by the plan's factor, from 1970 on, and never over two plans. So which fixes
 * share one depends on their event times alone, whatever order they come in.
 */
export function bucketAt(
  { plans }: { readonly plans: readonly Version[] },
  unitId: string | null,
  atMs: number,
): Bucket {
  let index = plans.length - 1;
  while (index > 0 && (plans[index] as Version).fromMs > atMs) index -= 1;
  const version = plans[index];
  const unit = unitId === null ? undefined : version?.unitById.get(unitId);
  if (version === undefined || unit === undefined) return { fromMs: atMs, toMs: atMs + 1 };
  const widthMs = bucketMs(unit, version.plan);
  const fromMs = Math.floor(atMs / widthMs) * widthMs;
  const startMs = index === 0 ? fromMs : Math.max(fromMs, version.fromMs);
  let toMs = fromMs + widthMs;
  // Of a part of a log, plans that a later one withdrew are there, too.
  for (let next = index + 1; next < plans.length; next += 1) toMs = Math.min(toMs, (plans[next] as Version).fromMs);
  return { fromMs: startMs, toMs };
}

function bucketMs({ expectedIntervalMs }: PlanUnit, { denseFactor = DENSE_FACTOR }: CompiledPlan): number {
  return Math.max(DENSE_FLOOR_MS, Math.floor(expectedIntervalMs / denseFactor));
}
