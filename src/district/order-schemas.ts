import { type Static, Type } from 'typebox';
import { PlacesSchema } from './place-schemas.js';
import { MODES, PlanSchema } from './plan-schemas.js';
import { Id, Name, Note, strict } from './schema-parts.js';

/** Orders are dated: their instants stand in no local calendar. */
export const Instant = Type.String({
  description: 'an instant with its offset, for example "2026-12-05T18:00:00+08:00"',
  pattern: '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})$',
});
/** A part of the order's time; all of it unless it says otherwise. */
const span = { from: Type.Optional(Instant), to: Type.Optional(Instant) };
const Features = Type.Unknown({
  description: 'a GeoJSON FeatureCollection as in places.geojson, of checkpoints and routes',
});
const Closed = Type.Array(Id, { minItems: 1, maxItems: 500, uniqueItems: true });
const Modes = Type.Array(strict({ mode: Type.Enum([...MODES]), ...span }), { minItems: 1, maxItems: 50 });
const Duty = Type.Array(strict({ unit: Id, ...span }), { minItems: 1, maxItems: 1_000 });

const head = {
  id: Id,
  nameZh: Name,
  nameEn: Name,
  from: Instant,
  to: Instant,
  /** Why, for the record. */
  reason: Type.String({ minLength: 1, maxLength: 500 }),
  closed: Type.Optional(Closed),
  modes: Type.Optional(Modes),
  duty: Type.Optional(Duty),
  note: Type.Optional(Note),
};
const Rules = Type.Array(
  Type.Unknown({ description: 'a rule as in plan.json; without modes and during it binds all the time' }),
  {
    minItems: 1,
    maxItems: 50,
  },
);

/** The outside of an operation order; places and rules are checked one by one. */
export const OrderOutline = strict(
  { ...head, places: Type.Optional(Features), rules: Type.Optional(Rules) },
  { title: 'operation order' },
);
export type OrderFile = Static<typeof OrderOutline>;

/** An operation order in full. */
export const OrderSchema = strict(
  {
    ...head,
    places: Type.Optional(PlacesSchema),
    rules: Type.Optional(Type.Array(PlanSchema.properties.rules.items, { minItems: 1, maxItems: 50 })),
  },
  { title: 'operation order' },
);
