import type { ApiDistrict } from './deps.js';
import { apiError } from './errors.js';
import type { Page } from './version-page.js';

export function alertUnknown({ id }: ApiDistrict, alertId: string) {
  return apiError('alert-unknown', `got alert ${alertId}, expected one of district ${id}`, { got: alertId });
}

export function taskUnknown({ id }: ApiDistrict, taskId: string) {
  return apiError('task-unknown', `got task ${taskId}, expected one of district ${id}`, { got: taskId });
}

export function unitUnknown({ id }: ApiDistrict, unit: string) {
  return apiError('unit-unknown', `got unit ${unit}, expected one of district ${id}`, { got: unit });
}

export function placeUnknown({ id }: ApiDistrict, place: string) {
  return apiError('place-unknown', `got place ${place}, expected one of district ${id}`, { got: place });
}

/**
 * An empty answer must not come of a misspelt id: it would read as "nobody was there". An id that the plan in force does not
 * have is refused when the query finds nothing; records of places and units that older plans had are found all the same.
 */
export function refuseUnknown(
  district: ApiDistrict,
  { place, unit }: { readonly place: string | undefined; readonly unit: string | undefined },
  page: Page<unknown>,
  after: number,
): void {
  if (after > 0 || page.items.length > 0 || page.next !== null) return;
  refuseOutsidePlan(district, {
    places: place === undefined ? [] : [place],
    units: unit === undefined ? [] : [unit],
  });
}

/**
 * Throws `place-unknown` or `unit-unknown` for the first id that the plan in force does not have. Before the first plan every id
 * passes.
 */
export function refuseOutsidePlan(
  district: ApiDistrict,
  { places, units }: { readonly places: Iterable<string>; readonly units: Iterable<string> },
): void {
  const inForce = district.plan();
  if (inForce === null) return;
  const place = [...places].find((wanted) => !inForce.places.some(({ id }) => id === wanted));
  if (place !== undefined) throw placeUnknown(district, place);
  const unit = [...units].find((wanted) => !inForce.units.some(({ id }) => id === wanted));
  if (unit !== undefined) throw unitUnknown(district, unit);
}
