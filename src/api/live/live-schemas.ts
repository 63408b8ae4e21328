import { type TSchema, Type } from '@fastify/type-provider-typebox';
import { SEVERITIES } from '../../model/plan.js';
import { MAX_FILTER_IDS } from '../limits.js';
import {
  AlertSchema,
  CoverageSchema,
  CursorSchema,
  Id,
  PositionSchema,
  RULES,
  staleField,
  TaskRecordSchema,
  UnitStateSchema,
} from '../schemas.js';

const stateChange = {
  removed: Type.Optional(Type.Array(Id)),
  skipped: Type.Optional(Type.Integer({ minimum: 1 })),
  complete: Type.Optional(Type.Literal(true)),
};
const message = <Type_ extends string>(type: Type_, properties: Record<string, TSchema>) =>
  Type.Object({ type: Type.Literal(type), ...properties }, { additionalProperties: false });

/** The schema of LiveMessage for other programs, served with the JSON Schemas. */
export const LiveMessageSchema = Type.Union([
  message('snapshot', {
    cursor: Type.Union([CursorSchema, Type.Null()]),
    lastAlert: Type.Integer(),
    openAlerts: Type.Union([Type.Array(AlertSchema), Type.Null()]),
    coverage: Type.Array(CoverageSchema),
    positions: Type.Array(PositionSchema),
    units: Type.Array(UnitStateSchema),
    tasks: Type.Array(TaskRecordSchema),
  }),
  message('alert', AlertSchema.properties),
  message('positions', { positions: Type.Array(PositionSchema), ...stateChange }),
  message('units', { units: Type.Array(UnitStateSchema), ...stateChange }),
  message('coverage', { coverage: Type.Array(CoverageSchema), ...stateChange }),
  message('tasks', { tasks: Type.Array(TaskRecordSchema), ...stateChange }),
  message('resync', { first: Type.Integer(), last: Type.Integer() }),
  message('missing', { from: Type.Integer(), to: Type.Integer() }),
  message('stale', staleField),
  message('error', {
    code: Type.String(),
    message: Type.String(),
    details: Type.Record(Type.String(), Type.Unknown()),
  }),
]);

/** Client to server: a filter in place of the one before, answered with a snapshot. What is left out is not restricted. */
export const SubscribeSchema = Type.Object(
  {
    type: Type.Literal('subscribe'),
    places: Type.Optional(Type.Array(Id, { maxItems: MAX_FILTER_IDS })),
    units: Type.Optional(Type.Array(Id, { maxItems: MAX_FILTER_IDS })),
    rules: Type.Optional(Type.Array(Type.Enum([...RULES]), { maxItems: RULES.length })),
    severities: Type.Optional(Type.Array(Type.Enum([...SEVERITIES]), { maxItems: SEVERITIES.length })),
  },
  { additionalProperties: false },
);
