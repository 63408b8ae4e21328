import { LIVE_CLOSE_CODES } from '../../protocol/live-close-codes.js';
import { LIVE_SUBPROTOCOL } from '../../protocol/live-socket.js';
import { type ApiServer, answers, DistrictParams, PurposeHeaders } from '../api-server.js';
import { apiError } from '../errors.js';
import { LiveQuery } from '../live/live-query.js';

const CLOSE_CODES = Object.entries(LIVE_CLOSE_CODES)
  .map(([reason, { code, meaning, advice }]) => `- ${code} \`${reason}\`: ${meaning} ${advice}`)
  .join('\n');

/** The live socket's place in the document; sockets themselves never come here. */
export function registerLiveRoute(app: ApiServer): void {
  app.get(
    '/v1/districts/:district/live',
    {
      schema: {
        tags: ['live'],
        summary: `WebSocket, subprotocol ${LIVE_SUBPROTOCOL}, JSON text.`,
        description: [
          'First a snapshot, then changes. Messages: /v1/schemas, `live-message` and `live-subscribe`.',
          'With `after` every alert transition above it comes first, once and in order, then a snapshot without open alerts; `resync` says that some of them are not there any more, and a whole snapshot follows.',
          'State changes coalesce for a client that reads slowly, and say how many were skipped. Alerts are never left out: a client too slow for them is closed.',
          `Close codes:\n\n${CLOSE_CODES}`,
        ].join('\n\n'),
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: LiveQuery,
        response: answers({}, 'read', [
          'upgrade-required',
          'subprotocol-missing',
          'origin-refused',
          'ticket-invalid',
          'unit-unknown',
          'place-unknown',
          'too-many-sockets',
        ]),
      },
    },
    async (_request, reply) => {
      reply.header('upgrade', 'websocket');
      throw apiError('upgrade-required', `got a plain request, expected a WebSocket that offers ${LIVE_SUBPROTOCOL}`);
    },
  );
}
