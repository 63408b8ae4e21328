import { assert } from '../model/errors.js';
import { parsePlacePast } from '../model/fold-keys.js';
import { HORIZON_MS, MAX_ALERT_EPISODES, REOPEN_MS } from '../model/limits.js';
import type { TaskRecord } from '../model/hot.js';
import type { GapRule, Intervals, PlanUnit } from '../model/plan.js';
import { placeSubject } from '../model/subject.js';
import { isOpen } from './lib/alert-states.js';
import { type Episode, joinEpisodes } from './lib/episodes.js';
import { forgetStatements } from './lib/forget-statements.js';
import { intersect, normalise, subtract } from '../model/intervals.js';
import { findOutOfService } from './lib/out-of-service.js';
import { limitAt, limitsOver } from './lib/limits-over.js';
import { dropPlans, dutyIntervals, placesSoFar, settlesAfterMs } from './lib/plans.js';
import { baseKey, kindAt } from './lib/presence.js';
import { forgetInFold, keep } from './lib/forget-in-fold.js';
import { forgetCalls } from './lib/sos-calls.js';
import { saidOf, type Spoken } from './lib/statements.js';
import { isGapRule } from './lib/topics.js';
import { provenUntilMs } from './lib/unit-at-place.js';
import { type EngineState, foldsOf, type PlaceTrack, type UnitState, type Visit } from './state.js';

/** How often settled things are forgotten. */
export const PRUNE_EVERY_MS = 600_000;
/** An alert that nobody acknowledged stays on the list this long after it cleared. */
const UNSEEN_ALERT_MS = 86_400_000;

/** What ended before this instant can be forgotten now. */
export function cutoffOf(state: EngineState): number {
  return Math.max(state.settledToMs, state.nowMs - settlesAfterMs(state));
}

/**
 * S2: forgets what can change no verdict any more. Visits that are settled leave behind only the end
 * of the last presence that counted for each gap rule.
 */
export function prune(state: EngineState): void {
  const cutoffMs = cutoffOf(state);
  forgetStatements(state, cutoffMs, (unit, spoken) => rememberStated(state, unit, spoken, cutoffMs));
  for (const unitId of [...state.units.keys()].sort()) pruneUnit(state, state.units.get(unitId) as UnitState, cutoffMs);
  for (const [key, book] of state.visits) {
    const kept = book.filter(({ closedAtMs }) => closedAtMs === null || closedAtMs >= cutoffMs);
    if (kept.length === 0) state.visits.delete(key);
    else state.visits.set(key, kept);
  }
  pruneAlerts(state, cutoffMs);
  for (const [id, task] of state.tasks) {
    if (task.toMs === null || task.toMs >= cutoffMs || isNeeded(state, task, task.toMs, cutoffMs)) continue;
    state.tasks.delete(id);
    state.touched.tasks.set(id, null);
  }
  state.outOfService = findOutOfService(state.tasks.values());
  for (const [ruleId, outages] of state.networkOutages) {
    keep(outages, ({ toMs }) => toMs === null || toMs >= cutoffMs);
    if (outages.length === 0) state.networkOutages.delete(ruleId);
  }
  state.outages = state.outages.filter(({ toMs }) => toMs >= cutoffMs);
  dropPlans(state, cutoffMs - HORIZON_MS);
  for (const key of state.gapBases.keys()) if (!hasBase(state, key)) state.gapBases.delete(key);
  state.settledToMs = cutoffMs;
}

/** Whether the task still explains something that may be judged again: an alert on record, or a stand that is not settled. */
function isNeeded(state: EngineState, { units, places, fromMs }: TaskRecord, toMs: number, cutoffMs: number): boolean {
  for (const book of state.alerts.values()) {
    for (const { version } of book) {
      const about = units.includes(version.unit ?? '') || places.includes(version.place ?? '');
      if (about && version.fromMs < toMs && (version.toMs === null || version.toMs >= fromMs)) return true;
    }
  }
  return units.some((id) =>
    state.units
      .get(id)
      ?.head?.stands.some(({ sinceMs, endedAtMs }) => sinceMs < toMs && (endedAtMs ?? cutoffMs) >= cutoffMs),
  );
}

function pruneUnit(state: EngineState, unit: UnitState, cutoffMs: number): void {
  for (const [placeId, track] of unit.base.places) {
    for (const visit of track.visits) remember(state, unit.id, placeId, track, visit, cutoffMs);
  }
  for (const fold of foldsOf(unit)) forgetInFold(fold, cutoffMs);
  forgetCalls(unit.sos, state.nowMs);
  keep(unit.use.episodes, ({ toMs }) => toMs === null || toMs >= cutoffMs);
  keep(unit.silences, ({ toMs }) => toMs === null || toMs >= cutoffMs);
}

/** Moves the baseline of every gap rule that this visit counted for, by what of it ended before `cutoffMs`. */
function remember(
  state: EngineState,
  unitId: string,
  placeId: string,
  { weakSinceMs }: PlaceTrack,
  visit: Visit,
  cutoffMs: number,
): void {
  const untilMs = Math.max(provenUntilMs(visit), visit.open && weakSinceMs !== null ? weakSinceMs : 0);
  rememberPresence(state, unitId, placeId, subtract([visit.innerFromMs, untilMs], visit.weak), cutoffMs);
}

/** … and that this statement did. */
function rememberStated(state: EngineState, unit: PlanUnit, spoken: Spoken, cutoffMs: number): void {
  for (const placeId of placesSoFar(state))
    rememberPresence(state, unit.id, placeId, normalise(saidOf(state, [spoken], placeId, unit).here), cutoffMs);
}

function rememberPresence(
  state: EngineState,
  unitId: string,
  placeId: string,
  present: Intervals,
  cutoffMs: number,
): void {
  const proven = intersect(present, dutyIntervals(state, unitId));
  for (let i = 0; i < proven.length; i += 2) {
    const toMs = proven[i + 1] as number;
    if (toMs >= cutoffMs) break;
    raiseBase(state, baseKey(null, placeId), toMs, unitId);
    const kind = kindAt(state, unitId, proven[i] as number);
    for (const rule of gapRulesOf(state, placeId)) {
      const then = limitAt(
        limitsOver(state, rule, placeSubject(placeId), () => 0),
        proven[i] as number,
      )?.rule;
      if (then === undefined || kind === null || !then.unitKinds.includes(kind)) continue;
      if (toMs - (proven[i] as number) >= then.minPresenceMs) raiseBase(state, baseKey(rule.id, placeId), toMs, unitId);
    }
  }
}

/** The gap rules of the kept versions about a place, each once. */
function gapRulesOf({ plans }: EngineState, placeId: string): readonly GapRule[] {
  const rules = new Map<string, GapRule>();
  for (const { plan } of plans)
    for (const rule of plan.rules) if (isGapRule(rule) && rule.places.includes(placeId)) rules.set(rule.id, rule);
  return [...rules.values()];
}

function hasBase(state: EngineState, key: string): boolean {
  const past = parsePlacePast(key);
  assert(past !== null, `the past of a place is called ${key}`);
  return state.plans.some(
    (plan) => plan.placeById.has(past.place) && (past.kind === 'anybody' || plan.ruleById.has(past.ruleId)),
  );
}

function raiseBase(state: EngineState, key: string, coveredToMs: number, unit: string): void {
  const base = state.gapBases.get(key);
  if (
    base !== undefined &&
    (base.coveredToMs > coveredToMs || (base.coveredToMs === coveredToMs && (base.unit ?? '') <= unit))
  )
    return;
  state.gapBases.set(key, { coveredToMs, unit });
}

function pruneAlerts(state: EngineState, cutoffMs: number): void {
  const suppressors = new Set<string | null>();
  for (const book of state.alerts.values()) for (const { version } of book) suppressors.add(version.suppressedBy);
  for (const [key, book] of state.alerts) {
    const kept = book.filter(({ version }) => {
      const endMs = Math.max(version.toMs ?? 0, version.atMs);
      if (version.condition === 'active' || endMs >= cutoffMs || suppressors.has(version.alertId)) return true;
      if (version.condition === 'cleared' && version.finality === 'provisional') return true;
      return isOpen(version) && endMs >= state.nowMs - UNSEEN_ALERT_MS;
    });
    for (const alert of kept) alert.episodes = joinSettled(alert.episodes, cutoffMs);
    for (const alert of book) {
      const { version } = alert;
      if (!kept.includes(alert) && isOpen(version)) state.touched.alerts.set(version.alertId, { version, open: false });
    }
    if (kept.length === 0) state.alerts.delete(key);
    else state.alerts.set(key, kept);
  }
}

/**
 * Joins the episodes that no later one can be less than REOPEN_MS behind, for there may be thousands; but as many as a version
 * carries stay as they are, whatever becomes of those after them.
 */
function joinSettled(episodes: readonly Episode[], cutoffMs: number): readonly Episode[] {
  const lastMs = episodes.at(-1)?.fromMs ?? 0;
  const settled = episodes.findIndex(({ fromMs, toMs }) => {
    return toMs === null || toMs >= cutoffMs || fromMs > lastMs - REOPEN_MS;
  });
  const joined = Math.max(0, settled - MAX_ALERT_EPISODES);
  const [first, ...more] = episodes.slice(0, joined);
  return first === undefined || more.length === 0
    ? episodes
    : [joinEpisodes([first, ...more]), ...episodes.slice(joined)];
}
