import { signedDistanceM } from '../../geo/shape.js';
import { EXIT_BUFFER_M, LATE_INTERVALS } from '../../model/limits.js';
import type { AlertEvidence } from '../../model/alert.js';
import type { DwellShortRule, Intervals, PlanUnit, TrackerSilenceRule } from '../../model/plan.js';
import { toLngLat } from '../../model/position.js';
import { heartbeatIntervalMs } from '../../model/silence.js';
import { placeSubject, unitSubject } from '../../model/subject.js';
import { earlier, type Episode } from '../lib/episodes.js';
import { intersect, nextBoundary, normalise } from '../../model/intervals.js';
import { limitsOver } from '../lib/limits-over.js';
import { nearestPlace } from '../lib/nearest-place.js';
import {
  bindingIntervals,
  bindsOnDuty,
  dutyIntervals,
  FOREVER_MS,
  planAt,
  rulesAbout,
  silentAfterMs,
} from '../lib/plans.js';
import { isOnDuty } from '../lib/presence.js';
import { nextEndMs } from '../lib/statements.js';
import { busyPairs, nextTaskMs } from '../lib/suppression.js';
import { isGapRule, type Judgement, unitTopic, uselessTopic, visitTopic } from '../lib/topics.js';
import type { EngineState, PlanInForce, Stand, UnitState } from '../state.js';
import { findLongStands } from './dwell-long.js';
import { findShortVisits } from './dwell-short.js';
import { findNetworkOutages, type UnitInNetwork } from './network-outage.js';
import { findSilence, lastSilence } from './tracker-silence.js';
import { findUseless } from './tracker-useless.js';

export interface UnitFindings {
  readonly judgements: readonly Judgement[];
  /** A silence began or ended: the network as a whole is worth a look. */
  readonly silenceChanged: boolean;
  readonly nextMs: number | null;
}

/**
 * All rules about a unit, at the engine's clock. `places`: where its visits may have changed. One that a plan has removed is
 * silent no more.
 */
export function judgeUnit(
  state: EngineState,
  unit: UnitState,
  planned: PlanUnit,
  places: readonly string[],
): UnitFindings {
  const judgements: Judgement[] = [];
  let nextMs = nextLookMs(state, unit, planned);
  const before = countSilences(unit);
  const watched = unitSubject(unit.id);
  for (const { plan, rule } of rulesAbout(state, watched)) {
    switch (rule.kind) {
      case 'tracker-silence': {
        if (plan.plan.version !== state.planVersion) break;
        const binds = bindsOnDuty(state, rule.id, unit.id);
        const finding = findSilence({
          nowMs: state.nowMs,
          binds,
          lastHeardMs: unit.lastHeardMs,
          silentAfterMs: silentAfterMs(planned),
          serverBackMs: state.outages.at(-1)?.toMs ?? 0,
          ruleId: rule.id,
          silences: unit.silences,
          planVersion: plan.plan.version,
        });
        judgements.push({ topic: unitTopic(rule, planned), episodes: finding.episodes });
        const useless = findUseless({
          nowMs: state.nowMs,
          ruleId: rule.id,
          binds,
          use: unit.use,
          silentAfterMs: silentAfterMs(planned),
          serverBackMs: state.outages.at(-1)?.toMs ?? 0,
          planVersion: plan.plan.version,
        });
        judgements.push({ topic: uselessTopic(rule, planned), episodes: useless.episodes });
        nextMs = earlier(earlier(nextMs, finding.nextMs), useless.nextMs);
        break;
      }
      case 'dwell-long': {
        const episodes = findLongStands({
          limits: limitsOver(state, rule, watched, ({ maxStandMs }) => maxStandMs),
          nowMs: state.nowMs,
          binds: bindsOnDuty(state, rule.id, unit.id),
          stands: unit.head?.stands ?? [],
          allowed: (stand) => allowedAt(state, stand, busyPairs(state, unit.id, FOREVER_MS)),
          whereabouts: (stand) => whereItStands(state, stand),
        });
        judgements.push({ topic: unitTopic(rule, planned), episodes });
        break;
      }
      default:
        break;
    }
  }
  for (const placeId of places) judgements.push(...judgeShortVisits(state, unit, planned, placeId));
  if (judgements.length > 1) judgements.sort(byRule);
  return { judgements, nextMs, silenceChanged: countSilences(unit) !== before };
}

function judgeShortVisits(state: EngineState, unit: UnitState, planned: PlanUnit, placeId: string): Judgement[] {
  const judgements: Judgement[] = [];
  for (const { plan, rule } of rulesAbout(state, placeSubject(placeId))) {
    const place = plan.placeById.get(placeId);
    if (rule.kind !== 'dwell-short' || place === undefined) continue;
    const visits = unit.head?.places.get(placeId)?.visits ?? [];
    const binds = bindingIntervals(state, rule.id, placeSubject(placeId));
    const episodes = findShortVisits(binds, visits, (eventTimeMs) => shortRuleAt(state, rule.id, eventTimeMs));
    judgements.push({ topic: visitTopic(rule, planned, place), episodes });
  }
  return judgements;
}

function byRule(a: Judgement, b: Judgement): number {
  const [left, right] = [a.topic.rule.id, b.topic.rule.id];
  return left < right ? -1 : left > right ? 1 : 0;
}

function shortRuleAt(
  state: EngineState,
  ruleId: string,
  eventTimeMs: number,
): { readonly rule: DwellShortRule; readonly planVersion: number } | null {
  const plan = planAt(state, eventTimeMs);
  const rule = plan?.ruleById.get(ruleId);
  return plan === null || rule?.kind !== 'dwell-short' ? null : { rule, planVersion: plan.plan.version };
}

/** Grows whenever one begins, and whenever one ends. */
function countSilences({ silences }: UnitState): number {
  let count = silences.length;
  for (const { toMs } of silences) if (toMs !== null) count += 1;
  return count;
}

/** Outages of the trackers' network among the units of a silence rule. */
export function judgeOutage(state: EngineState, plan: PlanInForce, rule: TrackerSilenceRule): Episode[] {
  const onDuty = rule.units.flatMap((id) => {
    const planned = plan.unitById.get(id);
    return planned === undefined || !isOnDuty(state, id) ? [] : [unitInNetwork(state, planned, rule)];
  });
  const outages = state.networkOutages.get(rule.id) ?? [];
  const episodes = findNetworkOutages({ nowMs: state.nowMs, onDuty, outages, planVersion: plan.plan.version });
  if (outages.length > 0) state.networkOutages.set(rule.id, outages);
  return episodes;
}

function unitInNetwork(state: EngineState, planned: PlanUnit, rule: TrackerSilenceRule): UnitInNetwork {
  const unit = state.units.get(planned.id);
  const last = lastSilence(unit?.silences ?? [], rule.id);
  const isSilent = last !== undefined && last.toMs === null;
  const heardMs = unit?.lastHeardMs ?? null;
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
export function isOutageRunning(state: EngineState, rule: TrackerSilenceRule): boolean {
  return state.networkOutages.get(rule.id)?.at(-1)?.toMs === null;
}

/** When the unit's health changes though it says nothing: late, silent, out of sight, on or off duty. */
function nextLookMs(state: EngineState, unit: UnitState, planned: PlanUnit): number | null {
  const { nowMs } = state;
  const heardMs = unit.lastHeardMs;
  const fixMs = unit.head?.lastFence?.eventTimeMs ?? null;
  let nextMs = laterThan(nowMs, nextBoundary(dutyIntervals(state, unit.id), nowMs), null);
  nextMs = laterThan(nowMs, nextTaskMs(state, unitSubject(unit.id)), nextMs);
  nextMs = laterThan(nowMs, nextEndMs(state, unit.id), nextMs);
  if (heardMs !== null) {
    nextMs = laterThan(nowMs, heardMs + LATE_INTERVALS * planned.expectedIntervalMs, nextMs);
    nextMs = laterThan(nowMs, heardMs + silentAfterMs(planned), nextMs);
  }
  return fixMs === null ? nextMs : laterThan(nowMs, fixMs + silentAfterMs(planned), nextMs);
}

/** The earlier of two instants, of which the first counts only if it is still to come. */
function laterThan(nowMs: number, atMs: number | null, nextMs: number | null): number | null {
  return atMs === null || atMs <= nowMs ? nextMs : earlier(nextMs, atMs);
}

function whereItStands(state: EngineState, stand: Stand): AlertEvidence {
  const [lng, lat] = toLngLat(stand);
  const plan = planAt(state, stand.sinceMs);
  return { standsAt: { lng, lat }, ...(plan === null ? {} : nearestPlace(plan.plan, stand)) };
}

/**
 * When a unit may stand where it does: always at a place that allows it, at a checkpoint while a gap rule wants it, on a task. Each
 * version of the plan says so of its own time.
 */
function allowedAt(state: EngineState, stand: Stand, busy: [number, number][]): Intervals {
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
function wantedPairs(state: EngineState, version: PlanInForce, placeId: string, fromMs: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (const rule of version.plan.rules) {
    if (!isGapRule(rule) || !rule.places.includes(placeId)) continue;
    const binds = intersect(bindingIntervals(state, rule.id, placeSubject(placeId)), [fromMs, version.toMs]);
    for (let i = 0; i < binds.length; i += 2) pairs.push([binds[i] as number, binds[i + 1] as number]);
  }
  return pairs;
}
