import { type Static, Type } from 'typebox';
import { Id, Name, Note, strict, UnitKindSchema } from './schema-parts.js';

/** `district.json`. */
export const DistrictSchema = strict(
  {
    id: Id,
    nameZh: Name,
    nameEn: Name,
    timeZone: Type.String({
      description: 'an IANA time zone, for example "Asia/Shanghai"',
      minLength: 1,
      maxLength: 64,
    }),
    area: Type.Optional(
      Type.Array(Type.Number(), {
        description:
          'the area in which units can be, as [west, south, east, north] in degrees WGS-84, not across the antimeridian',
        minItems: 4,
        maxItems: 4,
      }),
    ),
    note: Type.Optional(Note),
  },
  { title: 'district.json' },
);
export type DistrictFile = Static<typeof DistrictSchema>;

export const DEFAULT_EXPECTED_INTERVAL_S = 10;

export const GroupSchema = strict({ id: Id, nameZh: Name, nameEn: Name, note: Type.Optional(Note) });
export const UnitSchema = strict({
  id: Id,
  callsign: Type.String({ minLength: 1, maxLength: 32 }),
  kind: UnitKindSchema,
  group: Id,
  crewCount: Type.Integer({ minimum: 1, maximum: 100 }),
  /** Id of the device that reports for the unit. */
  tracker: Id,
  expectedIntervalS: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600, default: DEFAULT_EXPECTED_INTERVAL_S })),
  /** When the unit is on duty: a schedule of plan.json, `always` or `coverage`. */
  duty: Id,
  note: Type.Optional(Note),
});
export const AssignmentSchema = strict({
  zone: Id,
  group: Id,
  during: Type.Optional(Type.String({ ...Id, default: 'always' })),
});

/** The outside of `units.json`; the lists' items are checked one by one, so that a fault in one hides no other. */
export const UnitsOutline = strict({
  groups: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 200 }),
  units: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 5_000 }),
  assignments: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 2_000 })),
  note: Type.Optional(Note),
});
/** `units.json`. */
export const UnitsSchema = strict(
  {
    groups: Type.Array(GroupSchema, { minItems: 1, maxItems: 200 }),
    units: Type.Array(UnitSchema, { minItems: 1, maxItems: 5_000 }),
    assignments: Type.Optional(Type.Array(AssignmentSchema, { maxItems: 2_000 })),
    note: Type.Optional(Note),
  },
  { title: 'units.json' },
);
export type GroupFile = Static<typeof GroupSchema>;
export type UnitFile = Static<typeof UnitSchema>;
export type AssignmentFile = Static<typeof AssignmentSchema>;
