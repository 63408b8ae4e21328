import { signedDistanceM } from '../../geo/shape.js';
import type { AlertEvidence, BridgedHole, NotReporting } from '../../model/alert.js';
import { MAX_NAMED_UNITS } from '../../model/limits.js';
import type { EngineState } from '../state.js';
import { notReportingSinceMs } from './doubts.js';
import { planWithPlace } from './plans.js';
import { isOnDuty, type Whereabouts } from './presence.js';

/**
 * What a supervisor should know of a stretch without presence at a place beside who may have been there: silences that began and ended
 * in it, and, while it goes on, units that count as not there because nothing is heard of them.
 *
 * @param toMs null: it goes on
 */
export function remarksOf(
  state: EngineState,
  where: Whereabouts,
  placeId: string,
  fromMs: number,
  toMs: number | null,
): AlertEvidence {
  const bridged = bridgedHoles(state, where, placeId, fromMs, toMs ?? state.nowMs);
  const notReporting = toMs === null ? unitsNotReporting(state, where) : [];
  return {
    ...(bridged.length === 0 ? {} : { bridged }),
    ...(notReporting.length === 0 ? {} : { notReporting }),
  };
}

function bridgedHoles(
  state: EngineState,
  where: Whereabouts,
  placeId: string,
  fromMs: number,
  toMs: number,
): BridgedHole[] {
  const plan = planWithPlace(state, placeId);
  const place = plan?.placeById.get(placeId);
  if (plan === null || place === undefined) return [];
  const found: BridgedHole[] = [];
  for (const unit of where.visitors.get(placeId) ?? []) {
    for (const { from, to } of state.units.get(unit.id)?.head?.holes ?? []) {
      if (from === null || from.eventTimeMs >= toMs || to.eventTimeMs <= fromMs) continue;
      if (signedDistanceM(plan.plan.ruler, place.shape, from) > 0) continue;
      if (signedDistanceM(plan.plan.ruler, place.shape, to) > 0) continue;
      found.push({ unit: unit.id, lastSeenMs: from.eventTimeMs, nextSeenMs: to.eventTimeMs });
    }
  }
  return found.sort(byUnit).slice(-MAX_NAMED_UNITS);
}

function unitsNotReporting(state: EngineState, where: Whereabouts): NotReporting[] {
  const found: NotReporting[] = [];
  for (const unit of where.hidden) {
    const sinceMs = isOnDuty(state, unit.id) ? notReportingSinceMs(state, unit) : null;
    if (sinceMs !== null) found.push({ unit: unit.id, sinceMs });
  }
  return found.sort((a, b) => (a.unit < b.unit ? -1 : 1)).slice(0, MAX_NAMED_UNITS);
}

function byUnit(a: BridgedHole, b: BridgedHole): number {
  return a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : a.lastSeenMs - b.lastSeenMs;
}
