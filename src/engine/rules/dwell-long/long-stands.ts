import type { AlertEvidence } from '../../../model/alert.js';
import { contains, intersect, subtract } from '../../../model/intervals.js';
import type { DwellLongRule, Intervals } from '../../../model/plan.js';
import type { Episode } from '../../alerts/episodes.js';
import { dueMsUnder, type LimitInForce, limitUnder } from '../../plan/limits-over.js';
import type { Stand } from '../../track/fold.js';

export interface LongStandInput {
  /** The longest stand, by the plan of the time. */
  readonly limits: readonly LimitInForce<DwellLongRule>[];
  readonly nowMs: number;
  /** When the rule binds and the unit is on duty, both. */
  readonly binds: Intervals;
  readonly stands: readonly Stand[];
  /** When a unit may stand where this stand is. */
  readonly allowed: (stand: Stand) => Intervals;
  /** Where it is, for people. */
  readonly whereabouts: (stand: Stand) => AlertEvidence;
}

/**
 * Dwell too long: a unit on duty stands still outside every place where it may, by the inner length: from
 * the first to the last position seen there.
 */
export function findLongStands(input: LongStandInput): Episode[] {
  const episodes: Episode[] = [];
  for (const stand of input.stands) {
    if (dueAt(input.limits, stand.sinceMs, stand.lastMs) === null) continue;
    const bound = subtract(intersect([stand.sinceMs, stand.lastMs], input.binds), input.allowed(stand));
    for (let i = 0; i < bound.length; i += 2) {
      const fromMs = bound[i] as number;
      const lastMs = bound[i + 1] as number;
      const due = dueAt(input.limits, fromMs, lastMs);
      if (due === null) continue;
      const goesOn = stand.endedAtMs === null && lastMs === stand.lastMs && contains(input.binds, input.nowMs);
      episodes.push({
        fromMs,
        toMs: goesOn ? null : lastMs,
        certainty: 'certain',
        evidence: {
          ...(goesOn ? {} : { innerMs: lastMs - fromMs, ending: hasMoved(stand, lastMs) ? 'movement' : 'window' }),
          ...input.whereabouts(stand),
          thresholdMs: due.limitMs,
          planVersion: due.planVersion,
        },
      });
    }
  }
  return episodes;
}

/** Whether a stand lasted for longer than a unit may stand anywhere: so do few, and nothing else need be asked of the others. */
export function hasLongStand(limits: LongStandInput['limits'], stands: readonly Stand[]): boolean {
  for (const { sinceMs, lastMs } of stands) if (dueAt(limits, sinceMs, lastMs) !== null) return true;
  return false;
}

/** Whether the stand itself is over, and not only the time in which the rule looks at it. */
function hasMoved({ endedAtMs, lastMs }: Stand, toMs: number): boolean {
  return endedAtMs !== null && toMs === lastMs;
}

function dueAt(limits: LongStandInput['limits'], fromMs: number, lastMs: number): LimitInForce<DwellLongRule> | null {
  const limit = limitUnder(limits, fromMs);
  return limit === null || dueMsUnder(limit, fromMs) > lastMs ? null : limit;
}
