import { Type } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { identified, schemas } from '../../district/schemas.js';
import { type ApiServer, answerAs, answers, NoQuery, OPEN } from '../api-server.js';
import { asyncApiDocument } from '../asyncapi.js';
import { identify, isFromLoopback } from '../authenticate.js';
import type { ApiDeps } from '../deps.js';
import { LiveMessageSchema, SubscribeSchema } from '../live/live-schemas.js';
import { openApiDocument } from '../openapi-document.js';
import { publicDocument } from '../public-document.js';
import { ErrorSchema, ReadinessSchema } from '../schemas.js';
import { readTrackerProto } from '../tracker-proto.js';

const UNCHANGED = Type.Null({ description: 'The document is as the client has it (`If-None-Match`).' });
const DOCUMENT = { 200: Type.Record(Type.String(), Type.Unknown()), 304: UNCHANGED };

/** What is about this process and not about any district: its health, its numbers, its documentation. */
export function registerProcessRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/healthz',
    {
      schema: {
        ...OPEN,
        tags: ['process'],
        summary: 'The process is alive.',
        querystring: NoQuery,
        response: answers({ 200: Type.Object({ alive: Type.Boolean() }) }, 'open'),
      },
    },
    async () => ({ alive: true }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        ...OPEN,
        tags: ['process'],
        summary: 'Every check of readiness; 503 when one fails. Only this machine and admins see the details.',
        querystring: NoQuery,
        response: answers(
          {
            200: Type.Object(ReadinessSchema.properties, { description: 'Every check is well.' }),
            503: Type.Object(ReadinessSchema.properties, { description: 'A check fails.' }),
          },
          'open',
        ),
      },
    },
    async (request, reply) => {
      const found = await deps.readiness();
      const ready = found.every(({ ok }) => ok);
      // Details hold paths and versions of this machine.
      const checks = (await mayKnowDetails(deps, request)) ? found : found.map(({ name, ok }) => ({ name, ok }));
      return reply.status(ready ? 200 : 503).send({ ready, checks });
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        tags: ['process'],
        summary: 'Prometheus metrics, as text. Clients on this machine need no token.',
        querystring: NoQuery,
        response: answers({ 200: answerAs('text/plain', 'Lines of numbers.', Type.String()) }, 'token'),
      },
    },
    async (_request, reply) => reply.type(deps.metricsText.contentType).send(await deps.metricsText.text()),
  );

  app.get(
    '/v1/openapi.json',
    {
      schema: {
        ...OPEN,
        tags: ['documentation'],
        summary: 'This document.',
        querystring: NoQuery,
        response: answers(DOCUMENT, 'open'),
      },
    },
    publicDocument(() => openApiDocument(app.swagger())),
  );

  app.get(
    '/v1/asyncapi.json',
    {
      schema: {
        ...OPEN,
        tags: ['documentation'],
        summary: 'The AsyncAPI document of both sockets.',
        querystring: NoQuery,
        response: answers(DOCUMENT, 'open'),
      },
    },
    publicDocument(async () => asyncApiDocument(await readTrackerProto())),
  );

  app.get(
    '/v1/tracker.proto',
    {
      schema: {
        ...OPEN,
        tags: ['documentation'],
        summary: 'The messages of the trackers’ socket, as a proto file.',
        querystring: NoQuery,
        response: answers(
          { 200: answerAs('text/plain', 'The text of the file.', Type.String()), 304: UNCHANGED },
          'open',
        ),
      },
    },
    publicDocument(readTrackerProto),
  );

  app.get(
    '/v1/schemas',
    {
      schema: {
        ...OPEN,
        tags: ['documentation'],
        summary: 'JSON Schema of the files of a district, of the messages of the live socket and of errors, by name.',
        querystring: NoQuery,
        response: answers(DOCUMENT, 'open'),
      },
    },
    publicDocument(() => ({
      ...schemas,
      ...identified({ error: ErrorSchema, 'live-message': LiveMessageSchema, 'live-subscribe': SubscribeSchema }),
    })),
  );
}

/** A token that is no good is no reason to refuse what anybody may know. */
async function mayKnowDetails(deps: ApiDeps, { raw, headers }: FastifyRequest): Promise<boolean> {
  if (isFromLoopback(raw)) return true;
  if (headers.authorization === undefined) return false;
  const identity = await identify(deps, raw).catch(() => null);
  return identity?.role === 'admin';
}
