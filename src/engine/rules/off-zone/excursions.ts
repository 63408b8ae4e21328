import { isInside, signedDistanceM } from '../../../geo/shape.js';
import { contains } from '../../../model/intervals.js';
import { ZONE_RETURN_MS } from '../../../model/limits.js';
import type { OffZoneRule, PlanUnit } from '../../../model/plan.js';
import { holeMs } from '../../plan/plans.js';
import type { PlanInForce } from '../../plan/slice.js';
import type { Observation, RunTerms } from '../../track/runs.js';
import type { Observed } from '../observe.js';

/**
 * Whether a unit is outside every zone of its group: beyond doubt when it is further than the rule allows, its error granted; surely not
 * when its position is in one of them. Null: its group has none now.
 */
export function observeZones(rule: OffZoneRule, { point, unit, plan, lightbar }: Observed): Observation | null {
  const zones = zonesAt(rule, unit, plan, point.eventTimeMs);
  if (zones.length === 0) return null;
  const seen = { most: 0, limit: rule.beyondM, places: zones, lightbar: null };
  let leastM = Number.POSITIVE_INFINITY;
  for (const id of zones) {
    const place = plan.placeById.get(id);
    if (place === undefined) return null;
    if (isInside(plan.plan.ruler, place.shape, point)) return { ...seen, holds: false };
    leastM = Math.min(leastM, signedDistanceM(plan.plan.ruler, place.shape, point));
  }
  const surelyM = leastM - point.sigmaM;
  if (surelyM <= rule.beyondM) return { ...seen, holds: null };
  return { ...seen, holds: true, most: Math.floor(surelyM), lightbar: lightbar() };
}

/** The zones of the unit's group at an instant, sorted. */
function zonesAt(rule: OffZoneRule, { group }: PlanUnit, { plan }: PlanInForce, atMs: number): readonly string[] {
  const zones = rule.zones.filter((one) => one.group === group && contains(plan.schedules[one.during] ?? [], atMs));
  return [...new Set(zones.map(({ zone }) => zone))].sort();
}

export function zoneTerms({ holdMs }: OffZoneRule, unit: PlanUnit, planVersion: number): RunTerms {
  return { holdMs, clearMs: ZONE_RETURN_MS, mostGapMs: holeMs(unit) - 1, over: 'arrival', planVersion };
}
