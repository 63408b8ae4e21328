import { DistrictSchema, UnitsSchema } from './file-schemas.js';
import { PlacesSchema } from './place-schemas.js';
import { PlanSchema } from './plan-schemas.js';

/** The four files of a district, as JSON Schema: what the loader holds them to, apart from references between them. */
export const schemas = {
  district: DistrictSchema,
  places: PlacesSchema,
  units: UnitsSchema,
  plan: PlanSchema,
} as const;
