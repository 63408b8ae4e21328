import { signedDistanceM } from '../../../geo/shape.js';
import type { AlertEvidence, BridgedHole, NotReporting, StatedUnit } from '../../../model/alert.js';
import { intersect, normalise } from '../../../model/intervals.js';
import { MAX_NAMED_UNITS } from '../../../model/limits.js';
import { planWithPlace } from '../../plan/so-far.js';
import { dutyIntervals, isOnDuty } from '../../plan/windows.js';
import { notReportingSinceMs } from '../../presence/doubts.js';
import { spokenAt, unsaidPairs, type Whereabouts } from '../../presence/presence.js';
import { isVouchedFor, saidOf } from '../../presence/spoken.js';
import type { RuleScope } from '../slice.js';

/**
 * What a supervisor should know of a stretch without presence at a place beside who may have been there: silences that began and ended
 * in it, what was said of units by radio, and, while it goes on, units that count as not there because nothing is heard of them.
 *
 * @param toMs null: it goes on
 */
export function remarksOf(
  state: RuleScope,
  where: Whereabouts,
  placeId: string,
  fromMs: number,
  toMs: number | null,
): AlertEvidence {
  const bridged = bridgedHoles(state, where, placeId, fromMs, toMs ?? state.nowMs);
  const stated = where.stated.length === 0 ? [] : statedUnits(state, where, placeId, fromMs, toMs ?? state.nowMs);
  const notReporting = toMs === null ? unitsNotReporting(state, where) : [];
  return {
    ...(bridged.length === 0 ? {} : { bridged }),
    ...(notReporting.length === 0 ? {} : { notReporting }),
    ...(stated.length === 0 ? {} : { stated }),
  };
}

function bridgedHoles(
  state: RuleScope,
  where: Whereabouts,
  placeId: string,
  fromMs: number,
  toMs: number,
): BridgedHole[] {
  const plan = planWithPlace(state, placeId);
  const place = plan?.placeById.get(placeId);
  if (plan === null || place === undefined) return [];
  const found: BridgedHole[] = [];
  for (const unit of where.bridging()) {
    const head = state.units.get(unit.id)?.head;
    if (head?.places.has(placeId) !== true) continue;
    for (const { from, to } of head.holes) {
      if (from === null || from.eventTimeMs >= toMs || to.eventTimeMs <= Math.max(fromMs, state.finalToMs - 1))
        continue;
      if (signedDistanceM(plan.plan.ruler, place.shape, from) > 0) continue;
      if (signedDistanceM(plan.plan.ruler, place.shape, to) > 0) continue;
      found.push({ unit: unit.id, lastSeenMs: from.eventTimeMs, nextSeenMs: to.eventTimeMs });
    }
  }
  return found.sort(byUnit).slice(-MAX_NAMED_UNITS);
}

function unitsNotReporting(state: RuleScope, where: Whereabouts): NotReporting[] {
  const found: NotReporting[] = [];
  for (const unit of where.hidden()) {
    const counts = isOnDuty(state, unit.id) && !isVouchedFor(state, unit.id);
    const sinceMs = counts ? notReportingSinceMs(state, unit) : null;
    if (sinceMs !== null) found.push({ unit: unit.id, sinceMs });
  }
  return found.sort((a, b) => (a.unit < b.unit ? -1 : 1)).slice(0, MAX_NAMED_UNITS);
}

/** Statements that made the stretch what it is: a presence by one ends or begins it, or one says that a unit was not there in it. */
function statedUnits(
  state: RuleScope,
  where: Whereabouts,
  placeId: string,
  fromMs: number,
  toMs: number,
): StatedUnit[] {
  const found: StatedUnit[] = [];
  for (const unit of where.stated) {
    const doubts = intersect(normalise(unsaidPairs(state, where, placeId, unit)), dutyIntervals(state, unit.id));
    for (const one of spokenAt(state, where, unit)) {
      if (one.fromMs > toMs || one.toMs < fromMs) continue;
      const { here, notHere } = saidOf(state, [one], placeId, unit);
      const ends = intersect(normalise(here), dutyIntervals(state, unit.id)).length > 0;
      const rules = intersect(intersect(normalise(notHere), doubts), [fromMs, toMs]).length > 0;
      const { at, statedAtMs } = one.statement;
      if (ends || rules) found.push({ unit: unit.id, at, statedAtMs });
    }
  }
  return mergeStated(found);
}

/** Each statement once, by unit and time; of too many the last ones. */
export function mergeStated(list: readonly StatedUnit[]): StatedUnit[] {
  return [...list]
    .sort((a, b) => (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : a.statedAtMs - b.statedAtMs))
    .filter((one, i, all) => one.unit !== all[i - 1]?.unit || one.statedAtMs !== all[i - 1]?.statedAtMs)
    .slice(-MAX_NAMED_UNITS);
}

function byUnit(a: BridgedHole, b: BridgedHole): number {
  return a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : a.lastSeenMs - b.lastSeenMs;
}
