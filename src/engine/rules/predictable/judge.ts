import type { AlertEvidence } from '../../../model/alert.js';
import { intersect, normalise, pairsOf } from '../../../model/intervals.js';
import type { PlanRule, PredictableRule } from '../../../model/plan.js';
import { type AlertTopic, placeTopic } from '../../alerts/topics.js';
import { dutyIntervals } from '../../plan/windows.js';
import { baseKey, once, type PresenceSpan } from '../../presence/presence.js';
import { findRhythms, rememberRhythm, type RhythmInput, untoldStay } from '../../rhythm/rows.js';
import type { Span } from '../../told/reconcile.js';
import type { Visit } from '../../track/fold.js';
import { isNews, judgementOf } from '../judgement.js';
import { placeInput } from '../place-input.js';
import { type PlacePast, rememberByPlace } from '../remember.js';
import type { RuleKind } from '../rule-kind.js';
import type { RuleScope } from '../slice.js';

/** Checkpoints of which an onlooker can guess the next visit. */
export const PREDICTABLE: RuleKind<PredictableRule> = {
  about: 'place',
  judge(state, { plan, rule, place, where }) {
    const input = rhythmInput(state, { where, plan, placeId: place.id, rule });
    const { episodes, nextMs } = findRhythms(input);
    const topic = placeTopic(rule, place);
    if (!isNews(state, topic, episodes)) return { judgements: [], nextMs, dueMs: null };
    const judgement = judgementOf(state, topic, episodes, {
      disproof: (span) => whoElseCame(state, topic, input, span),
    });
    return { judgements: [judgement], nextMs, dueMs: null };
  },
};

function rhythmInput(state: RuleScope, past: PlacePast<PredictableRule>): RhythmInput {
  const { covered, possible, ...input } = placeInput(state, past);
  const maybe = once(() => {
    const spans = [...covered, ...possible(), ...state.outages];
    return normalise([...pairsOfSpans(spans), ...edgesOfStays(state, covered, past.placeId)]);
  });
  return {
    ...input,
    remembered: state.rhythms.get(baseKey(past.rule.id, past.placeId)) ?? null,
    proven: normalise(pairsOfSpans(covered)),
    maybe,
    whoCame: (atMs) => covered.find(({ fromMs }) => fromMs === atMs)?.unit ?? null,
  };
}

function pairsOfSpans(spans: readonly Pick<PresenceSpan, 'fromMs' | 'toMs'>[]): (readonly [number, number])[] {
  return spans.map(({ fromMs, toMs }) => [fromMs, toMs] as const);
}

/**
 * When those who were there may have come before they were seen to, or have left after. A presence that no fix saw begin (its trace begins
 * inside, or it was stated by radio) may have begun at any time.
 */
function edgesOfStays(state: RuleScope, covered: readonly PresenceSpan[], placeId: string): [number, number][] {
  const edges: [number, number][] = [];
  for (const unit of new Set(covered.map((span) => span.unit))) {
    const visits = state.units.get(unit)?.head?.places.get(placeId)?.visits ?? [];
    const pairs = visits.flatMap((visit) => edgesOfVisit(visit));
    for (const span of covered)
      if (span.unit === unit && !visits.some((visit) => isSeenIn(visit, span))) pairs.push([0, span.fromMs]);
    edges.push(...pairsOf(intersect(normalise(pairs), dutyIntervals(state, unit))));
  }
  return edges;
}

function edgesOfVisit(visit: Visit): [number, number][] {
  const { outerFromMs, innerFromMs, innerToMs, outerToMs, fromHole, toHole } = visit;
  // What it did in a hole of its trace is a doubt of its own.
  return [
    [fromHole ? innerFromMs : (outerFromMs ?? 0), innerFromMs],
    [innerToMs, toHole ? innerToMs : (outerToMs ?? innerToMs)],
  ];
}

function isSeenIn({ innerFromMs, open, outerToMs, innerToMs }: Visit, { fromMs }: PresenceSpan): boolean {
  return innerFromMs <= fromMs && (open || fromMs <= (outerToMs ?? innerToMs));
}

/** Somebody who was there, and whom no version that stands knows of. */
function whoElseCame(state: RuleScope, { key }: AlertTopic, input: RhythmInput, { fromMs, toMs }: Span): AlertEvidence {
  const told = state.alerts.get(key)?.find(({ version }) => version.fromMs === fromMs && version.toMs === toMs);
  const came = untoldStay(input, told?.version.evidence.rhythm?.startsMs ?? [], toMs);
  return came === null ? {} : { byUnit: came.unit, byEventTimeMs: came.atMs };
}

/** Before what is older than `cutoffMs` is forgotten: keeps the last stays of each place, and what could be guessed of them. */
export function rememberRhythms(state: RuleScope, cutoffMs: number): void {
  state.rhythms = rememberByPlace(state, isPredictable, (past) => rememberRhythm(rhythmInput(state, past), cutoffMs));
}

function isPredictable(rule: PlanRule): rule is PredictableRule {
  return rule.kind === 'predictable';
}
