import type { Intervals } from '../../model/plan.js';
import { placeSubject } from '../../model/subject.js';
import type { OutageInput } from '../agenda/after-outage.js';
import { type LimitInForce, limitsOver } from '../plan/limits-over.js';
import { bindingIntervals } from '../plan/windows.js';
import { edgesOf } from '../presence/edges.js';
import { coveredSpans, once, type PresenceSpan, possibleSpans } from '../presence/presence.js';
import { type CountingRule, isOfKind } from './counted-kinds.js';
import type { PlacePast } from './remember.js';
import type { RuleScope } from './slice.js';

/** What every rule that counts who is at a place goes by. */
export interface PlaceInput<Rule extends CountingRule> extends OutageInput {
  readonly nowMs: number;
  /** Before this, who was there is forgotten but for what the rule remembers. */
  readonly sinceMs: number;
  /** When the rule binds for the place. */
  readonly binds: Intervals;
  /** The rule over the versions of the plan. */
  readonly limits: readonly LimitInForce<Rule>[];
  /** Who was there, and who may have been, of the kinds that count. */
  readonly covered: readonly PresenceSpan[];
  readonly possible: () => readonly PresenceSpan[];
}

/** @param withEdges who was there may have come before its first fix inside, and left after the last */
export function placeInput<Rule extends CountingRule>(
  state: RuleScope,
  { where, plan, placeId, rule }: PlacePast<Rule>,
  withEdges = false,
): PlaceInput<Rule> {
  const limits = limitsOver(state, rule, placeSubject(placeId));
  const counts = (span: PresenceSpan): boolean => isOfKind(state, limits, span);
  const covered = coveredSpans(state, where, placeId).filter(counts);
  return {
    nowMs: state.nowMs,
    sinceMs: state.finalToMs,
    binds: bindingIntervals(state, rule.id, placeSubject(placeId)),
    limits,
    covered,
    possible: once(() => {
      const possible = possibleSpans(state, where, placeId);
      return [...possible, ...(withEdges ? edgesOf(state, covered, placeId) : [])].filter(counts);
    }),
    outages: state.outages,
    reportIntervalMs: plan.slowestIntervalMs,
  };
}
