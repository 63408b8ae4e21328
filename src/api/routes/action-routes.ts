import { randomUUID } from 'node:crypto';
import { type TSchema, Type } from '@fastify/type-provider-typebox';
import type { ActionKind } from '../../model/alert.js';
import type { ActionEntry } from '../../model/log-entry.js';
import { act, REFUSAL_CODES } from '../alert-actions.js';
import { noteShown } from '../access-record.js';
import { type ApiServer, answers, BODY_CODES, NoQuery } from '../api-server.js';
import { unjudgedAnswer } from '../append-act.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { bodyInstant, InstantValue, type Instantaneous } from '../instants.js';
import { MAX_ACTION_ID_CHARS, MAX_COMMENT_CHARS } from '../limits.js';
import { AlertSchema, Said, StalenessSchema } from '../schemas.js';
import { AlertParams } from './alert-routes.js';

/** The log carries it as a uint32. */
const MAX_VERSION = 4_294_967_295;

/** Fields of every action's body. */
const common = {
  version: Type.Integer({
    minimum: 1,
    maximum: MAX_VERSION,
    description: 'The version that the person saw; if there is a later one, the action is refused.',
  }),
  actionId: Type.Optional(
    Type.String({
      pattern: `^[A-Za-z0-9_-]{1,${MAX_ACTION_ID_CHARS}}$`,
      'x-expected': `an id of 1 to ${MAX_ACTION_ID_CHARS} characters out of A-Z, a-z, 0-9, _ and -`,
      description: "The caller's own id of this action, for safe repeats; made by the server when left out.",
    }),
  ),
};
const comment = Type.Optional(Type.String({ maxLength: MAX_COMMENT_CHARS }));

interface ActionBody {
  readonly version: number;
  readonly actionId?: string;
  readonly comment?: string;
  readonly reason?: string;
  readonly until?: Instantaneous;
}

const ACTIONS: Readonly<
  Record<ActionKind, { readonly summary: string; readonly fields: Readonly<Record<string, TSchema>> }>
> = {
  acknowledge: { summary: 'Acknowledges an alert.', fields: { comment } },
  comment: {
    summary: 'Comments on an alert.',
    fields: { comment: Said(MAX_COMMENT_CHARS, 'What others should know about it.') },
  },
  shelve: {
    summary:
      'Shelves an active alert until an instant, at most twelve hours ahead; then the alert comes back by itself.',
    fields: { reason: Said(MAX_COMMENT_CHARS, 'Why.'), until: InstantValue('Until when.') },
  },
  unshelve: { summary: 'Ends the shelving of an alert.', fields: { comment } },
  resolve: {
    summary: 'Says that a call for help (`sos`) is over. Other alerts end by themselves.',
    fields: { reason: Said(MAX_COMMENT_CHARS, 'How the call ended.') },
  },
};

/** What supervisors do to alerts. The action is a log entry; the engine decides, and its version is the answer. */
export function registerActionRoutes(app: ApiServer, deps: ApiDeps): void {
  for (const [action, { summary, fields }] of Object.entries(ACTIONS)) {
    app.post(
      `/v1/districts/:district/alerts/:alertId/${action}`,
      {
        schema: {
          tags: ['alerts'],
          summary,
          description:
            'The answer waits for the engine. 409: it refused, for all to see in the history of the alert. 202: the action is in the log but no engine has judged it yet, `stale` says why; the same actionId asks again.',
          params: AlertParams,
          querystring: NoQuery,
          body: Type.Object({ ...common, ...fields }, { additionalProperties: false }),
          response: answers(
            {
              200: Type.Object(
                { actionId: Type.String(), alert: AlertSchema },
                { description: 'The alert in the version that the action brought about.' },
              ),
              202: Type.Object(
                { actionId: Type.String(), logId: Type.String(), stale: StalenessSchema },
                { description: 'The action is in the log, and no engine has judged it yet.' },
              ),
            },
            'read',
            ['alert-unknown', ...REFUSAL_CODES, 'action-id-used', 'log-unavailable', ...BODY_CODES],
          ),
        },
      },
      async (request, reply) => {
        const body = request.body as ActionBody;
        const { version, actionId = randomUUID() } = body;
        const district = districtOf(deps, request);
        const entry: ActionEntry = {
          kind: 'action',
          actionId,
          actor: identityOf(request).subject,
          action: action as ActionKind,
          alertId: request.params.alertId,
          alertVersion: version,
          comment: body.reason ?? body.comment ?? null,
          untilMs: body.until === undefined ? null : bodyInstant('until', body.until),
        };
        const outcome = await noteShown(request, district, { actionId }, () => act(district, entry));
        if ('alert' in outcome) return { actionId, alert: outcome.alert };
        return reply.status(202).send({ actionId, ...unjudgedAnswer(outcome) });
      },
    );
  }
}
