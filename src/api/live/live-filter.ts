import type { AlertVersion } from '../../model/alert.js';
import { canonicalJson } from '../../model/canonical-json.js';
import type { TaskRecord } from '../../model/hot.js';
import type { ApiDistrict } from '../deps.js';
import { refuseOutsidePlan } from '../unknown.js';

/** What a supervisor wants to see; null means all. */
export interface LiveFilter {
  readonly places: ReadonlySet<string> | null;
  readonly units: ReadonlySet<string> | null;
  readonly rules: ReadonlySet<string> | null;
  readonly severities: ReadonlySet<string> | null;
}

export const NO_FILTER: LiveFilter = { places: null, units: null, rules: null, severities: null };

/**
 * Throws `place-unknown` or `unit-unknown` for a filter by an id that the plan in force does not have: nothing would ever pass it,
 * and that silence would read as "all is well".
 */
export function refuseUnknownFilter(district: ApiDistrict, { places, units }: LiveFilter): void {
  refuseOutsidePlan(district, { places: places ?? [], units: units ?? [] });
}

/** An alert passes when every given filter names it; one without a unit (a gap of a place) fails any filter by unit. */
export function alertPasses(
  filter: LiveFilter,
  alert: Pick<AlertVersion, 'place' | 'unit' | 'rule' | 'severity'>,
): boolean {
  return (
    names(filter.places, alert.place) &&
    names(filter.units, alert.unit) &&
    names(filter.rules, alert.rule) &&
    names(filter.severities, alert.severity)
  );
}

/** Positions and unit states follow the filter by unit, coverage the one by place; the other dimensions are about alerts. */
export function unitPasses(filter: LiveFilter, unit: string): boolean {
  return names(filter.units, unit);
}
export function placePasses(filter: LiveFilter, place: string): boolean {
  return names(filter.places, place);
}

/** A task follows both: it is about units and places. */
export function taskPasses({ units, places }: LiveFilter, task: Pick<TaskRecord, 'units' | 'places'>): boolean {
  if (units === null && places === null) return true;
  return task.units.some((unit) => units?.has(unit)) || task.places.some((place) => places?.has(place));
}

function names(wanted: ReadonlySet<string> | null, id: string | null): boolean {
  return wanted === null || (id !== null && wanted.has(id));
}

const texts = new WeakMap<LiveFilter, string>();

/** A filter as text; filters that want the same have the same text. */
export function filterText(filter: LiveFilter): string {
  const known = texts.get(filter) ?? canonicalJson(describeFilter(filter));
  texts.set(filter, known);
  return known;
}

/** The filter as the access log and the `subscribed` message show it: only what is restricted, sorted. */
export function describeFilter(filter: LiveFilter): Record<string, string[]> {
  const described: Record<string, string[]> = {};
  for (const name of ['places', 'units', 'rules', 'severities'] as const) {
    const wanted = filter[name];
    if (wanted !== null) described[name] = [...wanted].sort();
  }
  return described;
}
