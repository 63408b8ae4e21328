import type { ApiDistrict } from './deps.js';
import { apiError } from './errors.js';
import type { Page } from './version-page.js';

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
  const inForce = district.plan();
  if (after > 0 || page.items.length > 0 || page.next !== null || inForce === null) return;
  if (place !== undefined && !inForce.places.some((known) => known.id === place)) {
    throw apiError('place-unknown', `got place ${place}, expected one of district ${district.id}`, { got: place });
  }
  if (unit !== undefined && !inForce.units.some((known) => known.id === unit)) {
    throw apiError('unit-unknown', `got unit ${unit}, expected one of district ${district.id}`, { got: unit });
  }
}
