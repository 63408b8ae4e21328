import type { AlertEvidence } from '../../model/alert.js';
import type { GapRule, PlanPlace, PlanRule } from '../../model/plan.js';
import { placeSubject } from '../../model/subject.js';
import { earlier } from '../lib/episodes.js';
import { limitsOver } from '../lib/limits-over.js';
import { bindingIntervals, placesSoFar, rulesAbout } from '../lib/plans.js';
import {
  baseKey,
  coveredSpans,
  findWhereabouts,
  isOnDuty,
  isOutOfSight,
  type PresenceSpan,
  possibleFromMs,
  possibleSpans,
  type Whereabouts,
} from '../lib/presence.js';
import type { Span } from '../lib/reconcile.js';
import { nextTaskMs } from '../lib/suppression.js';
import { type Judgement, placeTopic } from '../lib/topics.js';
import type { EngineState, PlanInForce, SettledDoubt } from '../state.js';
import { findGaps, type GapInput, settleDoubt } from './gap.js';

export interface PlaceFindings {
  readonly judgements: readonly Judgement[];
  /** When a gap falls due unless somebody comes; null when no gap rule binds now. */
  readonly dueMs: number | null;
  /** When to look again though nothing was reported. */
  readonly nextMs: number | null;
}

/** All rules about a place, at the engine's clock. `plan`: the current one, or the last that had the place. */
export function judgePlace(state: EngineState, where: Whereabouts, plan: PlanInForce, place: PlanPlace): PlaceFindings {
  const judgements: Judgement[] = [];
  let dueMs: number | null = null;
  let nextMs = earlier(nextReachMs(state, where, plan, place), nextTaskMs(state, placeSubject(place.id)));
  for (const { plan: version, rule } of rulesAbout(state, placeSubject(place.id))) {
    if (!isGapRule(rule)) continue;
    const input = gapInput(state, where, version, version.placeById.get(place.id) ?? place, rule);
    const finding = findGaps(input);
    const disproof = (span: Span): AlertEvidence => whoWasThere(input.covered, rule, span);
    judgements.push({ topic: placeTopic(rule, place), episodes: finding.episodes, disproof });
    nextMs = earlier(nextMs, finding.nextMs);
    dueMs = earlier(dueMs, finding.dueMs);
  }
  return { judgements, dueMs, nextMs };
}

/** The first presence that counts in a span that was told as a gap. */
function whoWasThere(covered: readonly PresenceSpan[], rule: GapRule, { fromMs, toMs }: Span): AlertEvidence {
  const there = covered.find(
    (span) =>
      span.toMs - span.fromMs >= rule.minPresenceMs && span.toMs > fromMs && (toMs === null || span.fromMs < toMs),
  );
  return there === undefined ? {} : { byUnit: there.unit, byEventTimeMs: Math.max(there.fromMs, fromMs) };
}

function gapInput(
  state: EngineState,
  where: Whereabouts,
  plan: PlanInForce,
  place: PlanPlace,
  rule: GapRule,
): GapInput {
  const key = baseKey(rule.id, place.id);
  return {
    rule,
    nowMs: state.nowMs,
    sinceMs: state.settledToMs,
    settled: state.gapDoubts.get(key) ?? null,
    binds: bindingIntervals(state, rule.id, placeSubject(place.id)),
    base: state.gapBases.get(key) ?? { coveredToMs: 0, unit: null },
    covered: coveredSpans(state, where, place.id, rule.unitKinds),
    possible: () => possibleSpans(state, where, plan, place, rule.unitKinds),
    outages: state.outages,
    reportIntervalMs: plan.slowestIntervalMs,
    limits: limitsOver(state, rule, placeSubject(place.id), ({ thresholdMs, graceMs }) => thresholdMs + graceMs),
  };
}

/** Before what is older than `cutoffMs` is forgotten: keeps what the gaps that go on over it still depend on. */
export function settleDoubts(state: EngineState, cutoffMs: number): void {
  const doubts = new Map<string, SettledDoubt>();
  const where = findWhereabouts(state);
  for (const placeId of placesSoFar(state)) {
    for (const { plan, rule } of rulesAbout(state, placeSubject(placeId))) {
      if (!isGapRule(rule)) continue;
      const place = plan.placeById.get(placeId);
      const doubt = place === undefined ? null : settleDoubt(gapInput(state, where, plan, place, rule), cutoffMs);
      if (doubt !== null) doubts.set(baseKey(rule.id, placeId), doubt);
    }
  }
  state.gapDoubts = doubts;
}

export function isGapRule(rule: PlanRule): rule is GapRule {
  return rule.kind === 'zone-gap' || rule.kind === 'checkpoint-gap' || rule.kind === 'route-gap';
}

/** When the next silent unit could reach the place: from then on it is no longer certain that nobody is there. */
function nextReachMs(state: EngineState, where: Whereabouts, plan: PlanInForce, place: PlanPlace): number | null {
  let nextMs: number | null = null;
  for (const unit of where.hidden) {
    const last = state.units.get(unit.id)?.head?.last ?? null;
    if (last === null || !isOutOfSight(state, unit) || !isOnDuty(state, unit.id)) continue;
    const fromMs = possibleFromMs(plan, place, unit, last);
    if (fromMs > state.nowMs) nextMs = earlier(nextMs, fromMs);
  }
  return nextMs;
}
