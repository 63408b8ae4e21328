import type { CoverageRecord, PositionRecord, Presence, UnitHealth, UnitRecord } from '../../model/hot.js';
import { LATE_INTERVALS, SILENT_FLOOR_MS } from '../../model/limits.js';
import type { PlanPlace, PlanUnit } from '../../model/plan.js';
import { toLngLat } from '../../model/position.js';
import type { EngineState, PlanInForce, UnitState } from '../state.js';
import { silentAfterMs } from './plans.js';
import { coveredSpans, isOnDuty, type PresenceSpan, possibleSpans } from './presence.js';

/** Hot state as other programs read it (design section 7): built here, as of the engine's clock. */

export function positionRecord(unit: UnitState, planned: PlanUnit): PositionRecord | null {
  const last = unit.head?.last ?? null;
  if (last === null) return null;
  const [lng, lat] = toLngLat(last);
  const { fix } = last;
  return {
    unit: unit.id,
    tracker: planned.tracker,
    eventTimeMs: last.eventTimeMs,
    lng,
    lat,
    sigmaM: last.sigmaM,
    speedMps: fix.speedCmps === null ? null : fix.speedCmps / 100,
    courseDeg: fix.courseCdeg === null ? null : fix.courseCdeg / 100,
    ignition: fix.ignition,
    lightbar: fix.lightbar,
    sos: fix.sos,
  };
}

export function unitRecord(state: EngineState, unit: UnitState, planned: PlanUnit): UnitRecord {
  const places: string[] = [];
  for (const [id, track] of unit.head?.places ?? [])
    if (track.phase === 'in' || track.phase === 'leaving') places.push(id);
  return {
    unit: unit.id,
    health: healthOf(state, unit, planned),
    onDuty: isOnDuty(state, unit.id),
    lastHeardMs: unit.lastHeardMs,
    places: places.sort(),
  };
}

/** The worst that is known, as a state of its own (domain 2.9): a silent tracker is not an empty street. */
function healthOf(state: EngineState, unit: UnitState, planned: PlanUnit): UnitHealth {
  const silentMs = silentAfterMs(planned);
  const recently = (atMs: number | null): boolean => atMs !== null && state.nowMs - atMs < silentMs;
  if (!isOnDuty(state, unit.id)) return 'off-duty';
  if (unit.lastHeardMs === null) return 'unseen';
  const quietMs = state.nowMs - unit.lastHeardMs;
  const last = unit.head?.last ?? null;
  if (quietMs >= silentMs) return last?.fix.power === false ? 'power-cut' : 'silent';
  if (quietMs >= LATE_INTERVALS * planned.expectedIntervalMs) return 'late';
  if (recently(unit.clockFaultMs)) return 'clock-fault';
  if (!recently(last?.eventTimeMs ?? null)) return recently(unit.backfillMs) ? 'backfilling' : 'no-gnss';
  return recently(unit.backfillMs) ? 'backfilling' : 'live';
}

const ALL_KINDS = ['car', 'motorcycle', 'foot'] as const;

export function coverageRecord(
  state: EngineState,
  plan: PlanInForce,
  place: PlanPlace,
  dueMs: number | null,
): CoverageRecord {
  const covered = coveredSpans(state, place.id, ALL_KINDS);
  const units = unitsAt(covered, state.nowMs);
  const possibleUnits = unitsAt(possibleSpans(state, plan, place, ALL_KINDS), state.nowMs).filter(
    (id) => !units.includes(id),
  );
  const presence: Presence = units.length > 0 ? 'covered' : possibleUnits.length > 0 ? 'unknown' : 'uncovered';
  let last: PresenceSpan | null = null;
  if (units.length === 0) for (const span of covered) if (last === null || span.toMs > last.toMs) last = span;
  return {
    place: place.id,
    presence,
    units,
    possibleUnits,
    lastCoveredMs: last?.toMs ?? null,
    lastUnit: last?.unit ?? null,
    dueMs,
  };
}

function unitsAt(spans: readonly PresenceSpan[], nowMs: number): string[] {
  return [...new Set(spans.filter((span) => span.toMs >= nowMs).map((span) => span.unit))].sort();
}

/** T2: when the recent fixes of this many trackers, and of most that speak, come from the future, it is our clock. */
const CLOCK_SUSPECT_TRACKERS = 3;

export function isClockSuspect(state: EngineState): boolean {
  const recently = (atMs: number | null): boolean => atMs !== null && state.nowMs - atMs < SILENT_FLOOR_MS;
  let heard = 0;
  let ahead = 0;
  for (const unit of state.units.values()) {
    if (recently(unit.lastHeardMs)) heard += 1;
    if (recently(unit.clockFaultMs)) ahead += 1;
  }
  return ahead >= CLOCK_SUSPECT_TRACKERS && 2 * ahead > heard;
}
