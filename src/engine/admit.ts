import type { Fix } from '../model/fix.js';
import { CLOCK_AHEAD_MS, HORIZON_MS } from '../model/limits.js';
import type { TrackerBatch } from '../model/log-entry.js';
import type { AreaE7 } from '../model/plan.js';
import { pointOf } from './lib/points.js';
import { sigmaM } from './lib/sigma.js';
import { createSosMemory } from './lib/sos-calls.js';
import { planAt, silentAfterMs } from './lib/plans.js';
import { nextSettleMs } from './lib/settle-time.js';
import { createUsefulness, noteRefused, noteWord } from './lib/usefulness.js';
import { createFold, type EngineState, type UnitState } from './state.js';

/**
 * Is each fix new? Puts the new ones where they belong in event time and counts what became of every other one. Judged by
 * the copy's own log time: the same fix may come twice, and counts if any copy is in time.
 */
export function admitBatch(state: EngineState, batch: TrackerBatch): void {
  state.counts.refused += batch.rejected.length;
  const heard = new Set<UnitState>();
  for (const fix of batch.fixes) {
    const plan = planAt(state, fix.eventTimeMs);
    const planned = plan?.unitByTracker.get(batch.tracker);
    const unit = planned === undefined ? null : unitState(state, planned.id);
    if (unit !== null) heard.add(unit);
    if (unit !== null && planned !== undefined) {
      const point = pointOf(fix, plan?.plan.area);
      noteWord(unit.use, { fix, nowMs: state.nowMs, recentMs: silentAfterMs(planned), point });
    }
    admitFix(state, unit, fix, plan?.plan.area);
  }
  const now = planAt(state, state.nowMs)?.unitByTracker.get(batch.tracker);
  if (now !== undefined) {
    if (batch.fixes.length === 0) heard.add(unitState(state, now.id));
    for (const { code } of batch.rejected) noteRefused(unitState(state, now.id).use, code, state.nowMs);
  }
  for (const unit of heard) hear(state, unit);
}

/** The tracker said something: its silence, if any, is over at the next settling instant. */
export function hear(state: EngineState, unit: UnitState): void {
  unit.lastHeardMs = state.nowMs;
  state.timers.setEarlier({ kind: 'unit', unit: unit.id }, nextSettleMs(state.nowMs));
}

export function unitState(state: EngineState, unitId: string): UnitState {
  const known = state.units.get(unitId);
  if (known !== undefined) return known;
  const unit: UnitState = {
    id: unitId,
    base: createFold(),
    fixes: [],
    head: createFold(),
    folded: 0,
    lastHeardMs: null,
    silences: [],
    sos: createSosMemory(),
    use: createUsefulness(),
    clockFaultMs: null,
    outOfAreaMs: null,
    backfillMs: null,
    sight: 'out-of-sight',
    onDuty: false,
  };
  state.units.set(unitId, unit);
  return unit;
}

function admitFix(state: EngineState, unit: UnitState | null, fix: Fix, area: AreaE7 | undefined): void {
  const found = admission(unit?.fixes ?? null, fix, state.nowMs, state.resumed?.atMs);
  if (found.is === 'duplicate') state.counts.duplicate += 1;
  else if (found.is !== 'new') state.counts.flags[found.is] = (state.counts.flags[found.is] ?? 0) + 1;
  if (unit === null) return;
  if (found.is === 'clock-ahead') unit.clockFaultMs = state.nowMs;
  else if (fix.backfill === true) unit.backfillMs = state.nowMs;
  if (found.is === 'new' && pointOf(fix, area) === 'out-of-area') unit.outOfAreaMs = state.nowMs;
  const index = putFix(unit.fixes, fix, found);
  if (index !== null) markDirty(state, unit, index);
}

/** What a copy of a fix comes to, before anybody asks whether its position can be believed. */
export type Admission =
  | { readonly is: 'clock-ahead' | 'late' | 'unknown-tracker' }
  /** The first of its instant, and where it belongs. */
  | { readonly is: 'new'; readonly index: number }
  /** Another copy of the one that is held there; of the two the least counts, whatever order they came in. */
  | { readonly is: 'duplicate' | 'conflict'; readonly index: number; readonly held: Fix; readonly counts: boolean };

/**
 * Depends on the copy, its log time and the copies that may still come in time, and on nothing that the fold remembers or
 * forgets beside them: so it can be found again from a part of the log (decisions.ts).
 *
 * @param fixes the unit's, by event time, at least those within the horizon; null: no unit has the tracker
 * @param resumedAtMs of the last `resume` before the copy: what is older is passed over
 */
export function admission(fixes: readonly Fix[] | null, fix: Fix, nowMs: number, resumedAtMs = 0): Admission {
  if (fix.eventTimeMs > nowMs + CLOCK_AHEAD_MS) return { is: 'clock-ahead' };
  if (fix.eventTimeMs < Math.max(nowMs - HORIZON_MS, resumedAtMs)) return { is: 'late' };
  if (fixes === null) return { is: 'unknown-tracker' };
  const index = firstAtOrAfter(fixes, fix.eventTimeMs);
  const held = fixes[index];
  if (held?.eventTimeMs !== fix.eventTimeMs) return { is: 'new', index };
  return { is: samePosition(held, fix) ? 'duplicate' : 'conflict', index, held, counts: compareCopies(fix, held) < 0 };
}

/** Puts a fix that counts among the unit's, and answers where; null when it does not count. */
export function putFix(fixes: Fix[], fix: Fix, found: Admission): number | null {
  if (found.is === 'new') {
    fixes.splice(found.index, 0, fix);
    return found.index;
  }
  if ((found.is !== 'duplicate' && found.is !== 'conflict') || !found.counts) return null;
  fixes[found.index] = fix;
  return found.index;
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
    fix.accuracyDm,
    fix.power,
    fix.batteryPercent,
    fix.ignition,
    fix.lightbar,
    fix.sos,
    fix.backfill,
  ];
  return values.map((value) => (value === null ? Number.MIN_SAFE_INTEGER : Number(value)));
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
