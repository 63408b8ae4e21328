import type { AlertEvidence } from '../../model/alert.js';
import type { GapRule, PlanPlace } from '../../model/plan.js';
import { placeSubject } from '../../model/subject.js';
import { earlier } from '../lib/episodes.js';
import { type LimitInForce, limitAt, limitsOver } from '../lib/limits-over.js';
import { bindingIntervals, placesSoFar, rulesAbout } from '../lib/plans.js';
import { nextDoubtMs } from '../lib/doubts.js';
import {
  baseKey,
  coveredSpans,
  findWhereabouts,
  kindAt,
  nextPresenceMs,
  possibleSpans,
  type Whereabouts,
  type PresenceSpan,
} from '../lib/presence.js';
import { remarksOf } from '../lib/remarks.js';
import { isOutOfSight } from '../lib/sight.js';
import { nextSaidMs } from '../lib/statements.js';
import type { Span } from '../lib/reconcile.js';
import { nextTaskMs } from '../lib/suppression.js';
import { isGapRule, type Judgement, placeTopic } from '../lib/topics.js';
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
    const input = gapInput(state, where, version, place.id, rule);
    const finding = findGaps(input);
    const disproof = (span: Span): AlertEvidence => whoWasThere(input, span);
    judgements.push({ topic: placeTopic(rule, place), episodes: finding.episodes, disproof });
    nextMs = earlier(nextMs, finding.nextMs);
    dueMs = earlier(dueMs, finding.dueMs);
  }
  return { judgements, dueMs, nextMs };
}

/** The first presence that counts in a span that was told as a gap. */
function whoWasThere({ covered, countsAfterMs }: GapInput, { fromMs, toMs }: Span): AlertEvidence {
  const there = covered.find(
    (span) =>
      span.toMs - span.fromMs >= countsAfterMs(span) && span.toMs > fromMs && (toMs === null || span.fromMs < toMs),
  );
  return there === undefined ? {} : { byUnit: there.unit, byEventTimeMs: Math.max(there.fromMs, fromMs) };
}

function gapInput(state: EngineState, where: Whereabouts, plan: PlanInForce, placeId: string, rule: GapRule): GapInput {
  const key = baseKey(rule.id, placeId);
  const limits = limitsOver(state, rule, placeSubject(placeId), ({ thresholdMs, graceMs }) => thresholdMs + graceMs);
  return {
    nowMs: state.nowMs,
    sinceMs: state.settledToMs,
    settled: state.gapDoubts.get(key) ?? null,
    binds: bindingIntervals(state, rule.id, placeSubject(placeId)),
    base: state.gapBases.get(key) ?? { coveredToMs: 0, unit: null },
    covered: coveredSpans(state, where, placeId).filter((span) => isOfKind(state, limits, span)),
    countsAfterMs: ({ fromMs }) => limitAt(limits, fromMs)?.rule.minPresenceMs ?? 0,
    possible: () => possibleSpans(state, where, placeId).filter((span) => isOfKind(state, limits, span)),
    isUnseen: (unitId) => where.hidden.some((unit) => unit.id === unitId && isOutOfSight(state, unit)),
    remarks: (fromMs, toMs) => remarksOf(state, where, placeId, fromMs, toMs),
    outages: state.outages,
    reportIntervalMs: plan.slowestIntervalMs,
    limits,
  };
}

/** Whether the unit was of a kind that counts, both by the plan of the time. */
function isOfKind(
  state: EngineState,
  limits: readonly LimitInForce<GapRule>[],
  { unit, fromMs }: PresenceSpan,
): boolean {
  const kind = kindAt(state, unit, fromMs);
  return kind !== null && limitAt(limits, fromMs)?.rule.unitKinds.includes(kind) === true;
}

/** Before what is older than `cutoffMs` is forgotten: keeps what the gaps that go on over it still depend on. */
export function settleDoubts(state: EngineState, cutoffMs: number): void {
  const doubts = new Map<string, SettledDoubt>();
  const where = findWhereabouts(state);
  for (const placeId of placesSoFar(state)) {
    for (const { plan, rule } of rulesAbout(state, placeSubject(placeId))) {
      if (!isGapRule(rule)) continue;
      const doubt = settleDoubt(gapInput(state, where, plan, placeId, rule), cutoffMs);
      if (doubt !== null) doubts.set(baseKey(rule.id, placeId), doubt);
    }
  }
  state.gapDoubts = doubts;
}

/** When the next unit out of sight could reach the place, or is out of sight for too long to be there, or a statement ends. */
function nextReachMs(state: EngineState, where: Whereabouts, plan: PlanInForce, place: PlanPlace): number | null {
  let nextMs = nextPresenceMs(state, place.id);
  for (const unit of where.changing) {
    if (isOutOfSight(state, unit)) nextMs = earlier(nextMs, nextDoubtMs(state, plan, place, unit));
  }
  for (const unit of where.stated) nextMs = earlier(nextMs, nextSaidMs(state, plan, place, unit));
  return nextMs;
}
