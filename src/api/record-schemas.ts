import { Nullable } from './schemas.js';
import { type TSchema, Type } from '@fastify/type-provider-typebox';
import type { AreaPresence, TraceFix, TraceHole } from '../model/trace.js';
import { MAX_AREA_SIDE_M } from '../traces/area.js';

export const TraceFixSchema = Type.Object({
  type: Type.Literal('fix'),
  unit: Type.String(),
  tracker: Type.String(),
  eventTimeMs: Type.Integer(),
  lng: Nullable(Type.Number()),
  lat: Nullable(Type.Number()),
  sigmaM: Nullable(
    Type.Number({ description: 'The accuracy that the engine uses; null: the position is not usable.' }),
  ),
  quality: Type.Enum(['precise', 'vague', 'too-vague', 'no-position', 'null-island', 'not-located', 'out-of-area'], {
    description: 'What the fix by itself is good for. What the engine decided about it: `…/units/:unit/fixes`.',
  }),
  conflict: Type.Boolean({ description: 'Another fix of the same instant has another position.' }),
  altitudeM: Nullable(Type.Number()),
  speedMps: Nullable(Type.Number()),
  courseDeg: Nullable(Type.Number({ description: 'Clockwise from north.' })),
  located: Nullable(Type.Boolean()),
  satellites: Nullable(Type.Integer()),
  beidouSatellites: Nullable(Type.Integer()),
  hdop: Nullable(Type.Number()),
  accuracyM: Nullable(Type.Number({ description: 'As the receiver says it: metres, 68 %.' })),
  power: Nullable(Type.Boolean()),
  batteryPercent: Nullable(Type.Integer()),
  ignition: Nullable(Type.Boolean()),
  lightbar: Nullable(Type.Boolean()),
  sos: Nullable(Type.Boolean()),
  backfill: Nullable(Type.Boolean()),
  logId: Type.String({ description: 'Log entry of its first copy.' }),
} satisfies Record<keyof TraceFix, TSchema>);

export const TraceHoleSchema = Type.Object({
  type: Type.Literal('hole'),
  unit: Type.String(),
  fromMs: Type.Integer(),
  toMs: Type.Integer(),
} satisfies Record<keyof TraceHole, TSchema>);

export const AreaPresenceSchema = Type.Object({
  type: Type.Literal('presence'),
  unit: Type.String(),
  certainty: Type.Enum(['inside', 'possible', 'unknown']),
  cause: Type.Enum(['fix', 'near', 'way', 'hole'], {
    description:
      '`fix`: fixes inside. `near`: a fix near the boundary, or next to one inside. `way`: the line between two fixes meets the area. `hole`: a hole in the trace.',
  }),
  fromMs: Type.Integer(),
  toMs: Type.Integer(),
  fixes: Type.Integer(),
  hole: Nullable(Type.Object({ fromMs: Type.Integer(), toMs: Type.Integer() })),
} satisfies Record<keyof AreaPresence, TSchema>);

/** What every answer of the record says about itself. */
export const recordFields = {
  fromMs: Type.Integer({ description: 'Event times that the answer is about: from here on,' }),
  toMs: Type.Integer({ description: 'and before this; now, if the query goes on into the future.' }),
  upTo: Type.String({ description: 'The last log entry that the answer looks at.' }),
  estimate: Type.Object(
    { rows: Type.Integer(), bytes: Type.Integer() },
    { description: 'What the manifest of the archive says that the whole query reads at about.' },
  ),
  missing: Type.Array(Type.Object({ what: Type.Enum(['log', 'plan']), fromMs: Type.Integer(), toMs: Type.Integer() }), {
    description:
      '`log`: entries that were logged then are gone: nobody archived them, or they were deleted as they need not be kept any more. `plan`: nobody knows whose a tracker was then.',
  }),
  limits: Type.Object(
    { rowsPerPage: Type.Integer(), rowsPerQuery: Type.Integer() },
    { description: 'Rows of a page, and fixes that one query may read at about.' },
  ),
};

const Position = Type.Array(Type.Number(), { minItems: 2, maxItems: 3 });
const Ring = Type.Array(Position, { minItems: 4 });

export const AreaSchema = Type.Union(
  [
    Type.Object(
      { type: Type.Literal('Polygon'), coordinates: Type.Array(Ring, { minItems: 1 }) },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        type: Type.Literal('MultiPolygon'),
        coordinates: Type.Array(Type.Array(Ring, { minItems: 1 }), { minItems: 1 }),
      },
      { additionalProperties: false },
    ),
    Type.Object(
      { type: Type.Literal('Box'), bbox: Type.Array(Type.Number(), { minItems: 4, maxItems: 4 }) },
      { additionalProperties: false },
    ),
    Type.Object(
      {
        type: Type.Literal('Circle'),
        center: Position,
        radiusM: Type.Number({ exclusiveMinimum: 0, maximum: MAX_AREA_SIDE_M / 2 }),
      },
      { additionalProperties: false },
    ),
  ],
  {
    'x-expected':
      'a Polygon or MultiPolygon as in GeoJSON, {"type":"Box","bbox":[west,south,east,north]} or {"type":"Circle","center":[lng,lat],"radiusM":…}',
    description:
      'Degrees, WGS-84. A Polygon or MultiPolygon as in GeoJSON, a Box `[west, south, east, north]`, or a Circle.',
  },
);
