import { Type } from '@fastify/type-provider-typebox';
import { planChangeWords } from '../../protocol/words/plan-change-words.js';
import { noteRead, noteShown } from '../access-record.js';
import { alertAnswer } from '../alert-answer.js';
import {
  type ApiServer,
  answers,
  BODY_CODES,
  DistrictParams,
  NoQuery,
  PurposeHeaders,
  purposeQuery,
} from '../api-server.js';
import { unjudgedAnswer } from '../append-act.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps, PlanDraft } from '../deps.js';
import { bodyInstant, InstantValue } from '../instants.js';
import { DEFAULT_PAGE, MAX_COMMENT_CHARS, MAX_DRAFT_CHANGES, MAX_PAGE, MAX_PLAN_BODY_BYTES } from '../limits.js';
import { newId } from '../new-id.js';
import { planAnswers, publishPlan } from '../plan-orders.js';
import { OrderingSchema, PublicationSchema } from '../plan-schemas.js';
import { readDistrict } from '../read-state.js';
import {
  AlertSchema,
  Digest,
  Id,
  Instant,
  NamesSchema,
  Nullable,
  Said,
  staleField,
  StalenessSchema,
} from '../schemas.js';
import { filesValidatorCompiler } from '../validation.js';

const FileText = Type.Optional(Type.String({ description: 'The text of the file.' }));

const DraftBody = Type.Object(
  {
    files: Type.Object(
      { 'district.json': FileText, 'places.geojson': FileText, 'units.json': FileText, 'plan.json': FileText },
      {
        additionalProperties: false,
        description: 'The four files of a district folder. One that is left out is a fault.',
      },
    ),
  },
  { additionalProperties: false },
);

const PublishBody = Type.Object(
  {
    sourceSha256: Digest('Of a draft, or of a plan of the history that is to return.'),
    basedOn: Nullable(
      Digest(
        '`newest.sourceSha256` of the draft. Another plan that was logged since then is a conflict; null: there was none.',
      ),
    ),
    from: InstantValue('When it takes effect, at least 60 s and at most 10 days ahead.'),
    reason: Said(MAX_COMMENT_CHARS),
    actionId: Type.Optional(Id),
  },
  { additionalProperties: false },
);

const RecordFields = {
  version: Type.Integer(),
  sourceSha256: Digest('Over the files: equal files, equal digest.'),
  inForceFromMs: Instant,
  loggedAtMs: Nullable(Instant),
  published: Nullable(PublicationSchema),
  orders: Type.Optional(
    Type.Array(
      Type.Object({
        id: Id,
        name: NamesSchema,
        fromMs: Instant,
        toMs: Instant,
        reason: Type.String(),
        actor: Type.String(),
        actionId: Id,
      }),
      { description: 'Operation orders that are laid over it while it is in force.' },
    ),
  ),
  ordered: Type.Optional(OrderingSchema),
};
const PlanRecordSchema = Type.Object(
  {
    ...RecordFields,
    lastVersion: Type.Integer({ description: 'Renewals of its calendar have versions of their own, up to this one.' }),
    inForceToMs: Nullable(Instant),
    state: Type.Enum(['waiting', 'in-force', 'past', 'withdrawn'], {
      description: '`withdrawn`: another plan came before its instant, so it never took effect.',
    }),
  },
  { description: '`published`: null when it came from the files of a server.' },
);

const Counted = Type.Object({ version: Type.Integer(), sourceSha256: Type.String() });
const DraftSchema = Type.Object(
  {
    sourceSha256: Digest('Names the draft when it is published.'),
    keptUntilMs: Instant,
    inForce: Nullable(Counted),
    newest: Nullable(
      Type.Object(RecordFields, { description: 'The newest plan of the log; it may wait for its instant.' }),
    ),
    places: Type.Integer(),
    units: Type.Integer(),
    rules: Type.Integer(),
    warnings: Type.Array(Type.Object({ file: Type.String(), id: Type.String(), reason: Type.String() })),
    changes: Type.Object(
      {
        total: Type.Integer(),
        items: Type.Array(Type.Object({ sentence: NamesSchema }, { additionalProperties: true })),
      },
      { description: `What it would change of the plan in force, up to ${MAX_DRAFT_CHANGES} changes.` },
    ),
    closes: Type.Object(
      {
        total: Type.Integer(),
        items: Type.Array(
          Type.Object({
            why: Type.Enum(['removed', 'hours'], {
              description:
                '`removed`: the plan has no such place, unit or rule any more. `hours`: its rule binds now, and by the plan it would not.',
            }),
            alert: AlertSchema,
          }),
        ),
      },
      { description: `Open alerts that would end if it took effect now, up to ${MAX_DRAFT_CHANGES}.` },
    ),
  },
  { description: 'The draft. Nothing has changed.' },
);

/** Plans are drafted, published and looked back at. */
export function registerPlanRoutes(app: ApiServer, deps: ApiDeps): void {
  app.put(
    '/v1/districts/:district/plan',
    {
      bodyLimit: MAX_PLAN_BODY_BYTES,
      validatorCompiler: filesValidatorCompiler,
      schema: {
        tags: ['district'],
        summary: 'Drafts a plan: checks the files of a district folder, and tells what they would change.',
        description:
          'Nothing changes by it. The server keeps the draft for an hour, for its publication. Files with faults are answered with all of them.',
        params: DistrictParams,
        querystring: NoQuery,
        body: DraftBody,
        response: answers({ 200: DraftSchema }, 'read', [
          'plan-invalid',
          'too-many-drafts',
          'draft-too-large',
          ...BODY_CODES,
        ]),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const draft = await readDistrict(district, () => district.plans.draft(request.body.files));
      noteRead(request, district, draft.closes.length, { parameters: { sourceSha256: draft.plan.sourceSha256 } });
      return draftAnswer(draft);
    },
  );

  app.post(
    '/v1/districts/:district/plan/publish',
    {
      schema: {
        tags: ['district'],
        summary: 'Publishes a draft, or an older plan again, for an instant to come.',
        description:
          'It withdraws plans that wait for that instant or a later one. The answer waits for the engine. 200: it was published already with this actionId. 202: it is in the log but no engine has judged by it yet, `stale` says why; the same actionId asks again.',
        params: DistrictParams,
        querystring: NoQuery,
        body: PublishBody,
        response: answers(
          {
            200: Type.Object({ plan: PlanRecordSchema }, { description: 'The plan, which was published already.' }),
            201: Type.Object({ plan: PlanRecordSchema }, { description: 'The plan that was published.' }),
            202: Type.Object(
              { actionId: Id, logId: Type.String(), stale: StalenessSchema },
              { description: 'The plan is in the log, and no engine has judged it yet.' },
            ),
          },
          'read',
          [
            'plan-unknown',
            'plan-overtaken',
            'plan-too-late',
            'too-many-plans',
            'action-id-used',
            'log-unavailable',
            ...BODY_CODES,
          ],
        ),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { actionId = newId(), from, ...body } = request.body;
      const wish = { ...body, actionId, actor: identityOf(request).subject, fromMs: bodyInstant('from', from) };
      const outcome = await noteShown(request, district, { actionId }, () => publishPlan(district, wish));
      if ('logId' in outcome) return reply.status(202).send({ actionId, ...unjudgedAnswer(outcome) });
      return reply.status(outcome.created ? 201 : 200).send({ plan: outcome.plan });
    },
  );

  app.get(
    '/v1/districts/:district/plans',
    {
      schema: {
        tags: ['district'],
        summary: 'The plans of the district, newest first: who published each, why, and when it was in force.',
        params: DistrictParams,
        querystring: Type.Object(
          {
            ...purposeQuery,
            after: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: Number.MAX_SAFE_INTEGER,
                description: '`next` of the page before this one.',
              }),
            ),
            limit: Type.Optional(
              Type.Integer({ minimum: 1, maximum: MAX_PAGE, description: `${DEFAULT_PAGE} when left out.` }),
            ),
          },
          { additionalProperties: false },
        ),
        headers: PurposeHeaders,
        response: answers(
          {
            200: Type.Object({
              items: Type.Array(PlanRecordSchema),
              next: Nullable(Type.Integer({ description: 'Give it as `after` for the next page; null at the end.' })),
              ...staleField,
            }),
          },
          'read',
        ),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { after = Number.POSITIVE_INFINITY, limit = DEFAULT_PAGE } = request.query;
      const records = await readDistrict(district, () => district.plans.records());
      const older = planAnswers(records, district.clock.nowMs()).filter(({ version }) => version < after);
      const items = older.slice(0, limit);
      noteRead(request, district, items.length);
      const next = older.length > items.length ? (items.at(-1)?.version ?? null) : null;
      return { items, next, stale: district.staleness() };
    },
  );
}

function draftAnswer({ plan, keptUntilMs, inForce, newest, warnings, changes, closes }: PlanDraft) {
  const { sourceSha256, places, units, rules } = plan;
  return {
    sourceSha256,
    keptUntilMs,
    inForce: inForce === null ? null : { version: inForce.version, sourceSha256: inForce.sourceSha256 },
    newest,
    places: places.length,
    units: units.length,
    rules: rules.length,
    warnings,
    changes: {
      total: changes.length,
      items: changes.slice(0, MAX_DRAFT_CHANGES).map((change) => ({ sentence: planChangeWords(change), ...change })),
    },
    closes: {
      total: closes.length,
      items: closes
        .slice(0, MAX_DRAFT_CHANGES)
        .map(({ alert, why }) => ({ why, alert: alertAnswer(alert, { plan: () => inForce }) })),
    },
  };
}
