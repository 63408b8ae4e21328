import { type TSchema, Type } from '@fastify/type-provider-typebox';
import type { LossRecord } from '../../model/losses.js';
import { noteRead, recordReason } from '../access-record.js';
import {
  type ApiServer,
  answers,
  BODY_CODES,
  DistrictParams,
  NoQuery,
  PurposeHeaders,
  PurposeQuery,
} from '../api-server.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { apiError } from '../errors.js';
import { MAX_COMMENT_CHARS } from '../limits.js';
import { readState } from '../read-state.js';
import { Nullable, Said } from '../schemas.js';

export const LossSchema = Type.Object({
  what: Type.Union([Type.Literal('log'), Type.Literal('alerts'), Type.Literal('visits')]),
  count: Type.Integer({ description: 'Entries of the log, or versions, that are gone.' }),
  from: Nullable(Type.String()),
  to: Nullable(Type.String()),
  text: Type.String(),
  accepted: Nullable(Type.Object({ actor: Type.String(), reason: Type.String(), atMs: Type.Integer() })),
} satisfies Record<keyof LossRecord, TSchema>);

/** What is gone from a district's record: somebody looks at it and accepts it, and the district is ready again. */
export function registerRecordRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/record',
    {
      schema: {
        tags: ['admin'],
        summary:
          'What is missing from the store although Beatwatch did not remove it, and who accepted it. The server checks this now.',
        params: DistrictParams,
        querystring: PurposeQuery,
        headers: PurposeHeaders,
        response: answers({ 200: Type.Object({ items: Type.Array(LossSchema), open: Type.Integer() }) }, 'read'),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const items = await readState(district, () => district.record.list());
      noteRead(request, district, items.length);
      return { items, open: openCount(items) };
    },
  );

  app.post(
    '/v1/districts/:district/record/accept',
    {
      schema: {
        tags: ['admin'],
        summary: 'Accepts what is missing; then the district is ready again.',
        description:
          'It stays missing, and answers continue to name it. `open` is the number of losses that the admin has read, so nobody accepts a loss unseen. The access entry of this request records the reason.',
        params: DistrictParams,
        querystring: NoQuery,
        body: Type.Object(
          {
            open: Type.Integer({ minimum: 1 }),
            reason: Said(MAX_COMMENT_CHARS),
          },
          { additionalProperties: false },
        ),
        response: answers(
          { 200: Type.Object({ items: Type.Array(LossSchema) }, { description: 'What was gone, as accepted.' }) },
          'read',
          ['record-changed', ...BODY_CODES],
        ),
      },
    },
    async (request) => {
      const { open, reason } = request.body;
      const district = districtOf(deps, request);
      const identity = identityOf(request);
      const found = openCount(await readState(district, () => district.record.list()));
      await recordReason(request, district, { reason, records: found, parameters: { open } });
      const by = { actor: identity.subject, reason, atMs: district.clock.nowMs() };
      const items = await readState(district, () => district.record.accept(by, open));
      noteRead(request, district, found, { parameters: { open }, purpose: reason });
      if (items !== null) return { items };
      throw apiError('record-changed', `got ${open} open losses, expected ${found}: read the record again`, {
        got: open,
        expected: found,
      });
    },
  );
}

function openCount(items: readonly LossRecord[]): number {
  return items.reduce((sum, { accepted, count }) => sum + (accepted === null ? count : 0), 0);
}
