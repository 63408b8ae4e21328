import { signedDistanceM } from '../../../geo/shape.js';
import type { AlertEvidence } from '../../../model/alert.js';
import { intersect, normalise, pairsOf } from '../../../model/intervals.js';
import { EXIT_BUFFER_M } from '../../../model/limits.js';
import type { DwellLongRule, Intervals } from '../../../model/plan.js';
import { toLngLat } from '../../../model/position.js';
import { placeSubject, unitSubject } from '../../../model/subject.js';
import { NO_EPISODES } from '../../alerts/episodes.js';
import { unitTopic } from '../../alerts/topics.js';
import { isGapRule } from '../../plan/gap-rules.js';
import { limitsOver } from '../../plan/limits-over.js';
import { FOREVER_MS, planAt } from '../../plan/plans.js';
import type { PlanInForce, PlanSlice } from '../../plan/slice.js';
import { busyPairs } from '../../plan/tasks.js';
import { bindingIntervals, bindsOnDuty } from '../../plan/windows.js';
import type { Stand } from '../../track/fold.js';
import { isNews, judgementOf } from '../judgement.js';
import { nearestPlace } from '../nearest-place.js';
import { NOTHING_FOUND, type RuleKind } from '../rule-kind.js';
import { findLongStands, hasLongStand } from './long-stands.js';

export const LONG_STANDS: RuleKind<DwellLongRule> = {
  about: 'unit',
  judge(state, { rule, unit, planned }) {
    const topic = unitTopic(rule, planned);
    const limits = limitsOver(state, rule, unitSubject(unit.id));
    const stands = unit.head?.stands ?? [];
    if (!hasLongStand(limits, stands) && !isNews(state, topic, NO_EPISODES)) return NOTHING_FOUND;
    const episodes = findLongStands({
      limits,
      nowMs: state.nowMs,
      binds: bindsOnDuty(state, rule.id, unit.id),
      stands,
      allowed: (stand) => allowedAt(state, stand, busyPairs(state, unit.id, FOREVER_MS)),
      whereabouts: (stand) => whereItStands(state, stand),
    });
    return { judgements: [judgementOf(state, topic, episodes)], nextMs: null };
  },
};

function whereItStands(state: PlanSlice, stand: Stand): AlertEvidence {
  const [lng, lat] = toLngLat(stand);
  const plan = planAt(state, stand.sinceMs);
  return { standsAt: { lng, lat }, ...(plan === null ? {} : nearestPlace(plan.plan, stand)) };
}

/**
 * When a unit may stand where it does: always at a place that allows it, at a checkpoint while a gap rule wants it, on a task. Each
 * version of the plan says so of its own time.
 */
function allowedAt(state: PlanSlice, stand: Stand, busy: [number, number][]): Intervals {
  const pairs = [...busy];
  const untilMs = stand.endedAtMs ?? FOREVER_MS;
  for (const [i, version] of state.plans.entries()) {
    const fromMs = i === 0 ? 0 : version.fromMs;
    if (fromMs > untilMs || version.toMs <= stand.sinceMs) continue;
    for (const place of version.plan.places) {
      if (!place.stopAllowed && place.kind !== 'checkpoint') continue;
      if (signedDistanceM(version.plan.ruler, place.shape, stand) > EXIT_BUFFER_M) continue;
      if (place.stopAllowed) pairs.push([fromMs, version.toMs]);
      else pairs.push(...wantedPairs(state, version, place.id, fromMs));
    }
  }
  return normalise(pairs);
}

/** When a gap rule of this version wants somebody at the checkpoint, while it is in force. */
function wantedPairs(state: PlanSlice, version: PlanInForce, placeId: string, fromMs: number): [number, number][] {
  return version.plan.rules
    .filter((rule) => isGapRule(rule) && rule.places.includes(placeId))
    .flatMap(({ id }) =>
      pairsOf(intersect(bindingIntervals(state, id, placeSubject(placeId)), [fromMs, version.toMs])),
    );
}
