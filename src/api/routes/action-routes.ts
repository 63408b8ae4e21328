import { randomUUID } from 'node:crypto';
import { Type } from '@fastify/type-provider-typebox';
import type { AlertVersion } from '../../model/alert.js';
import { messageOf } from '../../model/errors.js';
import type { ActionEntry } from '../../model/log-entry.js';
import { formatLogId, type LogId } from '../../model/log-id.js';
import { type AlertAnswer, alertAnswer } from '../alert-state.js';
import { type ApiServer, answers, NoQuery } from '../api-server.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps, ApiDistrict } from '../deps.js';
import { apiError } from '../errors.js';
import { ACTION_WAIT_MS, APPEND_WAIT_MS, MAX_ACTION_ID_CHARS, MAX_COMMENT_CHARS } from '../limits.js';
import { readState } from '../read-state.js';
import { AlertSchema } from '../schemas.js';
import { AlertParams, alertUnknown } from './alert-routes.js';

/** The log carries it as a uint32. */
const MAX_VERSION = 4_294_967_295;

const AcknowledgeBody = Type.Object(
  {
    version: Type.Integer({
      minimum: 1,
      maximum: MAX_VERSION,
      description: 'The version that the person saw; if there is a later one, the action is refused.',
    }),
    comment: Type.Optional(Type.String({ maxLength: MAX_COMMENT_CHARS })),
    actionId: Type.Optional(
      Type.String({
        pattern: `^[A-Za-z0-9_-]{1,${MAX_ACTION_ID_CHARS}}$`,
        description: "The caller's own id of this action, for safe repeats; made by the server when left out.",
      }),
    ),
  },
  { additionalProperties: false },
);

/** What supervisors do to alerts. The action is a log entry; the engine decides, and its version is the answer. */
export function registerActionRoutes(app: ApiServer, deps: ApiDeps): void {
  app.post(
    '/v1/districts/:district/alerts/:alertId/acknowledge',
    {
      schema: {
        tags: ['alerts'],
        summary: 'Acknowledges an alert.',
        description:
          'The answer waits for the engine. 202: the action is in the log but the engine has not come to it; the same actionId asks again.',
        params: AlertParams,
        querystring: NoQuery,
        body: AcknowledgeBody,
        response: answers(
          {
            200: Type.Object({ actionId: Type.String(), alert: AlertSchema }),
            202: Type.Object({ actionId: Type.String(), logId: Type.String() }),
          },
          'read',
          [
            'alert-unknown',
            'action-refused',
            'action-id-used',
            'log-unavailable',
            'body-not-json',
            'body-too-large',
            'media-type',
          ],
        ),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { version, comment = null, actionId = randomUUID() } = request.body;
      const action = {
        kind: 'action' as const,
        actionId,
        actor: identityOf(request).subject,
        action: 'acknowledge' as const,
        alertId: request.params.alertId,
        alertVersion: version,
        comment,
        untilMs: null,
      };
      const before = await readState(district, (hot) => hot.readAlertVersions(action.alertId));
      if (before.length === 0) throw alertUnknown(district, action.alertId);
      if (outcomeOf(before, action) !== null) return { actionId, alert: acknowledged(before, action) };
      const logId = await appendAction(district, action);
      const passed = await readState(district, (hot) => hot.waitForCursor(logId, ACTION_WAIT_MS));
      if (!passed) return reply.status(202).send({ actionId, logId: formatLogId(logId) });
      return {
        actionId,
        alert: acknowledged(await readState(district, (hot) => hot.readAlertVersions(action.alertId)), action),
      };
    },
  );
}

async function appendAction(district: ApiDistrict, action: ActionEntry): Promise<LogId> {
  try {
    return await district.log.append(action, AbortSignal.timeout(APPEND_WAIT_MS));
  } catch (error) {
    throw apiError(
      'log-unavailable',
      `action ${action.actionId} may not have been recorded: got ${messageOf(error)}, expected the log of ${district.id} to take it; send it again with this actionId`,
      { actionId: action.actionId },
    );
  }
}

/** The version that this action, or another with its id, brought about. */
function outcomeOf(versions: readonly AlertVersion[], { actionId }: ActionEntry): AlertVersion | null {
  const isOutcome = ({ change, evidence }: AlertVersion) =>
    (change === 'acknowledged' || change === 'refused') && evidence.actionId === actionId;
  return versions.find(isOutcome) ?? null;
}

/** The new version, or the visible refusal as an error of 409. */
function acknowledged(versions: readonly AlertVersion[], action: ActionEntry): AlertAnswer {
  const outcome = outcomeOf(versions, action);
  const { actionId, actor, alertId, alertVersion } = action;
  if (outcome === null) {
    throw refusal(
      action,
      'not-standing',
      `alert ${alertId} as it is: the engine holds it no longer`,
      versions.at(-1) ?? null,
    );
  }
  if (outcome.evidence.actor !== actor) {
    const message = `got action ${actionId} of ${actor}, expected an id that no other action on ${alertId} has`;
    throw apiError('action-id-used', message, { actionId });
  }
  if (outcome.change === 'acknowledged') return alertAnswer(outcome);
  const state = alertAnswer(outcome);
  const expected = `version ${alertVersion} to be the last and not acknowledged, but it is ${state.state} in version ${outcome.version}`;
  throw refusal(action, outcome.evidence.reason ?? 'refused', expected, outcome);
}

function refusal(
  { actionId, alertVersion }: ActionEntry,
  reason: string,
  expected: string,
  alert: AlertVersion | null,
) {
  return apiError('action-refused', `acknowledge: got version ${alertVersion} (${reason}), expected ${expected}`, {
    reason,
    actionId,
    got: alertVersion,
    expected: alert?.version ?? null,
    alert: alert === null ? null : alertAnswer(alert),
  });
}
