import type { AlertNames, AlertVersion, PlaceName } from '../../model/alert.js';
import { MAX_NAMED_UNITS } from '../../model/limits.js';
import { planWithPlace, planWithUnit } from '../plan/so-far.js';
import type { AlertScope } from './slice.js';

/** What the places and units of a version are called; one that no plan has any more keeps the name that it had. */
export function namesOf(state: AlertScope, version: AlertVersion): AlertNames {
  const { names: before } = version;
  const places: [string, PlaceName][] = [];
  for (const id of placesOf(version)) {
    const place = planWithPlace(state, id)?.placeById.get(id);
    const name = place === undefined ? before?.places[id] : { kind: place.kind, ...place.name };
    if (name !== undefined) places.push([id, name]);
  }
  const units: [string, string][] = [];
  for (const id of unitsOf(version)) {
    const callsign = planWithUnit(state, id)?.unitById.get(id)?.callsign ?? before?.units[id];
    if (callsign !== undefined) units.push([id, callsign]);
  }
  return { places: Object.fromEntries(places), units: Object.fromEntries(units) };
}

function placesOf({ place, evidence }: AlertVersion): readonly string[] {
  return distinct([
    place,
    evidence.nearPlace,
    ...(evidence.offZone?.zones ?? []).slice(0, MAX_NAMED_UNITS),
    ...(evidence.stated ?? []).map(({ at }) => at),
    ...(evidence.bunching?.uncovered ?? []).slice(0, MAX_NAMED_UNITS),
  ]);
}

function unitsOf({ unit, evidence }: AlertVersion): readonly string[] {
  const {
    lastUnit,
    byUnit,
    possibleUnits = [],
    unseenUnits = [],
    bridged = [],
    notReporting = [],
    stated = [],
    unrostered = [],
  } = evidence;
  const remarked = [...bridged, ...notReporting, ...stated].map((remark) => remark.unit);
  const possible = [
    ...unseenUnits.slice(0, MAX_NAMED_UNITS),
    ...possibleUnits.slice(0, MAX_NAMED_UNITS),
    ...unrostered.slice(0, MAX_NAMED_UNITS),
    ...(evidence.bunching?.bunches.flat() ?? []).slice(0, MAX_NAMED_UNITS),
  ];
  return distinct([
    unit,
    lastUnit,
    byUnit,
    evidence.routePass?.lastPass?.unit,
    evidence.window?.arrived?.unit,
    ...possible,
    ...remarked,
  ]);
}

/** Sorted, so that equal states name alike. */
function distinct(ids: readonly (string | null | undefined)[]): readonly string[] {
  return [...new Set(ids.filter((id) => typeof id === 'string'))].sort();
}
