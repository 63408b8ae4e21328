import { type TSchema, Type } from '@fastify/type-provider-typebox';
import { noteRead } from '../access-record.js';
import { type ApiServer, answers, DistrictParams, PurposeHeaders, PurposeQuery } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps, ArchiveHead } from '../deps.js';
import { apiError } from '../errors.js';
import { DateText } from '../schemas.js';

const ArchiveHeadSchema = Type.Object({
  format: Type.Integer(),
  district: Type.String(),
  line: Type.Integer({ description: 'The last line of the manifest.' }),
  sha256: Type.String({ description: 'Of that line.' }),
  upTo: Type.String({ description: 'The last log id in the archive.' }),
  madeAtMs: Type.Integer(),
  kid: Type.String(),
  signature: Type.String({ description: 'Ed25519, of all other fields as canonical JSON; base64url.' }),
} satisfies Record<keyof ArchiveHead, TSchema>);

/** What the archive has come to, for safe-keeping elsewhere. */
export function registerArchiveRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/archive/head',
    {
      schema: {
        tags: ['record'],
        summary:
          'A signed head of the archive: the newest, or that of a day (UTC). Save the answer; verify --head takes it.',
        description:
          'Who keeps heads elsewhere can tell later whether the archive still contains all that it had then, unchanged: `beatwatch verify FOLDER --keys FILE --head ANSWER`.',
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: Type.Object(
          {
            ...PurposeQuery.properties,
            day: Type.Optional(DateText('The day (UTC); the newest head when left out.')),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: ArchiveHeadSchema }, 'read', ['head-unknown']),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const day = request.query.day ?? null;
      const head = await district.archiveHead(day);
      noteRead(request, district, head === null ? 0 : 1);
      if (head !== null) return head;
      const expected = day === null ? 'an archive that this process has' : 'a day on which something was archived';
      throw apiError('head-unknown', `got ${day ?? 'no day'}, expected ${expected}`, { got: day });
    },
  );
}
