import { Type } from '@fastify/type-provider-typebox';
import { Id, Instant, NamesSchema, Nullable } from './schemas.js';

/** The shapes of plans in answers, as published in the OpenAPI document. */

export const PublicationSchema = Type.Object({
  actionId: Id,
  actor: Type.String(),
  reason: Type.String(),
  basedOn: Nullable(Type.String({ description: '`sourceSha256` of the newest plan that the person knew.' })),
});

export const OrderingSchema = Type.Object(
  {
    is: Type.Enum(['made', 'ended']),
    order: Id,
    wishSha256: Type.String(),
    actionId: Id,
    actor: Type.String(),
    reason: Type.String(),
  },
  { description: 'The act about an operation order that it was logged for.' },
);

export const PlanSchema = Type.Object(
  {
    district: Id,
    name: NamesSchema,
    timeZone: Type.String(),
    version: Type.Integer(),
    inForceFromMs: Instant,
    withdraws: Type.Optional(
      Type.Integer({
        description: 'How many versions before it never took effect, because it came before their time.',
      }),
    ),
    published: Type.Optional(PublicationSchema),
    series: Type.Optional(
      Type.Object(
        { id: Type.String(), nth: Type.Integer() },
        { description: 'Plans of one id were logged together, and are one change.' },
      ),
    ),
    orders: Type.Optional(
      Type.Array(Type.Record(Type.String(), Type.Unknown()), {
        description: 'Operation orders that stand; places, units, rules and schedules are those with them.',
      }),
    ),
    without: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'What the orders took out of the plan.' }),
    ),
    ordered: Type.Optional(OrderingSchema),
    calendar: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'What `schedules` are expanded from.' }),
    ),
    sourceSha256: Type.String(),
    expandedFromMs: Instant,
    expandedToMs: Instant,
    possibleForMs: Type.Optional(Type.Integer()),
    ruler: Type.Object({ metresPerLngE7: Type.Number(), metresPerLatE7: Type.Number() }),
    denseFactor: Type.Optional(
      Type.Integer({ description: 'Of fixes of a unit one counts in each of its report intervals / denseFactor.' }),
    ),
    area: Type.Optional(
      Type.Object(
        { westE7: Type.Integer(), southE7: Type.Integer(), eastE7: Type.Integer(), northE7: Type.Integer() },
        { description: 'Where units can be, 1e-7 degree; positions outside are flagged `out-of-area`.' },
      ),
    ),
    places: Type.Array(Type.Record(Type.String(), Type.Unknown())),
    units: Type.Array(Type.Record(Type.String(), Type.Unknown())),
    rules: Type.Array(Type.Record(Type.String(), Type.Unknown())),
    escalation: Type.Optional(
      Type.Array(Type.Record(Type.String(), Type.Unknown()), {
        description: 'Who is told of which alerts; the first policy that takes an alert is its policy.',
      }),
    ),
    schedules: Type.Record(Type.String(), Type.Array(Type.Integer()), {
      description: 'UTC intervals [from, to) in ms, flat.',
    }),
  },
  { description: 'The plan in force, compiled: ids resolved, coordinates in 1e-7 degree, calendars as UTC intervals.' },
);
