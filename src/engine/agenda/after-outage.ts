import { OUTAGE_GRACE_MS } from '../../model/limits.js';

/** When nobody could be heard, and how long after that its reports may still come. */
export interface OutageInput {
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number }[];
  readonly reportIntervalMs: number;
}

/**
 * T3: what touches an outage is judged only when the reports of that time have had time to come.
 *
 * @param fromMs when it began
 * @param plannedMs when it would be judged without
 */
export function judgedFromMs(fromMs: number, plannedMs: number, { outages, reportIntervalMs }: OutageInput): number {
  let dueMs = plannedMs;
  for (const outage of outages) {
    const heldMs = outage.toMs + reportIntervalMs + OUTAGE_GRACE_MS;
    if (outage.fromMs <= dueMs && heldMs > fromMs) dueMs = Math.max(dueMs, heldMs);
  }
  return dueMs;
}
