import { Type } from '@fastify/type-provider-typebox';
import { issueTicket } from '../../access/tickets.js';
import { BeatwatchError, messageOf } from '../../model/errors.js';
import { TICKET_MS } from '../../model/limits.js';
import { formatLogId } from '../../model/log-id.js';
import { type ApiServer, answers, BODY_CODES, DistrictParams, NoQuery } from '../api-server.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { apiError } from '../errors.js';
import { MAX_INSTANT_MS } from '../instants.js';

/** Tickets, the virtual clock, revocations. */
export function registerAdminRoutes(app: ApiServer, deps: ApiDeps): void {
  app.post(
    '/v1/ticket',
    {
      schema: {
        tags: ['access'],
        summary: 'A ticket that opens one live socket in place of the token, for clients that cannot set a header.',
        querystring: NoQuery,
        response: answers({ 200: Type.Object({ ticket: Type.String(), expiresAtMs: Type.Integer() }) }, 'token', [
          'state-unavailable',
        ]),
      },
    },
    async (request) => {
      const expiresAtMs = deps.clock.nowMs() + TICKET_MS;
      return { ticket: await storing(() => issueTicket(deps.tickets, identityOf(request))), expiresAtMs };
    },
  );

  app.post(
    '/v1/districts/:district/clock',
    {
      // A driver moves the clock as fast as it is answered.
      config: { rateLimit: false },
      schema: {
        tags: ['admin'],
        summary: "Moves a district's virtual clock; answers when the engine has passed that instant.",
        description: 'There only where the clock is virtual, else 404.',
        params: DistrictParams,
        querystring: NoQuery,
        body: Type.Object(
          { nowMs: Type.Integer({ minimum: 0, maximum: MAX_INSTANT_MS }) },
          { additionalProperties: false },
        ),
        response: answers({ 200: Type.Object({ logId: Type.String() }) }, 'read', [
          'route-unknown',
          'clock-backwards',
          ...BODY_CODES,
        ]),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const setClock = district.setClock?.bind(district);
      if (setClock === undefined) {
        throw apiError(
          'route-unknown',
          `got a clock to be set in ${district.id}, expected a district with a virtual clock`,
          {
            district: district.id,
          },
        );
      }
      return { logId: formatLogId(await storing(() => setClock(request.body.nowMs))) };
    },
  );

  app.post(
    '/v1/districts/:district/revocations',
    {
      schema: {
        tags: ['admin'],
        summary: 'Revokes a token: open sockets of it are closed, and nothing takes it any more.',
        description:
          'Of a token that covers this district, wherever else it was good; nothing happens to other tokens. It cannot be taken back.',
        params: DistrictParams,
        querystring: NoQuery,
        body: Type.Object(
          {
            tokenId: Type.String({ minLength: 1, maxLength: 64, description: "The token's `jti`." }),
            expiresAtMs: Type.Integer({
              minimum: 0,
              maximum: MAX_INSTANT_MS,
              description:
                'When the token ends by itself. The revocation is kept for at least the longest life of a token, whatever this says.',
            }),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: Type.Object({ tokenId: Type.String() }) }, 'read', [
          'too-many-revocations',
          ...BODY_CODES,
        ]),
      },
    },
    async (request) => {
      const { tokenId, expiresAtMs } = request.body;
      const district = districtOf(deps, request);
      await storing(() => district.revoke(tokenId, expiresAtMs));
      return { tokenId };
    },
  );
}

const OWN_CODES: ReadonlySet<string> = new Set(['clock-backwards', 'too-many-revocations']);

/** A failure of the store has a code of its own; refusals that the caller can act on keep theirs. */
async function storing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BeatwatchError && OWN_CODES.has(error.code)) throw error;
    throw apiError('state-unavailable', `got ${messageOf(error)}, expected the store to take it`);
  }
}
