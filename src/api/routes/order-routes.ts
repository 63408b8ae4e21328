import { Type } from '@fastify/type-provider-typebox';
import { noteRead, noteShown } from '../access-record.js';
import {
  type ApiServer,
  answers,
  BODY_CODES,
  DistrictParams,
  NoQuery,
  PurposeHeaders,
  PurposeQuery,
} from '../api-server.js';
import { unjudgedAnswer } from '../append-act.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { MAX_COMMENT_CHARS, MAX_ORDER_BODY_BYTES, MAX_PAGE } from '../limits.js';
import { newId } from '../new-id.js';
import { endOrder, makeOrder, orderAnswers } from '../operation-orders.js';
import { recordsOf } from '../plan-orders.js';
import { Digest, Id, Instant, NamesSchema, Nullable, Said, staleField, StalenessSchema } from '../schemas.js';
import { filesValidatorCompiler } from '../validation.js';

const OrderSchema = Type.Object(
  {
    id: Id,
    name: NamesSchema,
    fromMs: Instant,
    toMs: Instant,
    reason: Type.String(),
    actor: Type.String(),
    actionId: Id,
    places: Type.Array(Id, { description: 'Places that only the order has.' }),
    rules: Type.Array(Id),
    closed: Type.Array(Id, { description: 'Places of the plan that no rule watches meanwhile.' }),
    units: Type.Array(Id, { description: 'Units that it calls to duty outside of their hours.' }),
    modes: Type.Array(Type.String()),
    state: Type.Enum(['waiting', 'in-force', 'past', 'withdrawn'], {
      description: '`withdrawn`: it was ended before it began.',
    }),
    madeAtMs: Nullable(Instant),
    inForceFromMs: Nullable(Instant),
    inForceToMs: Nullable(Instant),
    ended: Nullable(
      Type.Object(
        { actor: Type.String(), reason: Type.String(), actionId: Id },
        { description: 'Who ended it before its time.' },
      ),
    ),
  },
  { description: 'An operation order: a dated layer over the plan.' },
);

const OrderBody = Type.Object(
  {
    order: Type.Record(Type.String(), Type.Unknown(), {
      description: 'The order as its file says it; the schema `order` of `/v1/schemas` says what it may hold.',
    }),
    basedOn: Type.Optional(
      Digest('`sourceSha256` of the newest plan that the order was written for; another one is a conflict then.'),
    ),
    actionId: Type.Optional(Id),
  },
  { additionalProperties: false },
);
const answered = (description: string) => Type.Object({ order: OrderSchema }, { description });
const OUTCOMES = {
  200: answered('The order, which was so already.'),
  202: Type.Object(
    { actionId: Id, logId: Type.String(), stale: StalenessSchema },
    { description: 'It is in the log, and no engine has judged it yet.' },
  ),
};

/** Operation orders are made, ended and looked back at. */
export function registerOrderRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/orders',
    {
      schema: {
        tags: ['district'],
        summary: 'Operation orders, the one that was made last first: what each changes, when, who made it and why.',
        description: `The last ${MAX_PAGE} of them; plans of the history name all.`,
        params: DistrictParams,
        querystring: PurposeQuery,
        headers: PurposeHeaders,
        response: answers({ 200: Type.Object({ items: Type.Array(OrderSchema), ...staleField }) }, 'read'),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const items = orderAnswers(await recordsOf(district), district.clock.nowMs()).slice(0, MAX_PAGE);
      noteRead(request, district, items.length);
      return { items, stale: district.staleness() };
    },
  );

  app.post(
    '/v1/districts/:district/orders',
    {
      bodyLimit: MAX_ORDER_BODY_BYTES,
      validatorCompiler: filesValidatorCompiler,
      schema: {
        tags: ['district'],
        summary: 'Makes an operation order: posts, closed places, modes, duty and rules for a dated stretch of time.',
        description:
          'It begins at least 60 s ahead, and ends by itself. An order with faults is answered with all of them. The answer waits for the engine. 200: it was made already with this actionId. 202: it is in the log but no engine has judged by it yet, `stale` says why; the same actionId asks again.',
        params: DistrictParams,
        querystring: NoQuery,
        body: OrderBody,
        response: answers({ 201: answered('The order that was made.'), ...OUTCOMES }, 'read', [
          'order-invalid',
          'plan-missing',
          'plan-overtaken',
          'plan-too-late',
          'too-many-plans',
          'action-id-used',
          'log-unavailable',
          ...BODY_CODES,
        ]),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { actionId = newId(), order, basedOn } = request.body;
      const wish = { order, basedOn, actionId, actor: identityOf(request).subject };
      const outcome = await noteShown(request, district, { actionId }, () => makeOrder(district, wish));
      if ('logId' in outcome) return reply.status(202).send({ actionId, ...unjudgedAnswer(outcome) });
      return reply.status(outcome.created ? 201 : 200).send({ order: outcome.order });
    },
  );

  app.post(
    '/v1/districts/:district/orders/:order/end',
    {
      schema: {
        tags: ['district'],
        summary: 'Ends an operation order before its time: a minute from now, or before it begins.',
        params: Type.Object({ ...DistrictParams.properties, order: Id }),
        querystring: NoQuery,
        body: Type.Object(
          { reason: Said(MAX_COMMENT_CHARS), actionId: Type.Optional(Id) },
          { additionalProperties: false },
        ),
        response: answers(OUTCOMES, 'read', [
          'order-unknown',
          'order-over',
          'plan-missing',
          'plan-too-late',
          'too-many-plans',
          'action-id-used',
          'log-unavailable',
          ...BODY_CODES,
        ]),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { actionId = newId(), reason } = request.body;
      const wish = { orderId: request.params.order, reason, actionId, actor: identityOf(request).subject };
      const outcome = await noteShown(request, district, { actionId }, () => endOrder(district, wish));
      if ('logId' in outcome) return reply.status(202).send({ actionId, ...unjudgedAnswer(outcome) });
      return { order: outcome.order };
    },
  );
}
