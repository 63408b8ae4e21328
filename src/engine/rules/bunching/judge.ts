import type { AlertEvidence } from '../../../model/alert.js';
import { contains, nextBoundary } from '../../../model/intervals.js';
import { SPOT_MS, SPOT_WAIT_MS } from '../../../model/limits.js';
import type { BunchingRule, Intervals } from '../../../model/plan.js';
import { scopeSubject } from '../../../model/subject.js';
import type { Episode } from '../../alerts/episodes.js';
import { scopeTopic } from '../../alerts/topics.js';
import { type LimitInForce, limitAt, limitsOver } from '../../plan/limits-over.js';
import { planAt } from '../../plan/plans.js';
import { scopesSoFar } from '../../plan/so-far.js';
import { bindingIntervals } from '../../plan/windows.js';
import { type BunchInput, type BunchTime, bunchTimes, type UncoveredSpan } from '../../presence/bunch-times.js';
import { findWhereabouts } from '../../presence/presence.js';
import { findTogether, type TogetherSpan } from '../../presence/together.js';
import { middleOfSpot, NO_SPOTS, spotsSince } from '../../track/spots.js';
import { judgementOf } from '../judgement.js';
import { nearestPlace } from '../nearest-place.js';
import type { AboutScope, RuleKind } from '../rule-kind.js';
import type { RuleScope } from '../slice.js';
import { uncoveredSpans } from './uncovered.js';

/** What remains known of bunches when what was before `finalToMs` is forgotten. */
export interface RememberedBunches {
  /** Units that were in a bunch then, and places that were uncovered. */
  readonly together: readonly TogetherSpan[];
  readonly uncovered: readonly UncoveredSpan[];
  readonly last: BunchTime | null;
}

const NOTHING_REMEMBERED: RememberedBunches = { together: [], uncovered: [], last: null };

/** How long after its hours a rule is still asked each minute: the last minute of them is judged once it is over. */
const AFTER_MS = 5 * SPOT_MS;

/** Units that stand together while a place has nobody. */
export const BUNCHING: RuleKind<BunchingRule> = {
  about: 'scope',
  judge(state, about) {
    const { rule } = about;
    const { limits, binds } = termsOf(state, rule);
    const untilMs = sliceMs(state.nowMs - SPOT_WAIT_MS);
    const input = bunchInput(state, about, state.finalToMs, untilMs);
    const { times, goesOn } = bunchTimes(input);
    const episodes = times.flatMap((one, i) => {
      const isOpen = goesOn && i === times.length - 1;
      if (!isOpen && one.toMs < state.finalToMs) return [];
      return episodeOf(state, one, isOpen, limits, binds, input) ?? [];
    });
    const judgement = judgementOf(state, scopeTopic(rule, state.district), episodes);
    return { judgements: [judgement], nextMs: nextLookMs(binds, state.nowMs) };
  },
};

function termsOf(
  state: RuleScope,
  rule: BunchingRule,
): { readonly limits: readonly LimitInForce<BunchingRule>[]; readonly binds: Intervals } {
  const subject = scopeSubject(state.district, rule.id);
  return { limits: limitsOver(state, rule, subject), binds: bindingIntervals(state, rule.id, subject) };
}

/** The start of the slice that holds an instant. */
function sliceMs(atMs: number): number {
  return Math.floor(atMs / SPOT_MS) * SPOT_MS;
}

/** Each slice once it is over and its fixes have had time to come; outside the rule's hours, when they begin. */
function nextLookMs(binds: Intervals, nowMs: number): number | null {
  const soonMs = sliceMs(nowMs - SPOT_WAIT_MS) + SPOT_MS + SPOT_WAIT_MS;
  if (contains(binds, nowMs) || contains(binds, nowMs - AFTER_MS)) return soonMs;
  return nextBoundary(binds, nowMs);
}

/** @param sinceMs before this, what was is forgotten but for what is remembered */
function bunchInput(
  state: RuleScope,
  { rule, units }: AboutScope<BunchingRule>,
  sinceMs: number,
  untilMs: number,
): BunchInput {
  const { limits, binds } = termsOf(state, rule);
  const remembered = state.bunches.get(rule.id) ?? NOTHING_REMEMBERED;
  const together = findTogether(state, {
    ruleId: rule.id,
    units,
    binds,
    limits,
    sinceMs,
    untilMs,
    remembered: remembered.together,
  });
  // Who may be where is asked only while some are together: they seldom are.
  const uncovered =
    together.spans.length === 0 && remembered.last === null
      ? []
      : uncoveredSpans(state, findWhereabouts(state), sinceMs, untilMs, remembered.uncovered);
  return { limits, together, uncovered, untilMs, remembered: remembered.last };
}

function episodeOf(
  state: RuleScope,
  time: BunchTime,
  isOpen: boolean,
  limits: readonly LimitInForce<BunchingRule>[],
  binds: Intervals,
  input: BunchInput,
): Episode | null {
  const limit = limitAt(limits, time.fromMs);
  if (limit === null) return null;
  const { atLeast, withinM, holdMs } = limit.rule;
  return {
    fromMs: time.beganMs,
    toMs: isOpen ? null : time.toMs,
    certainty: 'certain',
    evidence: {
      ...(isOpen ? {} : { ending: endingOf(time, binds, input) }),
      bunching: { atLeast, withinM, bunches: time.bunches, uncovered: time.uncovered },
      ...whereOf(state, time),
      thresholdMs: holdMs,
      planVersion: limit.planVersion,
    },
  };
}

/** The rule binds no more; somebody may have come to each of the places; or the units parted, or went to do something. */
function endingOf({ toMs }: BunchTime, binds: Intervals, { uncovered }: BunchInput): 'window' | 'arrival' | 'movement' {
  if (!contains(binds, toMs)) return 'window';
  return uncovered.some((span) => span.fromMs < toMs && span.toMs > toMs) ? 'movement' : 'arrival';
}

/** Where the first bunch was at the end: at the last spot of its first unit. */
function whereOf(state: RuleScope, { toMs, bunches }: BunchTime): AlertEvidence {
  const unit = bunches[0]?.[0] ?? '';
  const spots = spotsSince(state.units.get(unit)?.head?.spots ?? NO_SPOTS, 0);
  const spot = spots.findLast(({ fromMs }) => fromMs <= toMs);
  const plan = planAt(state, toMs);
  return spot === undefined || plan === null ? {} : nearestPlace(plan.plan, middleOfSpot(spot));
}

/** Before what is older than `cutoffMs` is forgotten: keeps what bunches that go on over it still depend on. */
export function rememberBunches(state: RuleScope, cutoffMs: number): void {
  const kept = new Map<string, RememberedBunches>();
  for (const [ruleId, { plan, rule, units }] of scopesSoFar(state)) {
    if (rule.kind !== 'bunching') continue;
    const one = rememberBunch(state, { plan, rule, units }, cutoffMs);
    if (one !== null) kept.set(ruleId, one);
  }
  state.bunches = kept;
}

function rememberBunch(state: RuleScope, about: AboutScope<BunchingRule>, cutoffMs: number): RememberedBunches | null {
  const { limits } = termsOf(state, about.rule);
  const input = bunchInput(state, about, state.finalToMs, sliceMs(cutoffMs));
  const together = input.together.spans.filter(input.together.goesOn);
  const uncovered = uncoveredSpans(
    state,
    findWhereabouts(state),
    state.finalToMs,
    cutoffMs,
    state.bunches.get(about.rule.id)?.uncovered ?? [],
  ).filter(({ toMs }) => toMs === cutoffMs);
  const last = bunchTimes(input).times.at(-1) ?? null;
  // One that began before the last had ended goes on with it, and counts from when it has lasted for long enough.
  const longestMs = Math.max(...limits.map(({ limitMs }) => limitMs));
  const isOver = last === null || cutoffMs - last.toMs > longestMs + SPOT_MS;
  return { together, uncovered, last: isOver ? null : last };
}
