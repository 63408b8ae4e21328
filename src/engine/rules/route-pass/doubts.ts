import { intersect, normalise, pairsOf, subtract } from '../../../model/intervals.js';
import type { PlanUnit } from '../../../model/plan.js';
import { dutyIntervals } from '../../plan/windows.js';
import { doubtsOf, type Pair, unbelievedDoubts, unseenOf } from '../../presence/doubts.js';
import { type PresenceSpan, saidAt, type Whereabouts } from '../../presence/presence.js';
import type { RuleScope } from '../slice.js';

/**
 * When units on duty may have been on a route while nothing was seen of them, or by what was stated of them, up to now. A unit that reports
 * is in no doubt: its positions say along which stretch it may have driven.
 */
export function unseenSpans(state: RuleScope, where: Whereabouts, placeId: string): PresenceSpan[] {
  const units = new Map<string, PlanUnit>();
  for (const list of [where.hidden(), where.bridging(), where.changing, where.stated])
    for (const unit of list) units.set(unit.id, unit);
  const spans: PresenceSpan[] = [];
  for (const unit of units.values()) {
    const said = saidAt(state, where, placeId, unit);
    const unseen: Pair[] = [...doubtsOf(state, unseenOf(state, unit), placeId, unit), ...said.after];
    const left = pairsOf(subtract(normalise(unseen), normalise(said.notHere)));
    const pairs = [...left, ...said.here, ...said.maybe, ...unbelievedDoubts(state, placeId, unit)];
    for (const [fromMs, toMs] of pairsOf(intersect(normalise(pairs), dutyIntervals(state, unit.id))))
      if (fromMs <= state.nowMs) spans.push({ unit: unit.id, fromMs, toMs: Math.min(toMs, state.nowMs + 1) });
  }
  return spans;
}
