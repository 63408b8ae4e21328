import type { TrackerInfo } from '../ingest/ports.js';
import type { CompiledPlan } from '../model/plan.js';

/**
 * Who may report, by tracker. A tracker belongs to the unit of the last plan that has it. It is asked for the shortest of the
 * plans' report intervals: an earlier plan judges its silence until a later one takes effect.
 *
 * @param plans oldest first; all that may judge a fix that comes now
 */
export function knownTrackers(plans: readonly CompiledPlan[]): ReadonlyMap<string, TrackerInfo> {
  const known = new Map<string, TrackerInfo>();
  for (const { units } of plans) {
    for (const { tracker, id, expectedIntervalMs } of units) {
      const before = known.get(tracker)?.expectedIntervalMs ?? expectedIntervalMs;
      known.set(tracker, { unit: id, expectedIntervalMs: Math.min(before, expectedIntervalMs) });
    }
  }
  return known;
}
