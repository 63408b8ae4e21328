import { Type } from '@fastify/type-provider-typebox';
import { ESCALATION_LEVELS } from '../../model/escalation.js';
import { MAX_NOTICE_ID, NOTICE_CODES, NOTICE_LISTS, NOTICE_STATES, type NoticeRecord } from '../../model/notice.js';
import { noteRead, recordReason } from '../access-record.js';
import {
  type ApiServer,
  answers,
  BODY_CODES,
  DistrictParams,
  NoQuery,
  PurposeHeaders,
  PurposeQuery,
  purposeQuery,
} from '../api-server.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { apiError } from '../errors.js';
import { DEFAULT_PAGE, MAX_COMMENT_CHARS, MAX_PAGE } from '../limits.js';
import { readState } from '../read-state.js';
import { SEVERITIES } from '../../model/plan.js';
import { Id, Instant, NamesSchema, Nullable, Said } from '../schemas.js';

export const NoticeSchema = Type.Object(
  {
    noticeId: Type.String(),
    kind: Type.Enum(['escalated', 'withdrawn']),
    alertId: Type.String(),
    version: Type.Integer({ description: 'The version of the alert that its round of steps began with.' }),
    policy: Type.String(),
    step: Type.Integer({ description: '1, 2, 3 …; 0: word that the alert was retracted.' }),
    to: Type.Enum([...ESCALATION_LEVELS]),
    channel: Id,
    dueMs: Instant,
    facts: Type.Object(
      { severity: Type.Enum([...SEVERITIES]), sentence: NamesSchema },
      { additionalProperties: true, description: 'What it says of the alert, as of when it fell due.' },
    ),
    state: Type.Enum([...NOTICE_STATES]),
    attempts: Type.Integer(),
    code: Nullable(Type.Enum([...NOTICE_CODES])),
    detail: Nullable(Type.String()),
    firstTriedMs: Nullable(Instant),
    lastTriedMs: Nullable(Instant),
    message: Nullable(Type.String({ description: 'Id of the message that carries it: its own, or a digest’s.' })),
  },
  { description: 'One step of an escalation over one channel, and how its sending stands.' },
);

const ChannelSchema = Type.Object({
  channel: Id,
  waiting: Type.Integer({ description: 'Messages that wait for it.' }),
  disabledAtMs: Nullable({
    ...Instant,
    description: 'Since when nothing is sent there: its receiver said that it is gone.',
  }),
});

/** Who was told of which alerts: what waits, what was given up, and its sending once more. */
export function registerNoticeRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/notices',
    {
      schema: {
        tags: ['alerts'],
        summary: 'Steps of escalations by how their sending stands: given up, waiting, or ended within a day.',
        params: DistrictParams,
        querystring: Type.Object(
          {
            ...purposeQuery,
            list: Type.Optional(Type.Enum([...NOTICE_LISTS], { description: '`failed` when left out.' })),
            limit: Type.Optional(
              Type.Integer({ minimum: 1, maximum: MAX_PAGE, description: `${DEFAULT_PAGE} when left out.` }),
            ),
          },
          { additionalProperties: false },
        ),
        headers: PurposeHeaders,
        response: answers({ 200: Type.Object({ items: Type.Array(NoticeSchema), total: Type.Integer() }) }, 'read'),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { list = 'failed', limit = DEFAULT_PAGE } = request.query;
      const { items, total } = await readState(district, () => district.notices.list(list, limit));
      noteRead(request, district, items.length);
      return { items: items.map(shown), total };
    },
  );

  app.get(
    '/v1/districts/:district/channels',
    {
      schema: {
        tags: ['alerts'],
        summary:
          'Channels that people were told over, what waits for each, and whether it is in use. Never an address.',
        params: DistrictParams,
        querystring: PurposeQuery,
        headers: PurposeHeaders,
        response: answers({ 200: Type.Object({ items: Type.Array(ChannelSchema) }) }, 'read'),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const items = await readState(district, () => district.notices.channels());
      noteRead(request, district, items.length);
      return { items: [...items] };
    },
  );

  app.post(
    '/v1/districts/:district/notices/:noticeId/send',
    {
      schema: {
        tags: ['alerts'],
        summary: 'Sends a notice that was given up once more, under its own id.',
        description: 'Its channel is tried even if its receiver was gone. Who asked, and why, is an entry of the log.',
        params: Type.Object({
          ...DistrictParams.properties,
          noticeId: Type.String({ minLength: 1, maxLength: MAX_NOTICE_ID }),
        }),
        querystring: NoQuery,
        body: Type.Object({ reason: Said(MAX_COMMENT_CHARS) }, { additionalProperties: false }),
        response: answers({ 200: Type.Object({ notice: NoticeSchema }) }, 'read', [
          'notice-unknown',
          'notice-not-failed',
          ...BODY_CODES,
        ]),
      },
    },
    async (request) => {
      const { noticeId } = request.params;
      const { reason } = request.body;
      const district = districtOf(deps, request);
      const identity = identityOf(request);
      await recordReason(request, district, { reason, records: 1 });
      const sent = await readState(district, () =>
        district.notices.sendAgain(noticeId, { actor: identity.subject, reason }),
      );
      noteRead(request, district, sent === null || sent === 'moved' ? 0 : 1, { purpose: reason });
      if (sent === null)
        throw apiError('notice-unknown', `got notice ${noticeId}, expected one of ${district.id} that is kept`, {
          got: noticeId,
        });
      if (sent === 'moved')
        throw apiError('notice-not-failed', `notice ${noticeId} does not stand as given up: look at it again`, {
          got: noticeId,
        });
      return { notice: shown(sent) };
    },
  );
}

function shown({ facts, ...notice }: NoticeRecord) {
  const { severity, sentence } = facts;
  return { ...notice, facts: { ...facts, severity, sentence } };
}
