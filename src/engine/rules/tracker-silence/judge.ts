import type { PlanUnit, TrackerSilenceRule } from '../../../model/plan.js';
import { heartbeatIntervalMs } from '../../../model/silence.js';
import { earlier } from '../../agenda/instants.js';
import { type Found, type Judgement, networkTopic, unitTopic, uselessTopic } from '../../alerts/topics.js';
import { silentAfterMs } from '../../plan/plans.js';
import type { PlanInForce } from '../../plan/slice.js';
import { bindsOnDuty, isOnDuty } from '../../plan/windows.js';
import { isNews, judgementOf } from '../judgement.js';
import { NOTHING_FOUND, type RuleKind } from '../rule-kind.js';
import type { RuleScope } from '../slice.js';
import { outageOfNetwork } from '../suppression.js';
import { findNetworkOutages, type UnitInNetwork } from './network-outage.js';
import { findSilence, lastSilence, type Silence, type SilenceInput } from './silence.js';
import { findUseless, type UselessInput } from './useless.js';

/** A tracker that is silent, and one that talks and is useless. */
export const TRACKER_SILENCE: RuleKind<TrackerSilenceRule> = {
  about: 'unit',
  judge(state, { plan, rule, unit, planned }) {
    // One that a plan has removed is silent no more.
    if (plan.plan.version !== state.planVersion) return NOTHING_FOUND;
    const silences = state.silences.get(unit.id) ?? [];
    const before = countSilences(silences);
    const about: SilenceInput & UselessInput = {
      nowMs: state.nowMs,
      ruleId: rule.id,
      binds: bindsOnDuty(state, rule.id, unit.id),
      silentAfterMs: silentAfterMs(planned),
      serverBackMs: state.outages.at(-1)?.toMs ?? 0,
      planVersion: plan.plan.version,
      lastHeardMs: unit.lastHeardMs,
      silences,
      use: unit.use,
    };
    const silent = findSilence(about);
    if (silences.length > 0) state.silences.set(unit.id, silences);
    const useless = findUseless(about);
    const nextMs = earlier(silent.nextMs, useless.nextMs);
    const judgements: Judgement[] = [];
    const silenceTopic = unitTopic(rule, planned);
    if (isNews(state, silenceTopic, silent.episodes)) {
      const outage = (found: Found): string | null => outageOfNetwork(state, silenceTopic, found);
      judgements.push(judgementOf(state, silenceTopic, silent.episodes, { outage }));
    }
    const topic = uselessTopic(rule, planned);
    if (isNews(state, topic, useless.episodes)) judgements.push(judgementOf(state, topic, useless.episodes));
    return { judgements, nextMs, silenceChanged: countSilences(silences) !== before };
  },
};

/** Grows whenever one begins, and whenever one ends. */
function countSilences(silences: readonly Silence[]): number {
  let count = silences.length;
  for (const { toMs } of silences) if (toMs !== null) count += 1;
  return count;
}

/** A plan from `endMs` on no longer has the unit: what nobody looks at any more is over. */
export function endSilences({ silences }: Pick<RuleScope, 'silences'>, unitId: string, endMs: number): void {
  for (const silence of silences.get(unitId) ?? [])
    if (silence.toMs === null) silence.toMs = Math.max(silence.fromMs, endMs);
}

/** Outages of the trackers' network among the units of a silence rule. */
export function judgeNetwork(state: RuleScope, plan: PlanInForce, rule: TrackerSilenceRule): Judgement {
  const onDuty = rule.units.flatMap((id) => {
    const planned = plan.unitById.get(id);
    return planned === undefined || !isOnDuty(state, id) ? [] : [unitInNetwork(state, planned, rule)];
  });
  const outages = state.networkOutages.get(rule.id) ?? [];
  const episodes = findNetworkOutages({ nowMs: state.nowMs, onDuty, outages, planVersion: plan.plan.version });
  if (outages.length > 0) state.networkOutages.set(rule.id, outages);
  return judgementOf(state, networkTopic(rule, state.district), episodes);
}

function unitInNetwork(state: RuleScope, planned: PlanUnit, rule: TrackerSilenceRule): UnitInNetwork {
  const last = lastSilence(state.silences.get(planned.id) ?? [], rule.id);
  const isSilent = last !== undefined && last.toMs === null;
  const heardMs = state.units.get(planned.id)?.lastHeardMs ?? null;
  const backMs = state.outages.at(-1)?.toMs ?? 0;
  const overdueMs = 2 * heartbeatIntervalMs(planned.expectedIntervalMs);
  const isOverdue = heardMs !== null && state.nowMs - Math.max(heardMs, backMs) >= overdueMs;
  return {
    unit: planned.id,
    quietSinceMs: isSilent ? last.fromMs : isOverdue ? heardMs : null,
    isSilent,
    silentAfterMs: silentAfterMs(planned),
  };
}

/** Whether an outage goes on among the units of a silence rule. */
export function isOutageRunning({ networkOutages }: RuleScope, rule: TrackerSilenceRule): boolean {
  return networkOutages.get(rule.id)?.at(-1)?.toMs === null;
}
