import { decodeLogEntry } from '../codec/log-codec.js';
import { isAnnounced } from '../engine/plan/plans.js';
import type { LogHistory } from '../log/log-history.js';
import type { CompiledPlan } from '../model/plan.js';
import type { PlanRecord } from '../model/plan-record.js';

/** Plans that the log has between two log times, in its order. */
export async function readPlans(history: LogHistory, fromMs: number, toMs: number): Promise<readonly CompiledPlan[]> {
  const plans: CompiledPlan[] = [];
  await history.read({
    fromMs,
    toMs,
    kinds: ['plan'],
    visit: (entries) => {
      for (const { id, atMs, kind, payload } of entries) {
        const entry = kind === 'plan' ? decodeLogEntry(kind, payload) : null;
        if (entry?.kind === 'plan' && isAnnounced(entry.plan, atMs ?? id.ms)) plans.push(entry.plan);
      }
    },
  });
  return plans;
}

/** The plan of a record; null: the log does not have it any more, or nobody knows where it stood. */
export async function readPlanOf(
  history: LogHistory,
  { version, loggedAtMs }: PlanRecord,
): Promise<CompiledPlan | null> {
  if (loggedAtMs === null) return null;
  const plans = await readPlans(history, loggedAtMs, loggedAtMs + 1);
  return plans.find((plan) => plan.version === version) ?? null;
}
