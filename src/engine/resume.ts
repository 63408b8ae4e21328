import { PRUNE_EVERY_MS } from '../model/limits.js';
import type { ResumeEntry } from '../model/log-entry.js';
import { formatLogId } from '../model/log-id.js';
import type { VisitVersion } from '../model/visit.js';
import { settleAtOrAfterMs } from './agenda/instants.js';
import { endAlerts } from './alerts/end-alerts.js';
import { foldUnit } from './fold-unit.js';
import { planAt } from './plan/plans.js';
import type { PlanSlice } from './plan/slice.js';
import { forgetRemembered } from './rules/slice.js';
import { turnBack } from './rules/sos/sos-calls.js';
import type { Outputs } from './settling/agenda.js';
import type { EngineState } from './state.js';
import { createFold, type FoldCounts, type UnitFold } from './track/fold.js';
import { createUnit, type UnitState } from './track/unit.js';
import { endVisits } from './visits/visits.js';

/** O1: a `resume` is about the log as it was right before it; a repeat finds another time and is nothing. */
export function isResume(state: EngineState, { atMs, skippedToMs }: ResumeEntry): boolean {
  return state.nowMs === skippedToMs && atMs < skippedToMs;
}

/**
 * Log time goes back to `atMs`, and the fold begins anew there, as with a new log: without a plan in force until the next one, and
 * with nothing known of the time before. What was told stays told, as far as it was told by `sinceMs`: what still went on then ends
 * there, and what came after it is retracted. The time from `sinceMs` to `atMs` is an outage (T3); no fix from before `atMs` is
 * judged any more, so nothing of that time is held against anybody. Tasks, calls for help, counters and the numbers of plans go on.
 */
export function resume(state: EngineState, { sinceMs, atMs }: ResumeEntry, out: Outputs): void {
  const counts = [...state.units.values()].map((unit) => [unit.id, countsOf(state, unit)] as const);
  forgetHot(state);
  state.nowMs = atMs;
  out.visits.push(...endVisits(state, sinceMs, (visit) => lastInside(state, visit)));
  const occasion = { nowMs: atMs, cause: 'resume', logId: formatLogId(state.lastId) } as const;
  out.alerts.push(...endAlerts(state, sinceMs, occasion));
  const planVersion = state.plans.at(-1)?.plan.version ?? state.resumed?.planVersion ?? 0;
  state.resumed = { atMs, planVersion, unitByTracker: unitsByTracker(state, atMs) };
  state.plans = [];
  state.planVersion = 0;
  state.openSince = new Map();
  forgetRemembered(state);
  const { units, dirtyUnits, judged, statements, gapBases, timers } = state;
  for (const slice of [units, dirtyUnits, judged, statements, gapBases, timers]) slice.clear();
  state.outages = [{ fromMs: sinceMs, toMs: atMs }];
  state.finalToMs = atMs;
  for (const [id, memory] of state.sos) state.sos.set(id, turnBack(memory, atMs));
  for (const [id, known] of counts) {
    const counted = (): UnitFold => ({ ...createFold(), counts: { ...known } });
    units.set(id, { ...createUnit(id), base: counted(), head: counted() });
  }
  timers.set({ kind: 'prune' }, settleAtOrAfterMs(atMs + PRUNE_EVERY_MS));
}

/** What all fixes of a unit came to that were admitted: they stay counted. */
function countsOf(state: EngineState, unit: UnitState): FoldCounts {
  // The time of those that wait is over.
  unit.refoldFromMs = 0;
  return foldUnit(state, unit).head.counts;
}

/** By the plan of the time; of a log that is resumed again before it has a plan, by that before. */
function unitsByTracker(state: PlanSlice, atMs: number): ReadonlyMap<string, string> {
  const plan = planAt(state, atMs);
  if (plan === null) return state.resumed?.unitByTracker ?? new Map();
  return new Map([...plan.unitByTracker].map(([tracker, { id }]) => [tracker, id]));
}

/** Positions, health and coverage are of a time that was none; they come back with the next plan. */
function forgetHot(state: EngineState): void {
  for (const { plan } of state.plans) {
    for (const { id } of plan.units) {
      state.touched.positions.set(id, null);
      state.touched.units.set(id, null);
    }
    for (const { id } of plan.places) state.touched.coverage.set(id, null);
  }
}

function lastInside(state: EngineState, { unit, place, innerFromMs }: VisitVersion): number {
  const visits = state.units.get(unit)?.head?.places.get(place)?.visits ?? [];
  return visits.find((visit) => visit.innerFromMs === innerFromMs)?.innerToMs ?? innerFromMs;
}
