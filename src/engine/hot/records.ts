import type {
  CoverageRecord,
  PositionRecord,
  Presence,
  RouteProgress,
  UnitHealth,
  UnitRecord,
} from '../../model/hot.js';
import { LATE_INTERVALS } from '../../model/limits.js';
import type { PlanPlace, PlanUnit } from '../../model/plan.js';
import { toLngLat } from '../../model/position.js';
import { isClockFault } from '../../model/tracker-fault.js';
import { silentAfterMs } from '../plan/plans.js';
import type { PlanInForce } from '../plan/slice.js';
import { isOnDuty } from '../plan/windows.js';
import { baseKey, coveredSpans, unitsNow, type Whereabouts } from '../presence/presence.js';
import type { GapBase, PresenceScope } from '../presence/slice.js';
import { statementRecord } from '../presence/spoken.js';
import { fixesOf, type UnitState } from '../track/unit.js';
import type { Usefulness } from '../track/usefulness.js';

export function positionRecord(unit: UnitState, planned: PlanUnit): PositionRecord | null {
  const { head } = unit;
  const last = head?.last ?? null;
  if (head === null || last === null) return null;
  const [lng, lat] = toLngLat(last);
  const fix = fixesOf(unit, head).fixOf(last);
  return {
    unit: unit.id,
    tracker: planned.tracker,
    eventTimeMs: last.eventTimeMs,
    lng,
    lat,
    sigmaM: last.sigmaM,
    accuracyM: fix.accuracyDm === null ? null : fix.accuracyDm / 10,
    speedMps: fix.speedCmps === null ? null : fix.speedCmps / 100,
    courseDeg: fix.courseCdeg === null ? null : fix.courseCdeg / 100,
    power: fix.power,
    batteryPercent: fix.batteryPercent,
    ignition: fix.ignition,
    lightbar: fix.lightbar,
    sos: fix.sos,
  };
}

export function unitRecord(state: PresenceScope, unit: UnitState, planned: PlanUnit): UnitRecord {
  const places: string[] = [];
  for (const [id, track] of unit.head?.near ?? [])
    if (track.phase === 'in' || track.phase === 'leaving') places.push(id);
  const fault = faultToTell(state, unit, planned);
  const onDuty = isOnDuty(state, unit.id);
  return {
    unit: unit.id,
    health: onDuty ? healthOf(state, unit, planned, fault) : 'off-duty',
    onDuty,
    lastHeardMs: unit.lastHeardMs,
    trackerFault: fault?.cause ?? null,
    clockOffsetMs: fault?.clockOffsetMs ?? null,
    places: places.length > 1 ? places.sort() : places,
    refoldAtMs: unit.standing === null ? null : unit.refoldFromMs,
    statement: statementRecord(state, unit.id),
  };
}

/** What is wrong with what the tracker says: told when it has been useless for as long as makes it silent, or at once where its clock is ahead. */
function faultToTell(state: PresenceScope, { use }: UnitState, planned: PlanUnit): Usefulness['fault'] {
  const { fault, wordMs } = use;
  const silentMs = silentAfterMs(planned);
  const talks = wordMs !== null && state.nowMs - wordMs < silentMs;
  const lasts = fault !== null && (fault.cause === 'clock-ahead' || state.nowMs - fault.sinceMs >= silentMs);
  return talks && lasts ? fault : null;
}

/** The worst that is known of the tracker of a unit on duty, as a state of its own: a silent tracker is not an empty street. */
function healthOf(state: PresenceScope, unit: UnitState, planned: PlanUnit, fault: Usefulness['fault']): UnitHealth {
  const silentMs = silentAfterMs(planned);
  if (unit.lastHeardMs === null) return 'unseen';
  const quietMs = state.nowMs - unit.lastHeardMs;
  const sinceMs = state.nowMs - silentMs;
  if (quietMs >= silentMs) return unit.use.power === false ? 'power-cut' : 'silent';
  if (quietMs >= LATE_INTERVALS * planned.expectedIntervalMs) return 'late';
  if (unit.use.power === false) return 'power-cut';
  if (isAfter(unit.clockFaultMs, sinceMs) || (fault !== null && isClockFault(fault.cause))) return 'clock-fault';
  if (isAfter(unit.backfillMs, sinceMs)) return 'backfilling';
  return isAfter(unit.head?.last?.eventTimeMs ?? null, sinceMs) ? 'live' : 'no-gnss';
}

function isAfter(atMs: number | null, sinceMs: number): boolean {
  return atMs !== null && atMs > sinceMs;
}

export function coverageRecord(
  state: PresenceScope,
  where: Whereabouts,
  plan: PlanInForce,
  place: PlanPlace,
  { dueMs, route }: { readonly dueMs: number | null; readonly route: RouteProgress | null },
): CoverageRecord {
  const { covering, stated, possible } = unitsNow(state, where, plan, place);
  const presence: Presence = covering.length > 0 ? 'covered' : possible.length > 0 ? 'unknown' : 'uncovered';
  const last = covering.length > 0 ? null : lastCovered(state, where, place.id);
  return {
    place: place.id,
    presence,
    units: covering,
    possibleUnits: possible,
    statedUnits: stated,
    lastCoveredMs: last?.coveredToMs ?? null,
    lastUnit: last?.unit ?? null,
    dueMs,
    ...(route === null ? {} : { route }),
  };
}

function lastCovered(state: PresenceScope, where: Whereabouts, placeId: string): GapBase | null {
  let last = state.gapBases.get(baseKey(null, placeId)) ?? null;
  for (const { unit, toMs } of coveredSpans(state, where, placeId))
    if (last === null || toMs > last.coveredToMs) last = { coveredToMs: toMs, unit };
  return last;
}
