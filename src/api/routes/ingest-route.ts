import { type TSchema, Type } from '@fastify/type-provider-typebox';
import { TRACKER_PATH, TRACKER_SUBPROTOCOL, UPGRADE_REFUSALS } from '../../protocol/tracker-socket.js';
import type { ApiServer } from '../api-server.js';
import { apiError } from '../errors.js';

/** The trackers' socket in the document, and what a plain request to it is told. Upgrades never come to the routes. */
export function registerIngestRoute(app: ApiServer): void {
  app.get(
    TRACKER_PATH,
    {
      schema: {
        tags: ['trackers'],
        summary: `WebSocket of trackers, subprotocol ${TRACKER_SUBPROTOCOL}, protobuf. It needs the token of a tracker.`,
        description:
          'Messages, refusals of reports and close codes: /v1/tracker.proto and /v1/asyncapi.json. The answer to a plain request is 426, with or without a token.',
        response: upgradeAnswers(),
      },
    },
    async (_request, reply) => {
      reply.headers({ upgrade: 'websocket', connection: 'upgrade', 'sec-websocket-version': '13' });
      throw apiError('upgrade-required', 'got a plain request, expected Upgrade: websocket, version 13');
    },
  );
}

/** Answers to an upgrade, and to a plain request, by status. */
function upgradeAnswers(): Record<number, TSchema> {
  const refusals = Object.entries(UPGRADE_REFUSALS);
  const answerOf = (wanted: number): TSchema => {
    const own = refusals.filter(([, { status }]) => status === wanted);
    const description = own.map(([code, { meaning }]) => `\`${code}\`: ${meaning}`).join('\n\n');
    return Type.Object({ code: Type.Enum(own.map(([code]) => code)), message: Type.String() }, { description });
  };
  return Object.fromEntries(refusals.map(([, { status }]) => [status, answerOf(status)]));
}
