import { DistrictSchema, UnitsSchema } from './file-schemas.js';
import { OrderSchema } from './order-schemas.js';
import { PlacesSchema } from './place-schemas.js';
import { PlanSchema } from './plan-schemas.js';
import { RoadsSchema } from './road-schemas.js';
import { RosterSchema } from './roster-schemas.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Schemas by name, each with its dialect and an id of its own, so that it can be kept and referred to alone. */
export function identified(named: Readonly<Record<string, object>>): Readonly<Record<string, object>> {
  const entries = Object.entries(named);
  return Object.fromEntries(
    entries.map(([name, schema]) => [name, { $schema: DIALECT, $id: `urn:beatwatch:schema:${name}`, ...schema }]),
  );
}

/** The files of a district, as JSON Schema: what the loader holds them to, apart from references between them. */
export const schemas = identified({
  district: DistrictSchema,
  places: PlacesSchema,
  units: UnitsSchema,
  plan: PlanSchema,
  roads: RoadsSchema,
  order: OrderSchema,
  roster: RosterSchema,
});
