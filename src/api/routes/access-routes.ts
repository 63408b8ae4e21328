import { Nullable } from '../schemas.js';
import { type TSchema, Type } from '@fastify/type-provider-typebox';
import type { AccessSearchResult, LoggedRead } from '../../model/access-search.js';
import { type AccessRead, ANSWER_STAGES } from '../../model/log-entry.js';
import { formatLogId } from '../../model/log-id.js';
import { ROLES } from '../../model/roles.js';
import { type AccessChoice, accessChoice, AccessQuery, OwnAccessQuery } from '../access-query.js';
import { noteRead } from '../access-record.js';
import { type ApiServer, answers, DistrictParams, PurposeHeaders } from '../api-server.js';
import { districtOf, identityOf } from '../context.js';
import type { ApiDeps, ApiDistrict } from '../deps.js';
import { apiError } from '../errors.js';
import { placeText } from '../log-place.js';
import { parametersOf, type ReadScope, scopeOf, subjectsOf } from '../read-subjects.js';
import { readDistrict } from '../read-state.js';
import { refuseOutsidePlan } from '../unknown.js';

const ScopeSchema = Type.Enum(['named', 'wider']);

/** What anybody is told of a read that is about their unit. */
const WHO = {
  atMs: Type.Integer({ description: 'The log time of its entry.' }),
  actor: Type.String(),
  role: Type.Enum([...ROLES]),
  purpose: Nullable(Type.String()),
  what: Type.String({ description: 'The route, or `live`.' }),
};

const OwnReadSchema = Type.Object({ ...WHO, scope: ScopeSchema });

const ReadSchema = Type.Object({
  ...WHO,
  logId: Type.String({ description: 'Its entry of the log,' }),
  ordinal: Type.Integer({ description: 'and its number there.' }),
  parameters: Type.Record(Type.String(), Type.Unknown(), {
    description: 'Of its path and its query; of a live socket its event and filter.',
  }),
  records: Type.Integer({ description: 'How many records it was answered with.' }),
  answer: Nullable(
    Type.Object(
      {
        stage: Type.Enum([...ANSWER_STAGES]),
        readId: Nullable(Type.String({ description: 'The same in both entries of a streamed answer.' })),
        body: Nullable(Type.Object({ bytes: Type.Integer(), sha256: Type.String({ description: 'Lower-case hex.' }) })),
      },
      { description: 'Null of live sockets, and of entries from before answers were hashed.' },
    ),
  ),
  units: Type.Array(Type.String(), { description: 'Units that it asked for by name.' }),
  places: Type.Array(Type.String(), { description: 'Places that it asked for by name.' }),
  scope: Nullable({ ...ScopeSchema, description: 'Null when neither unit nor place was asked for.' }),
});

function pageOfReads(item: TSchema) {
  return Type.Object({
    items: Type.Array(item),
    next: Nullable(
      Type.String({
        description:
          'Give it as `after` for the next page, which may be short or empty with more to come; null at the end.',
      }),
    ),
    fromMs: Type.Integer({ description: 'Log times that were asked for: from here on,' }),
    toMs: Type.Integer({ description: 'and before this.' }),
    missing: Nullable(
      Type.Object(
        { fromMs: Type.Integer(), toMs: Type.Integer() },
        { description: 'Log times of the period of which entries are not in the log any more.' },
      ),
    ),
  });
}

/** Who looked at what. */
export function registerAccessRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/accesses',
    {
      schema: {
        tags: ['access'],
        summary: 'Who looked at what: the access entries of the log and its archive, oldest first.',
        description:
          'from and to select by the time of the read. A streamed answer has two entries, `begun` and `ended` or `cut`.',
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: AccessQuery,
        response: answers({ 200: pageOfReads(ReadSchema) }, 'read', [
          'unit-unknown',
          'place-unknown',
          'too-many-searches',
        ]),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { actor, unit = null, place = null, scope } = request.query;
      const choice = accessChoice(request.query, district.clock.nowMs());
      const found = await search(district, choice, (read) => {
        if (actor !== undefined && read.actor !== actor) return false;
        const is = scopeOf(read, { unit, place });
        return is !== null && (scope === undefined || is === scope);
      });
      noteRead(request, district, found.reads.length);
      if (found.reads.length === 0 && found.next === null && choice.after === null) {
        refuseOutsidePlan(district, {
          units: unit === null ? [] : [unit],
          places: place === null ? [] : [place],
        });
      }
      const isAbout = unit !== null || place !== null;
      return pageAnswer(choice, found, (one) => readAnswer(one, isAbout ? scopeOf(one.read, { unit, place }) : null));
    },
  );

  app.get(
    '/v1/districts/:district/own-accesses',
    {
      schema: {
        tags: ['access'],
        summary: "Who looked at the tracker's own unit: reads that named it, and reads that may have shown it.",
        description:
          'For the token of a tracker, about the unit that has it by the plan in force. It says who, as what, why, when and by which route, once a read; not what was answered.',
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: OwnAccessQuery,
        response: answers({ 200: pageOfReads(OwnReadSchema) }, 'read', ['unit-unknown', 'too-many-searches']),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { subject } = identityOf(request);
      const unit = district.plan()?.units.find(({ tracker }) => tracker === subject)?.id;
      if (unit === undefined) {
        const message = `tracker ${subject} belongs to no unit of the plan in force in ${district.id}`;
        throw apiError('unit-unknown', message, { got: subject });
      }
      const choice = accessChoice(request.query, district.clock.nowMs());
      const about = { unit, place: null };
      const found = await search(district, choice, (read) => isFirst(read) && scopeOf(read, about) !== null);
      noteRead(request, district, found.reads.length, { parameters: { unit } });
      return pageAnswer(choice, found, ({ atMs, read: { actor, role, purpose, what }, read }) => ({
        atMs,
        actor,
        role,
        purpose,
        what,
        scope: scopeOf(read, about),
      }));
    },
  );
}

function search(
  district: ApiDistrict,
  { fromMs, toMs, after, limit }: AccessChoice,
  wants: (read: AccessRead) => boolean,
): Promise<AccessSearchResult> {
  return readDistrict(district, () => district.searchAccesses({ fromMs, toMs, after, limit, wants }));
}

/** The end of a streamed answer or of a live socket is no second read. */
function isFirst({ what, parameters, answer }: AccessRead): boolean {
  if (what === 'live') return parametersOf(parameters).event !== 'end';
  return answer?.stage !== 'ended' && answer?.stage !== 'cut';
}

function pageAnswer(
  { fromMs, toMs }: AccessChoice,
  { reads, next, missing }: AccessSearchResult,
  itemOf: (one: LoggedRead) => object,
): object {
  return { items: reads.map(itemOf), next: next === null ? null : placeText(next), fromMs, toMs, missing };
}

function readAnswer({ logId, ordinal, atMs, read }: LoggedRead, scope: ReadScope | null): object {
  const { parameters, answer = null, ...rest } = read;
  return {
    atMs,
    ...rest,
    logId: formatLogId(logId),
    ordinal,
    parameters: parametersOf(parameters),
    answer,
    ...subjectsOf(read),
    scope,
  };
}
