import { Type } from '@fastify/type-provider-typebox';
import { MAX_SUBJECT_CHARACTERS, MAX_TOKEN_ID_CHARACTERS } from '../../access/tokens.js';
import { issueTicket } from '../../access/tickets.js';
import { BeatwatchError, messageOf } from '../../model/errors.js';
import { TICKET_MS } from '../../model/limits.js';
import { formatLogId } from '../../model/log-id.js';
import { ID_PATTERN } from '../../model/roles.js';
import { type ApiServer, answers, BODY_CODES, DistrictParams, NoQuery } from '../api-server.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { apiError } from '../errors.js';
import { MAX_INSTANT_MS } from '../instants.js';
import { ID_WORDS } from '../schemas.js';
import { requestInvalid } from '../validation.js';

const RevocationBody = Type.Object(
  {
    tokenId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_TOKEN_ID_CHARACTERS,
        description: "The token's `jti`; `beatwatch token` says it.",
      }),
    ),
    expiresAtMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_INSTANT_MS,
        description:
          'When the token of `tokenId` ends by itself. The revocation is kept for at least the longest life of a token, whatever this says.',
      }),
    ),
    tracker: Type.Optional(
      Type.String({
        pattern: ID_PATTERN,
        'x-expected': ID_WORDS,
        description: 'Every token of this tracker that was made until now.',
      }),
    ),
    person: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: MAX_SUBJECT_CHARACTERS,
        description: 'Every token of this account that was made until now, whatever its role.',
      }),
    ),
  },
  { additionalProperties: false },
);

const RevocationAnswer = Type.Object(
  {
    tokenId: Type.Optional(Type.String()),
    tracker: Type.Optional(Type.String()),
    person: Type.Optional(Type.String()),
    madeUntilMs: Type.Optional(
      Type.Integer({ description: 'Tokens of the tracker or person that were made until then are out of use.' }),
    ),
  },
  { description: 'What is out of use now.' },
);

/** Tickets, the virtual clock, revocations. */
export function registerAdminRoutes(app: ApiServer, deps: ApiDeps): void {
  app.post(
    '/v1/ticket',
    {
      schema: {
        tags: ['access'],
        summary:
          'Gives a ticket that opens one live socket instead of the token, for clients that cannot set a header.',
        querystring: NoQuery,
        response: answers(
          {
            200: Type.Object(
              { ticket: Type.String(), expiresAtMs: Type.Integer() },
              { description: 'The ticket, good once, until then.' },
            ),
          },
          'token',
          ['state-unavailable'],
        ),
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
        summary: "Moves a district's virtual clock. The answer comes when the engine has passed that instant.",
        description: 'There only where the clock is virtual, else 404.',
        params: DistrictParams,
        querystring: NoQuery,
        body: Type.Object(
          { nowMs: Type.Integer({ minimum: 0, maximum: MAX_INSTANT_MS }) },
          { additionalProperties: false },
        ),
        response: answers(
          { 200: Type.Object({ logId: Type.String() }, { description: 'The entry of the tick.' }) },
          'read',
          ['route-unknown', 'clock-backwards', ...BODY_CODES],
        ),
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
        summary:
          'Revokes one token, or all tokens of a tracker or person. The server closes their sockets and accepts them no more.',
        description:
          'Give exactly one of `tokenId`, `tracker` and `person`. This revokes only tokens that cover this district, and it revokes them for all their districts. Nobody can undo it. The tracker or person can use a token that is made later.',
        params: DistrictParams,
        querystring: NoQuery,
        body: RevocationBody,
        response: answers({ 200: RevocationAnswer }, 'read', ['too-many-revocations', ...BODY_CODES]),
      },
    },
    async (request) => {
      const { tokenId, expiresAtMs = 0, tracker, person } = request.body;
      const district = districtOf(deps, request);
      const holder = tracker !== undefined ? { tracker } : person !== undefined ? { person } : null;
      const named = [tokenId, tracker, person].filter((one) => one !== undefined);
      if (named.length !== 1) {
        throw requestInvalid([{ path: 'body', got: request.body, expected: 'one of tokenId, tracker and person' }]);
      }
      if (holder !== null)
        return { ...holder, madeUntilMs: await storing(() => district.revocations.revokeHolder(holder)) };
      await storing(() => district.revocations.revoke(tokenId ?? '', expiresAtMs));
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
