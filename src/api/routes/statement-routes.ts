import { Type } from '@fastify/type-provider-typebox';
import { MAX_STATED_PLACES } from '../../model/limits.js';
import { ID_PATTERN } from '../../model/roles.js';
import { noteShown } from '../access-record.js';
import { type ApiServer, answers, BODY_CODES, DistrictParams, NoQuery } from '../api-server.js';
import { unjudgedAnswer } from '../append-act.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { bodyInstant, InstantValue } from '../instants.js';
import { MAX_COMMENT_CHARS } from '../limits.js';
import { newId } from '../new-id.js';
import { Id, ID_WORDS, Said, StalenessSchema, StatementSchema } from '../schemas.js';
import { stateUnit } from '../statement-orders.js';
import { requestInvalid } from '../validation.js';

const StatementBody = Type.Object(
  {
    statementId: Type.Optional(
      Type.String({
        pattern: ID_PATTERN,
        'x-expected': ID_WORDS,
        description: "The caller's own id of this statement, for safe repeats; made by the server when left out.",
      }),
    ),
    at: Type.Optional(
      Type.String({ pattern: ID_PATTERN, 'x-expected': ID_WORDS, description: 'The place that the unit is at.' }),
    ),
    notAt: Type.Optional(
      Type.Array(Id, {
        maxItems: MAX_STATED_PLACES,
        description: 'Places that the unit is not at; none takes the last statement back.',
      }),
    ),
    until: InstantValue('How long it holds: after now, and at most four hours ahead.'),
    note: Type.Optional(Said(MAX_COMMENT_CHARS)),
  },
  { additionalProperties: false },
);

const statement = (description: string) => Type.Object({ statement: StatementSchema }, { description });

/** What supervisors state of a unit by radio: an entry of the log, never a position. The engine judges places by it. */
export function registerStatementRoutes(app: ApiServer, deps: ApiDeps): void {
  app.post(
    '/v1/districts/:district/units/:unit/statement',
    {
      schema: {
        tags: ['state'],
        summary: 'States where a unit is, or is not, as heard by radio.',
        description:
          'Exactly one of `at` and `notAt`. It holds until the given instant, the next statement about the unit or its next position; a unit has one statement at a time. The answer waits for the engine. 200: that statement is there already. 202: it is in the log but no engine has judged by it yet, `stale` says why; the same statementId asks again.',
        params: Type.Object({ ...DistrictParams.properties, unit: Id }),
        querystring: NoQuery,
        body: StatementBody,
        response: answers(
          {
            200: statement('The statement, which was there already.'),
            201: statement('The new statement.'),
            202: Type.Object(
              { statementId: Id, logId: Type.String(), stale: StalenessSchema },
              { description: 'The statement is in the log, and no engine has judged by it yet.' },
            ),
          },
          'read',
          [
            'plan-missing',
            'unit-unknown',
            'place-unknown',
            'statement-id-used',
            'statement-not-standing',
            'log-unavailable',
            ...BODY_CODES,
          ],
        ),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { statementId = newId(), at = null, notAt, until, note = null } = request.body;
      if ((at === null) === (notAt === undefined)) {
        const got = at === null ? 'neither' : 'both';
        throw requestInvalid([{ path: 'body', got, expected: 'either `at` or `notAt`' }]);
      }
      const entry = {
        kind: 'statement',
        statementId,
        actor: identityOf(request).subject,
        unit: request.params.unit,
        at,
        notAt: [...new Set(notAt)].sort(),
        untilMs: bodyInstant('until', until),
        note,
      } as const;
      const outcome = await noteShown(request, district, { statementId }, () => stateUnit(district, entry));
      if ('logId' in outcome) return reply.status(202).send({ statementId, ...unjudgedAnswer(outcome) });
      return reply.status(outcome.created ? 201 : 200).send({ statement: outcome.statement });
    },
  );
}
