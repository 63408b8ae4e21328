import { intersect, normalise, pairsOf } from '../../model/intervals.js';
import { dutyIntervals } from '../plan/windows.js';
import type { PresenceSpan } from './presence.js';
import type { PresenceScope } from './slice.js';

/** Between its last fix outside and its first one inside a unit may have come at any time; likewise it may have left. */
export function edgesOf(state: PresenceScope, covered: readonly PresenceSpan[], placeId: string): PresenceSpan[] {
  const edges: PresenceSpan[] = [];
  for (const unit of new Set(covered.map((span) => span.unit))) {
    const visits = state.units.get(unit)?.head?.places.get(placeId)?.visits ?? [];
    const pairs = visits.flatMap(({ outerFromMs, innerFromMs, innerToMs, outerToMs, fromHole, toHole }) => [
      [fromHole ? innerFromMs : (outerFromMs ?? innerFromMs), innerFromMs] as const,
      [innerToMs, toHole ? innerToMs : (outerToMs ?? innerToMs)] as const,
    ]);
    for (const [fromMs, toMs] of pairsOf(intersect(normalise(pairs), dutyIntervals(state, unit))))
      if (fromMs <= state.nowMs) edges.push({ unit, fromMs, toMs: Math.min(toMs, state.nowMs + 1) });
  }
  return edges;
}
