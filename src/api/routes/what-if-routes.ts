import { Type } from '@fastify/type-provider-typebox';
import { MAX_WHAT_IF_DAYS } from '../../days/what-if/what-if.js';
import { BUDGET_AN_HOUR } from '../../model/what-if.js';
import { noteRead } from '../access-record.js';
import { type ApiServer, answers, BODY_CODES, DistrictParams, PurposeHeaders, PurposeQuery } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { apiError } from '../errors.js';
import { bodyInstant, InstantValue } from '../instants.js';
import { readDistrict } from '../read-state.js';
import { Digest, Instant, NamesSchema, Nullable } from '../schemas.js';
import { requestInvalid } from '../validation.js';

/** More people than any room has. */
const MAX_OPERATORS = 1_000;

const Body = Type.Object(
  {
    sourceSha256: Digest('Of a draft, or of a plan of the history: it is tried.'),
    from: InstantValue('Alerts from this instant on are counted.'),
    to: InstantValue(`And before this one, at most ${MAX_WHAT_IF_DAYS} days later.`),
    operators: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_OPERATORS,
        description: `How many people act on the alerts, each on ${BUDGET_AN_HOUR} an hour; 1 when left out.`,
      }),
    ),
  },
  { additionalProperties: false },
);

const counts = {
  asked: Type.Integer({ description: 'How often somebody was asked to act: raised, reopened, or released.' }),
  anHour: Type.Number(),
  alerts: Type.Integer(),
  retracted: Type.Integer({ description: 'Of the alerts, how many were taken back later.' }),
};
const LoadSchema = Type.Object({
  rows: Type.Array(Type.Object({ rule: Type.String(), severity: Type.String(), ...counts })),
  ...counts,
  hours: Type.Array(Type.Integer(), { description: 'How often somebody was asked in each hour from `from` on.' }),
  hoursOverBudget: Type.Integer(),
  busiest: Nullable(Type.Object({ fromMs: Instant, asked: Type.Integer() })),
});
const ToldSchema = Type.Object({
  alertId: Type.String({ description: 'As the fold of this question names it.' }),
  rule: Type.String(),
  ruleId: Type.String(),
  subject: Type.String(),
  name: NamesSchema,
  severity: Type.String(),
  certainty: Type.String(),
  askedAtMs: Type.Array(Instant),
  fromMs: Instant,
  toMs: Nullable(Instant),
  isRetracted: Type.Boolean(),
});
const WhatIfSchema = Type.Object(
  {
    district: Type.String(),
    fromMs: Instant,
    toMs: Instant,
    entries: Type.Integer({ description: 'Entries of the log that were folded.' }),
    endsMs: Instant,
    isOpen: Type.Boolean({
      description: 'The log ends before all of it was final: some of it may have been taken back yet.',
    }),
    both: Type.Integer({ description: 'Alerts that are told under both.' }),
    added: Type.Array(ToldSchema, { description: 'Only under the plan that is tried.' }),
    gone: Type.Array(ToldSchema, { description: 'Only as recorded.' }),
    tried: Type.Object({ sourceSha256: Digest(), load: LoadSchema }),
    recorded: Type.Object({ sourceSha256s: Type.Array(Digest()), load: LoadSchema }),
  },
  { description: 'What the plan would have told, beside what the plans of that time tell. Nothing has changed.' },
);

/** A plan is tried on recorded days. */
export function registerWhatIfRoutes(app: ApiServer, deps: ApiDeps): void {
  app.post(
    '/v1/districts/:district/what-if',
    {
      schema: {
        tags: ['record'],
        summary: 'What alerts a plan would have told over recorded hours, beside those of the plans of that time.',
        description:
          'The same log is folded twice, in its own order, with the twelve hours before. What people did to alerts is left out.',
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: PurposeQuery,
        body: Body,
        response: answers({ 200: WhatIfSchema }, 'read', [
          'plan-unknown',
          'what-if-too-long',
          'what-if-incomplete',
          'what-if-too-large',
          'too-many-what-ifs',
          ...BODY_CODES,
        ]),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { sourceSha256, from, to, operators = 1 } = request.body;
      const [fromMs, toMs] = [bodyInstant('from', from), bodyInstant('to', to)];
      if (toMs <= fromMs) throw requestInvalid([{ path: 'body/to', got: to, expected: 'an instant after from' }]);
      const plan = await readDistrict(district, () => district.plans.find(sourceSha256));
      if (plan === null) {
        noteRead(request, district, 0, { parameters: { sourceSha256 } });
        const message = `got the digest ${sourceSha256}, expected that of a draft of the last hour, or of a plan of the history of ${district.id}`;
        throw apiError('plan-unknown', message, { got: sourceSha256 });
      }
      const found = await district.plans.whatIf(plan, { fromMs, toMs, operators });
      noteRead(request, district, found.recorded.load.alerts, { parameters: { sourceSha256, fromMs, toMs } });
      return found;
    },
  );
}
