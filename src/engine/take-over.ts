import type { FoldEntry } from '../model/log-entry.js';
import { adoptAlerts } from './alerts/adopt-alerts.js';
import { note } from './alerts/versions.js';
import { coverageRecord, positionRecord, unitRecord } from './hot/records.js';
import { currentPlan } from './plan/plans.js';
import { rosterRecord } from './plan/roster.js';
import { findWhereabouts } from './presence/presence.js';
import { judgePlace } from './rules/place-rules.js';
import { renameCalls } from './rules/sos/sos.js';
import type { Outputs } from './settling/agenda.js';
import { occasionOf } from './settling/tell.js';
import type { EngineState } from './state.js';
import { unitState } from './track/unit.js';
import { adoptVisits } from './visits/adopt-visits.js';

/**
 * V1: this fold goes on from what an older one has told. What both find keeps its identity and what people did to it; what only
 * the older one found is retracted, what only this one finds is raised; what ended before `finalToMs` stays as it was told.
 * Tells the versions that the older fold left beyond its cursor, and then those that differ; the next hot delta is the whole hot state.
 * Answers whether anything changed: not when parts are missing, or it is a repeat, or another fold's.
 */
export function takeOver(state: EngineState, entry: FoldEntry, out: Outputs): boolean {
  if (entry.foldVersion <= state.toldBy) return false;
  if (entry.foldVersion !== state.foldVersion) {
    state.toldBy = entry.foldVersion;
    return false;
  }
  const others = state.takeover.filter(({ part }) => part !== entry.part);
  state.takeover = [...others, entry].sort((a, b) => a.part - b.part);
  if (state.takeover.length < entry.parts) return false;
  const alerts = state.takeover.flatMap((part) => part.alerts);
  const visits = state.takeover.flatMap((part) => part.visits);
  const { base, lastAlert, lastVisit } = entry;
  Object.assign(state, { takeover: [], toldBy: entry.foldVersion, lastAlert, lastVisit });
  out.alerts.push(...alerts.filter(({ transition }) => transition > base.lastAlert));
  out.visits.push(...visits.filter(({ transition }) => transition > base.lastVisit));
  const { versions, renamed } = adoptAlerts(state, alerts, occasionOf(state, 'fold'));
  renameCalls(state, renamed);
  out.alerts.push(...versions);
  out.visits.push(...adoptVisits(state, visits));
  touchEverything(state);
  return true;
}

function touchEverything(state: EngineState): void {
  for (const book of state.alerts.values()) for (const { version } of book) note(state, version);
  for (const [id, task] of state.tasks) state.touched.tasks.set(id, task);
  state.touched.roster.set('now', rosterRecord(state));
  const plan = currentPlan(state);
  if (plan === null) return;
  for (const planned of plan.plan.units) {
    const unit = unitState(state, planned.id);
    state.touched.units.set(planned.id, unitRecord(state, unit, planned));
    // One that has to be made again has none until the next settling instant.
    if (unit.head !== null) state.touched.positions.set(planned.id, positionRecord(unit, planned));
  }
  const where = findWhereabouts(state);
  for (const place of plan.plan.places) {
    const { dueMs, route } = judgePlace(state, where, plan, place);
    state.touched.coverage.set(place.id, coverageRecord(state, where, plan, place, { dueMs, route }));
  }
}
