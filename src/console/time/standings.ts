import type { CompiledPlan } from '../../model/plan.js';
import { type VisitVersion, visitEndMs } from '../../model/visit.js';
import type { AlertAnswer } from '../../protocol/alert-states.js';
import type { Standing } from '../board/rows.js';

/** How places stood at an instant, by the visits and the alerts that stand: a gap that was raised, else a visit, else nobody. */
export function standingsAt(
  { places }: CompiledPlan,
  visits: readonly VisitVersion[],
  open: readonly AlertAnswer[],
  atMs: number,
): ReadonlyMap<string, Standing> {
  const standings = new Map<string, Standing>(places.map(({ id }) => [id, 'empty']));
  for (const visit of visits) {
    const endMs = visitEndMs(visit);
    if (visit.kind === 'visit' && visit.innerFromMs <= atMs && (endMs === null || endMs >= atMs))
      standings.set(visit.place, 'covered');
  }
  for (const { rule, place, certainty } of open)
    if (place !== null && rule.endsWith('-gap')) standings.set(place, certainty === 'unknown' ? 'in-doubt' : 'overdue');
  return standings;
}
