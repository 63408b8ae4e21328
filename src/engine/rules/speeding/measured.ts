import { signedDistanceM } from '../../../geo/shape.js';
import { POSSIBLE_SIGMAS, SPEED_CLEAR_MS, SPEED_GAP_MS, TOP_SPEED_CMPS } from '../../../model/limits.js';
import type { SpeedingRule, SpeedLimit } from '../../../model/plan.js';
import type { Observation, RunTerms } from '../../track/runs.js';
import type { Observed } from '../observe.js';

/**
 * Whether a unit is too fast by what its receiver measured, never by how far it came. Above the tolerance is too fast, at or below
 * the limit is not, between them nobody can tell. `unsaid`: the fix has no speed, or one that no unit of the kind can have.
 */
export function observeSpeed(rule: SpeedingRule, observed: Observed): Observation | 'unsaid' {
  const { point, unit, lightbar } = observed;
  const { speedCmps } = point;
  if (speedCmps === null || speedCmps > TOP_SPEED_CMPS[unit.kind]) return 'unsaid';
  const limits = rule.limits.filter(({ unitKinds }) => unitKinds.includes(unit.kind));
  const seen = { most: speedCmps, limit: 0, places: [], lightbar: null };
  // Nearly all are: where the unit is need not be asked.
  if (limits.every(({ limitCmps }) => speedCmps <= limitCmps)) return { ...seen, holds: false };
  const limit = limitAt(limits, observed);
  if (limit === null || speedCmps <= limit) return { ...seen, holds: false };
  if (speedCmps <= limit + rule.toleranceCmps) return { ...seen, holds: null };
  return { ...seen, limit, holds: true, lightbar: lightbar() };
}

/**
 * The limit where a unit is: the highest of those of the places that it is surely in, or else of those that are for everywhere. A place that
 * it may be in counts if its limit is higher, for an expressway may lead past. Null: there is none.
 */
function limitAt(limits: readonly SpeedLimit[], observed: Observed): number | null {
  let [sure, maybe, anywhere] = [-1, -1, -1];
  for (const { limitCmps, places } of limits) {
    if (places === null) anywhere = Math.max(anywhere, limitCmps);
    for (const id of places ?? []) {
      const marginM = marginOf(id, observed);
      if (marginM <= -observed.point.sigmaM) sure = Math.max(sure, limitCmps);
      else if (marginM <= POSSIBLE_SIGMAS * observed.point.sigmaM) maybe = Math.max(maybe, limitCmps);
    }
  }
  const own = sure >= 0 ? sure : anywhere;
  return own < 0 ? null : Math.max(own, maybe);
}

function marginOf(placeId: string, { point, plan }: Observed): number {
  const place = plan.placeById.get(placeId);
  return place === undefined ? Number.POSITIVE_INFINITY : signedDistanceM(plan.plan.ruler, place.shape, point);
}

export function speedTerms({ holdMs }: SpeedingRule, planVersion: number): RunTerms {
  return { holdMs, clearMs: SPEED_CLEAR_MS, mostGapMs: SPEED_GAP_MS, over: 'movement', planVersion };
}
