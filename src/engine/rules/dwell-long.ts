import type { DwellLongRule, Intervals } from '../../model/plan.js';
import type { Episode } from '../lib/episodes.js';
import { contains, intersect, subtract } from '../lib/intervals.js';
import type { Stand } from '../state.js';

export interface LongStandInput {
  readonly rule: DwellLongRule;
  readonly nowMs: number;
  /** When the rule binds and the unit is on duty, both. */
  readonly binds: Intervals;
  readonly stands: readonly Stand[];
  /** When a unit may stand where this stand is. */
  readonly allowed: (stand: Stand) => Intervals;
  readonly planVersion: number;
}

/**
 * Dwell too long (domain 2.6): a unit on duty stands still outside every place where it may, by the inner length: from
 * the first to the last position seen there.
 */
export function findLongStands(input: LongStandInput): Episode[] {
  const episodes: Episode[] = [];
  for (const stand of input.stands) {
    if (stand.lastMs - stand.sinceMs < input.rule.maxStandMs) continue;
    const bound = subtract(intersect([stand.sinceMs, stand.lastMs], input.binds), input.allowed(stand));
    for (let i = 0; i < bound.length; i += 2) {
      const fromMs = bound[i] as number;
      const lastMs = bound[i + 1] as number;
      if (lastMs - fromMs < input.rule.maxStandMs) continue;
      const goesOn = stand.endedAtMs === null && lastMs === stand.lastMs && contains(input.binds, input.nowMs);
      episodes.push({
        fromMs,
        toMs: goesOn ? null : lastMs,
        certainty: 'certain',
        evidence: {
          ...(goesOn ? {} : { innerMs: lastMs - fromMs }),
          thresholdMs: input.rule.maxStandMs,
          planVersion: input.planVersion,
        },
      });
    }
  }
  return episodes;
}
