import { indexOfInterval } from '../../../model/intervals.js';
import { COUNTED_VISIT_MS } from '../../../model/limits.js';
import type { DwellShortRule, Intervals } from '../../../model/plan.js';
import type { Episode } from '../../alerts/episodes.js';
import type { Visit } from '../../track/fold.js';

/**
 * Dwell too short: a counted visit whose outer length is below the least. Benefit of the doubt to the
 * officer: a visit with an open bound, or one that a window's edge or a hole in the trace may have cut, is not judged. The
 * rule is the one that was in force at the last fix inside (E3).
 */
export function findShortVisits(
  binds: Intervals,
  visits: readonly Visit[],
  ruleAt: (eventTimeMs: number) => { readonly rule: DwellShortRule; readonly planVersion: number } | null,
): Episode[] {
  const episodes: Episode[] = [];
  for (const visit of visits) {
    const { outerFromMs, outerToMs } = visit;
    if (visit.cut || visit.closedAtMs === null || outerFromMs === null || outerToMs === null) continue;
    const innerMs = visit.innerToMs - visit.innerFromMs;
    const outerMs = outerToMs - outerFromMs;
    const told = ruleAt(visit.innerToMs);
    if (told === null || innerMs < COUNTED_VISIT_MS || outerMs >= told.rule.minVisitMs) continue;
    const window = indexOfInterval(binds, outerFromMs);
    if (window < 0 || outerToMs > (binds[window + 1] as number)) continue;
    episodes.push({
      fromMs: visit.innerFromMs,
      toMs: visit.innerToMs,
      bearsToMs: visit.closedAtMs,
      certainty: 'certain',
      evidence: { innerMs, outerMs, thresholdMs: told.rule.minVisitMs, planVersion: told.planVersion },
    });
  }
  return episodes;
}
