import { setTimeout as sleep } from 'node:timers/promises';
import type { CompiledPlan } from '../model/plan.js';

const LOOK_MS = 10;

/**
 * The plan of a district, as soon as it has one: on a busy machine a process listens before its engine has folded what comes before the
 * plan. Waits until the signal aborts, and rejects then; the server's log says why there is none yet.
 */
export async function firstPlan(
  host: { readonly plan: CompiledPlan | null },
  signal?: AbortSignal,
): Promise<CompiledPlan> {
  for (;;) {
    const { plan } = host;
    if (plan !== null) return plan;
    await sleep(LOOK_MS, undefined, { signal });
  }
}
