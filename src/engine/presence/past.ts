import { assert } from '../../model/errors.js';
import { parsePlacePast } from '../../model/fold-keys.js';
import { intersect, normalise, subtract } from '../../model/intervals.js';
import type { Intervals, PlanUnit } from '../../model/plan.js';
import { placeSubject } from '../../model/subject.js';
import { gapRulesOf } from '../plan/gap-rules.js';
import { limitAt, limitsOver } from '../plan/limits-over.js';
import { kindAt, placesSoFar } from '../plan/so-far.js';
import { dutyIntervals } from '../plan/windows.js';
import type { PlaceTrack, Visit } from '../track/fold.js';
import { baseKey } from './presence.js';
import type { PresenceScope } from './slice.js';
import { type Spoken, saidOf } from './spoken.js';
import { provenUntilMs } from './unit-at-place.js';

/**
 * Of what is forgotten of presence at a place remains the end of the last one that counted, for each gap rule and for anybody. Moves
 * these by what of the visits ended before `cutoffMs`.
 */
export function rememberVisits(state: PresenceScope, cutoffMs: number): void {
  for (const { id, base } of state.units.values()) {
    for (const [placeId, track] of base.places)
      for (const visit of track.visits) rememberVisit(state, id, placeId, track, visit, cutoffMs);
  }
}

function rememberVisit(
  state: PresenceScope,
  unitId: string,
  placeId: string,
  { weakSinceMs }: PlaceTrack,
  visit: Visit,
  cutoffMs: number,
): void {
  const untilMs = Math.max(provenUntilMs(visit), visit.open && weakSinceMs !== null ? weakSinceMs : 0);
  rememberPresence(state, unitId, placeId, subtract([visit.innerFromMs, untilMs], visit.weak), cutoffMs);
}

/** Moves them by the presence that a statement made. */
export function rememberStated(state: PresenceScope, unit: PlanUnit, spoken: Spoken, cutoffMs: number): void {
  for (const placeId of placesSoFar(state))
    rememberPresence(state, unit.id, placeId, normalise(saidOf(state, [spoken], placeId, unit).here), cutoffMs);
}

function rememberPresence(
  state: PresenceScope,
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
      const then = limitAt(limitsOver(state, rule, placeSubject(placeId)), proven[i] as number)?.rule;
      if (then === undefined || kind === null || !then.unitKinds.includes(kind)) continue;
      if (toMs - (proven[i] as number) >= then.minPresenceMs) raiseBase(state, baseKey(rule.id, placeId), toMs, unitId);
    }
  }
}

/** Forgets those of places and rules that no plan has any more. */
export function forgetBases(state: PresenceScope): void {
  for (const key of state.gapBases.keys()) if (!hasBase(state, key)) state.gapBases.delete(key);
}

function hasBase(state: PresenceScope, key: string): boolean {
  const past = parsePlacePast(key);
  assert(past !== null, `the past of a place is called ${key}`);
  return state.plans.some(
    (plan) => plan.placeById.has(past.place) && (past.kind === 'anybody' || plan.ruleById.has(past.ruleId)),
  );
}

function raiseBase(state: PresenceScope, key: string, coveredToMs: number, unit: string): void {
  const base = state.gapBases.get(key);
  if (
    base !== undefined &&
    (base.coveredToMs > coveredToMs || (base.coveredToMs === coveredToMs && (base.unit ?? '') <= unit))
  )
    return;
  state.gapBases.set(key, { coveredToMs, unit });
}
