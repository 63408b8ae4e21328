import { parseAlertId } from '../model/alert-id.js';
import type { AccessRead } from '../model/log-entry.js';
import type { RouteName } from './route-table.js';

/** The units and places that a read asked for by name. Sorted, each once. */
export interface ReadSubjects {
  readonly units: readonly string[];
  readonly places: readonly string[];
}

/** `named`: the read asked for it by name. `wider`: it named none of its kind, and its answer may have shown it. */
export type ReadScope = 'named' | 'wider';

/**
 * Routes whose answers show nothing of what units did, or where: only who names a unit or a place there is about it. What is not in this
 * list may show any unit and any place.
 */
const SHOWS_NOBODY: ReadonlySet<string> = new Set<RouteName>([
  'GET /v1/districts',
  'GET /v1/districts/:district',
  'GET /v1/districts/:district/plan',
  'GET /v1/districts/:district/plans',
  'POST /v1/districts/:district/plan/publish',
  'GET /v1/districts/:district/orders',
  'POST /v1/districts/:district/orders',
  'POST /v1/districts/:district/orders/:order/end',
  'GET /v1/districts/:district/places',
  'GET /v1/districts/:district/record',
  'POST /v1/districts/:district/record/accept',
  'GET /v1/districts/:district/archive/head',
  'GET /v1/districts/:district/reports',
  'GET /v1/districts/:district/accesses',
  'GET /v1/districts/:district/own-accesses',
]);

/** What a read named, from its parameters: those of its path and its query, the filter of a live socket, the subject of an alert's id. */
export function subjectsOf({ parameters }: AccessRead): ReadSubjects {
  const said = parametersOf(parameters);
  const filter = isObject(said.filter) ? said.filter : {};
  const alert = typeof said.alertId === 'string' ? (parseAlertId(said.alertId)?.subject ?? null) : null;
  const units = [said.unit, said.units, filter.units, alert !== null && 'unit' in alert ? alert.unit : null];
  const places = [said.place, said.places, filter.places, alert !== null && 'place' in alert ? alert.place : null];
  return { units: idsOf(units), places: idsOf(places) };
}

/** Whether a read is about a unit, a place, or both; null: it is not. */
export function scopeOf(
  read: AccessRead,
  { unit, place }: { readonly unit: string | null; readonly place: string | null },
): ReadScope | null {
  const { units, places } = subjectsOf(read);
  const scopes = [unit === null ? 'named' : scopeIn(units, unit), place === null ? 'named' : scopeIn(places, place)];
  if (scopes.includes(null)) return null;
  if (!scopes.includes('wider')) return 'named';
  return SHOWS_NOBODY.has(read.what) ? null : 'wider';
}

function scopeIn(named: readonly string[], wanted: string): ReadScope | null {
  if (named.length === 0) return 'wider';
  return named.includes(wanted) ? 'named' : null;
}

/** The parameters of a read by name; empty of text that is no JSON object. */
export function parametersOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Ids that stand alone, in lists, or in texts with commas. */
function idsOf(values: readonly unknown[]): readonly string[] {
  const texts = values.flat().filter((value) => typeof value === 'string');
  return [...new Set(texts.flatMap((text) => text.split(',')))].filter((id) => id !== '').sort();
}
