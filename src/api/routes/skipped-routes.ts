import { type TSchema, Type } from '@fastify/type-provider-typebox';
import { parseLogId } from '../../model/log-id.js';
import type { SkippedRecord } from '../../model/skipped.js';
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

const LOG_ID = '^\\d{1,15}-\\d{1,10}$';

export const SkippedSchema = Type.Object({
  logId: Type.String(),
  error: Type.String(),
  cleared: Nullable(Type.Object({ actor: Type.String(), reason: Type.String(), atMs: Type.Integer() })),
  kind: Nullable(Type.String()),
  bytes: Nullable(Type.Integer()),
  payload: Nullable(Type.String({ description: 'The first kilobyte, base64.' })),
} satisfies Record<keyof SkippedRecord, TSchema>);

/** Entries that could not be folded: somebody looks at each and clears it, and the district is ready again. */
export function registerSkippedRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/skipped',
    {
      schema: {
        tags: ['admin'],
        summary: 'The newest 100 entries of the log that no engine could fold: why, and their first bytes.',
        params: DistrictParams,
        querystring: PurposeQuery,
        headers: PurposeHeaders,
        response: answers({ 200: Type.Object({ items: Type.Array(SkippedSchema) }) }, 'read'),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const items = await readState(district, () => district.skipped.list());
      noteRead(request, district, items.length);
      return { items };
    },
  );

  app.post(
    '/v1/districts/:district/skipped/:logId/clear',
    {
      schema: {
        tags: ['admin'],
        summary: 'Clears a skipped entry that somebody has looked at; then it no longer makes the district unready.',
        description: 'The entry stays skipped. The reason stands in the log, in the access entry of this request.',
        params: Type.Object({
          ...DistrictParams.properties,
          logId: Type.String({ pattern: LOG_ID, 'x-expected': 'a log entry such as 1795481710000-0' }),
        }),
        querystring: NoQuery,
        body: Type.Object({ reason: Said(MAX_COMMENT_CHARS) }, { additionalProperties: false }),
        response: answers(
          { 200: Type.Object({ logId: Type.String() }, { description: 'The entry, cleared.' }) },
          'read',
          ['entry-unknown', ...BODY_CODES],
        ),
      },
    },
    async (request) => {
      const { logId } = request.params;
      const { reason } = request.body;
      const district = districtOf(deps, request);
      const identity = identityOf(request);
      await recordReason(request, district, { reason, records: 1 });
      const clearing = { actor: identity.subject, reason, atMs: district.clock.nowMs() };
      const found = await readState(district, () => district.skipped.clear(parseLogId(logId), clearing));
      noteRead(request, district, found ? 1 : 0, { purpose: reason });
      if (found) return { logId };
      throw apiError('entry-unknown', `got entry ${logId}, expected one that was skipped in ${district.id}`, {
        got: logId,
      });
    },
  );
}
