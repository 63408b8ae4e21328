import { Type } from '@fastify/type-provider-typebox';
import { ID_PATTERN } from '../../model/roles.js';
import { noteRead, noteShown } from '../access-record.js';
import {
  type ApiServer,
  answers,
  BODY_CODES,
  DistrictParams,
  NoQuery,
  PurposeHeaders,
  PurposeQuery,
} from '../api-server.js';
import { unjudgedAnswer } from '../append-act.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { MAX_ROSTER_BODY_BYTES } from '../limits.js';
import { newId } from '../new-id.js';
import { readState } from '../read-state.js';
import { setRoster } from '../roster-wishes.js';
import { Id, ID_WORDS, Instant, Nullable, staleField, StalenessSchema } from '../schemas.js';
import { filesValidatorCompiler } from '../validation.js';

const RosterSchema = Type.Object(
  {
    kept: Type.Array(Instant, {
      description:
        'The times of which it says all crews: from, to, from, to, … Of other times the crews of the plan count.',
    }),
    shifts: Type.Array(
      Type.Object({
        unit: Id,
        fromMs: Instant,
        toMs: Instant,
        officers: Type.Array(Id, { description: "The bureau's own ids of the officers." }),
      }),
    ),
    last: Type.Object(
      {
        rosterId: Id,
        actor: Type.String(),
        reason: Type.String(),
        fromMs: Instant,
        toMs: Instant,
        loggedAtMs: Instant,
      },
      { description: 'What was said last, by whom and when.' },
    ),
    ids: Type.Array(Id, { description: 'Of the last 20 rosters, the newest first.' }),
  },
  { description: 'Who crews which unit, as far as it may still count.' },
);

const RosterBody = Type.Object(
  {
    roster: Type.Record(Type.String(), Type.Unknown(), {
      description: 'The roster as its file says it; the schema `roster` of `/v1/schemas` says what it may hold.',
    }),
    rosterId: Type.Optional(
      Type.String({
        pattern: ID_PATTERN,
        'x-expected': ID_WORDS,
        description: "The caller's own id of this roster, for safe repeats; made by the server when left out.",
      }),
    ),
  },
  { additionalProperties: false },
);
const answered = (description: string) => Type.Object({ roster: RosterSchema }, { description });

/** Rosters: which officers crew which unit when. Entries of the log; strength rules about officers count by them. */
export function registerRosterRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/roster',
    {
      schema: {
        tags: ['district'],
        summary: 'Who crews which unit: shifts that are to come, go on, or may still count.',
        params: DistrictParams,
        querystring: PurposeQuery,
        headers: PurposeHeaders,
        response: answers({ 200: Type.Object({ roster: Nullable(RosterSchema), ...staleField }) }, 'read'),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const roster = await readState(district, (hot) => hot.readRoster());
      noteRead(request, district, roster?.shifts.length ?? 0);
      return { roster, stale: district.staleness() };
    },
  );

  app.put(
    '/v1/districts/:district/roster',
    {
      bodyLimit: MAX_ROSTER_BODY_BYTES,
      validatorCompiler: filesValidatorCompiler,
      schema: {
        tags: ['district'],
        summary: 'Says who crews which unit over a time, in the place of what was said of it before.',
        description:
          'It counts from now on: what is past stays as it was judged. A roster with faults is answered with all of them. The answer waits for the engine. 200: it was set already with this rosterId. 202: it is in the log but no engine has judged by it yet, `stale` says why; the same rosterId asks again.',
        params: DistrictParams,
        querystring: NoQuery,
        body: RosterBody,
        response: answers(
          {
            200: answered('The roster as it is kept, which was said already.'),
            201: answered('The roster as it is kept now.'),
            202: Type.Object(
              { rosterId: Id, logId: Type.String(), stale: StalenessSchema },
              { description: 'It is in the log, and no engine has judged by it yet.' },
            ),
          },
          'read',
          ['roster-invalid', 'plan-missing', 'log-unavailable', ...BODY_CODES],
        ),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { rosterId = newId(), roster } = request.body;
      const wish = { rosterId, roster, actor: identityOf(request).subject };
      const outcome = await noteShown(request, district, { rosterId }, () => setRoster(district, wish));
      if ('logId' in outcome) return reply.status(202).send({ rosterId, ...unjudgedAnswer(outcome) });
      return reply.status(outcome.created ? 201 : 200).send({ roster: outcome.roster });
    },
  );
}
