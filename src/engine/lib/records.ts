import type { CoverageRecord, PositionRecord, Presence, UnitHealth, UnitRecord } from '../../model/hot.js';
import { LATE_INTERVALS, STATIONARY_WINDOW_MS } from '../../model/limits.js';
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

function healthOf(state: EngineState, unit: UnitState, planned: PlanUnit): UnitHealth {
  if (!isOnDuty(state, unit.id)) return 'off-duty';
  if (unit.lastHeardMs === null) return 'unseen';
  const quietMs = state.nowMs - unit.lastHeardMs;
  if (quietMs >= silentAfterMs(planned)) return 'silent';
  if (quietMs >= LATE_INTERVALS * planned.expectedIntervalMs) return 'late';
  const last = unit.head?.last ?? null;
  return last === null || state.nowMs - last.eventTimeMs >= STATIONARY_WINDOW_MS ? 'no-gnss' : 'live';
}

const ALL_KINDS = ['car', 'motorcycle', 'foot'] as const;

export function coverageRecord(
  state: EngineState,
  plan: PlanInForce,
  place: PlanPlace,
  dueMs: number | null,
): CoverageRecord {
  const covered = coveredSpans(state, plan, place.id, ALL_KINDS);
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
