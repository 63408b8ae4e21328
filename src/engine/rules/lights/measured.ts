import { contains } from '../../../model/intervals.js';
import type { PlanUnit } from '../../../model/plan.js';
import { holeMs } from '../../plan/plans.js';
import type { PlanInForce } from '../../plan/slice.js';
import type { LightTime, TrackPoint, UnitFold, Visit } from '../../track/fold.js';
import type { HeldFixes } from '../../track/held-fixes.js';

/**
 * How long the lightbar was on, off, or of unknown state during the visits that go on with this position, at places where a rule asks for
 * it, while it binds. The time between two fixes inside is on if both say so, and off likewise; else it is not measured.
 */
export function measureLights(
  fold: UnitFold,
  fixes: HeldFixes,
  point: TrackPoint,
  unit: PlanUnit,
  { plan, lit }: PlanInForce,
): void {
  for (const [placeId, track] of fold.near) {
    const rules = lit.get(placeId)?.filter(({ unitKinds }) => unitKinds.includes(unit.kind)) ?? [];
    const visit = track.visits.at(-1);
    if (rules.length === 0 || visit === undefined || !visit.open || visit.innerToMs !== point.eventTimeMs) continue;
    const isAsked = rules.some(({ binds }) => contains(plan.schedules[binds] ?? [], point.eventTimeMs));
    if (isAsked) visit.lights = withFix(visit.lights, point.eventTimeMs, fixes.fixOf(point).lightbar, holeMs(unit));
    else rest(visit);
  }
}

const NONE: LightTime = { lastMs: null, lastOn: null, onMs: 0, offMs: 0, notMeasuredMs: 0 };

function withFix(before: LightTime = NONE, atMs: number, isOn: boolean | null, mostMs: number): LightTime {
  const { lastMs, lastOn, onMs, offMs, notMeasuredMs } = before;
  const now = { lastMs: atMs, lastOn: isOn };
  if (lastMs === null || atMs - lastMs >= mostMs) return { ...before, ...now };
  const ms = atMs - lastMs;
  if (isOn === true && lastOn === true) return { ...before, ...now, onMs: onMs + ms };
  if (isOn === false && lastOn === false) return { ...before, ...now, offMs: offMs + ms };
  return { ...before, ...now, notMeasuredMs: notMeasuredMs + ms };
}

/** The rule does not bind now: the time until the next fix does not count. */
function rest(visit: Visit): void {
  if (visit.lights !== undefined) visit.lights = { ...visit.lights, lastMs: null, lastOn: null };
}
