import type { Fix, FixFlag } from '../model/fix.js';
import { CLOCK_AHEAD_MS, HORIZON_MS } from '../model/limits.js';
import type { TrackerBatch } from '../model/log-entry.js';
import { sigmaM } from './lib/sigma.js';
import { planAt } from './lib/plans.js';
import { nextSettleMs } from './lib/settle-time.js';
import { createFold, type EngineState, type UnitState } from './state.js';

/**
 * Is each fix usable and new? Puts the new ones where they belong in event time and says of every other one why it moves
 * no state. Judged by the copy's own log time: the same fix may come twice, and counts if any copy is in time.
 */
export function admitBatch(state: EngineState, batch: TrackerBatch): void {
  state.counts.refused += batch.rejected.length;
  const heard = new Set<UnitState>();
  for (const fix of batch.fixes) {
    const planned = planAt(state, fix.eventTimeMs)?.unitByTracker.get(batch.tracker);
    if (planned === undefined) {
      flag(state, 'unknown-tracker');
      continue;
    }
    const unit = unitState(state, planned.id);
    heard.add(unit);
    admitFix(state, unit, fix);
  }
  if (batch.fixes.length === 0) {
    const planned = planAt(state, state.nowMs)?.unitByTracker.get(batch.tracker);
    if (planned !== undefined) heard.add(unitState(state, planned.id));
  }
  for (const unit of heard) hear(state, unit);
}

/** The tracker said something: its silence, if any, is over at the next settling instant. */
export function hear(state: EngineState, unit: UnitState): void {
  unit.lastHeardMs = state.nowMs;
  state.timers.setEarlier(`unit:${unit.id}`, nextSettleMs(state.nowMs));
}

export function unitState(state: EngineState, unitId: string): UnitState {
  const known = state.units.get(unitId);
  if (known !== undefined) return known;
  const unit: UnitState = {
    id: unitId,
    base: createFold(),
    baseMs: 0,
    fixes: [],
    head: createFold(),
    folded: 0,
    lastHeardMs: null,
    silences: [],
    clockFaultMs: null,
    backfillMs: null,
    outOfSight: true,
    onDuty: false,
  };
  state.units.set(unitId, unit);
  return unit;
}

function admitFix(state: EngineState, unit: UnitState, fix: Fix): void {
  if (fix.eventTimeMs > state.nowMs + CLOCK_AHEAD_MS) {
    unit.clockFaultMs = state.nowMs;
    return flag(state, 'clock-ahead');
  }
  if (fix.backfill === true) unit.backfillMs = state.nowMs;
  const index = firstAtOrAfter(unit.fixes, fix.eventTimeMs);
  const held = unit.fixes[index];
  const late = fix.eventTimeMs < state.nowMs - HORIZON_MS;
  if (held !== undefined && held.eventTimeMs === fix.eventTimeMs) {
    if (!late) return admitCopy(state, unit, index, held, fix);
    if (!samePosition(held, fix)) return flag(state, 'late');
    state.counts.duplicate += 1;
    return;
  }
  if (fix.eventTimeMs === unit.baseMs) {
    state.counts.duplicate += 1;
    return;
  }
  if (late || fix.eventTimeMs < unit.baseMs) return flag(state, 'late');
  unit.fixes.splice(index, 0, fix);
  markDirty(state, unit, index);
}

/** Two copies for one instant: the least counts whatever order they came in; another position is a conflict. */
function admitCopy(state: EngineState, unit: UnitState, index: number, held: Fix, fix: Fix): void {
  if (samePosition(held, fix)) state.counts.duplicate += 1;
  else flag(state, 'conflict');
  if (compareCopies(fix, held) >= 0) return;
  unit.fixes[index] = fix;
  markDirty(state, unit, index);
}

function markDirty(state: EngineState, unit: UnitState, index: number): void {
  state.dirtyUnits.add(unit.id);
  if (index >= unit.folded) return;
  unit.head = null;
  unit.folded = 0;
}

function samePosition(a: Fix, b: Fix): boolean {
  return a.position?.lngE7 === b.position?.lngE7 && a.position?.latE7 === b.position?.latE7;
}

/** A total order on copies of one instant: by σ, then by the fields in the order of the type, absent first. */
export function compareCopies(a: Fix, b: Fix): number {
  const bySigma = (sigmaM(a) ?? Number.MAX_VALUE) - (sigmaM(b) ?? Number.MAX_VALUE);
  if (bySigma !== 0) return bySigma;
  const left = fieldsOf(a);
  const right = fieldsOf(b);
  for (const [i, value] of left.entries()) {
    const difference = value - (right[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

function fieldsOf(fix: Fix): number[] {
  const values = [
    fix.position?.lngE7 ?? null,
    fix.position?.latE7 ?? null,
    fix.altitudeDm,
    fix.speedCmps,
    fix.courseCdeg,
    fix.located,
    fix.satellites,
    fix.beidouSatellites,
    fix.hdopCenti,
    fix.power,
    fix.ignition,
    fix.lightbar,
    fix.sos,
    fix.backfill,
  ];
  return values.map((value) => (value === null ? Number.MIN_SAFE_INTEGER : Number(value)));
}

function flag(state: EngineState, why: FixFlag): void {
  state.counts.flags[why] = (state.counts.flags[why] ?? 0) + 1;
}

function firstAtOrAfter(fixes: readonly Fix[], eventTimeMs: number): number {
  let low = 0;
  let high = fixes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((fixes[middle] as Fix).eventTimeMs < eventTimeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
