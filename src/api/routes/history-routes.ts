import { type TSchema, Type } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { formatsOf, type RecordKind } from '../../formats/formats.js';
import type { AlertVersion } from '../../model/alert.js';
import { LOG_START } from '../../model/log-id.js';
import type { VisitVersion } from '../../model/visit.js';
import type { QueryFacts } from '../../traces/query.js';
import { noteRead } from '../access-record.js';
import { alertAnswer } from '../alert-answer.js';
import { type ApiServer, answers, DistrictParams, PurposeHeaders } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps, ApiDistrict } from '../deps.js';
import { DEFAULT_PAGE, MAX_PAGE, MAX_VERSIONED } from '../limits.js';
import type { QueryTurns } from '../query-turns.js';
import { type Asked, formatOf, type QueryRun, runQuery, sendRecords } from '../record-answer.js';
import { cursorOf, cursorQuery, cursorText, type RecordRange, rangeQuery, recordRange } from '../record-query.js';
import { recordFields } from '../record-schemas.js';
import { AlertSchema, Id, VisitSchema } from '../schemas.js';
import { refuseOutsidePlan } from '../unknown.js';
import { requestInvalid } from '../validation.js';

const CODES = ['search-too-large', 'query-timeout', 'too-many-searches'] as const;
const formatField = (kind: RecordKind) =>
  Type.Optional(
    Type.Enum([...formatsOf(kind)], {
      description: 'A file of all rows in this format, without pages; a JSON page when left out.',
    }),
  );
const pageOf = (item: TSchema) =>
  Type.Object({
    items: Type.Array(item),
    next: Type.Union([
      Type.String({ description: 'Give it as `after` for the next page; null at the end.' }),
      Type.Null(),
    ]),
    fromMs: Type.Integer(),
    toMs: Type.Integer(),
    missing: recordFields.missing,
    limits: Type.Object(
      { rowsPerPage: Type.Integer(), perQuery: Type.Integer() },
      { description: 'Versions on a page; visits or alerts that one period may have.' },
    ),
  });

/** Every visit and every alert with its versions, of any age. */
export function registerHistoryRoutes(app: ApiServer, deps: ApiDeps, turns: QueryTurns): void {
  app.get(
    '/v1/districts/:district/places/:place/visits',
    {
      schema: {
        tags: ['record'],
        summary: 'Every visit to a place in a period of any age with its bounds, open ones too.',
        description:
          'The last version of each; `versions=all`: all of them, oldest first. A visit is in the period when its inner bounds touch it.',
        params: Type.Object({ ...DistrictParams.properties, place: Id }),
        headers: PurposeHeaders,
        querystring: Type.Object(
          {
            ...rangeQuery,
            unit: Type.Optional(Id),
            versions: Type.Optional(Type.Enum(['latest', 'all'])),
            ...cursorQuery,
            format: formatField('visits'),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: pageOf(VisitSchema) }, 'read', [...CODES, 'place-unknown', 'unit-unknown']),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { place } = request.params;
      const { unit, versions = 'latest' } = request.query;
      const range = recordRange(request.query);
      return await answer<'visits', VisitVersion>({ request, reply, district, turns }, request.query, {
        kind: 'visits',
        filter: { route: 'visits', district: district.id, place, unit: unit ?? null, versions, ...range },
        range,
        places: [place],
        units: unit === undefined ? [] : [unit],
        read: async (query) => {
          const found = await district.history.versions.visits(query);
          return found.flatMap((all) => (versions === 'all' ? all : all.slice(-1)));
        },
        shown: (version) => version,
      });
    },
  );

  app.get(
    '/v1/districts/:district/alert-versions',
    {
      schema: {
        tags: ['record'],
        summary: 'Every version of every alert of a period of any age.',
        description:
          'Alert by alert, each oldest version first. An alert is in the period when it lasted to `from` or later and began before `to`, by any of its versions.',
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: Type.Object(
          {
            ...rangeQuery,
            place: Type.Optional(Id),
            unit: Type.Optional(Id),
            ...cursorQuery,
            format: formatField('alerts'),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: pageOf(AlertSchema) }, 'read', [...CODES, 'place-unknown', 'unit-unknown']),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { place, unit } = request.query;
      const range = recordRange(request.query);
      return await answer<'alerts', AlertVersion>({ request, reply, district, turns }, request.query, {
        kind: 'alerts',
        filter: { route: 'alerts', district: district.id, place: place ?? null, unit: unit ?? null, ...range },
        range,
        places: place === undefined ? [] : [place],
        units: unit === undefined ? [] : [unit],
        read: async (query) => (await district.history.versions.alerts(query)).flat(),
        shown: (version) => alertAnswer(version, district),
      });
    },
  );
}

interface Wanted<Kind extends 'visits' | 'alerts', Version> {
  readonly kind: Kind;
  readonly filter: object;
  readonly range: RecordRange;
  readonly places: readonly string[];
  readonly units: readonly string[];
  readonly read: (query: Parameters<ApiDistrict['history']['versions']['visits']>[0]) => Promise<readonly Version[]>;
  readonly shown: (version: Version) => object;
}

async function answer<Kind extends 'visits' | 'alerts', Version extends VisitVersion | AlertVersion>(
  asked: Asked,
  query: { readonly after?: string; readonly limit?: number },
  wanted: Wanted<Kind, Version>,
) {
  const { request, district, turns } = asked;
  const { kind, filter, range, places, units } = wanted;
  const { fromMs, toMs } = range;
  const search = {
    fromMs,
    toMs,
    most: MAX_VERSIONED,
    ...(places.length === 0 ? {} : { places }),
    ...(units.length === 0 ? {} : { units }),
  };
  const cursor = cursorOf<VersionPlace>(filter, query.after, isVersionPlace);
  const format = formatOf(request, kind);
  const read = async ({ signal }: QueryRun) => {
    const rows = await wanted.read({ ...search, signal });
    // An empty answer must not come of a misspelt id.
    if (rows.length === 0) refuseMisspelt(request, district, wanted);
    const deleted = await district.history.versions.deleted(kind, range);
    return {
      rows,
      missing: deleted.map(({ fromMs: from, toMs: to }) => ({ what: 'log' as const, fromMs: from, toMs: to })),
    };
  };
  if (format !== null) {
    return await sendRecords(asked, { kind, format, filter, parameters: {} }, async (run) => {
      const { rows, missing } = await read(run);
      return { facts: factsOf(range, missing), rows: rowsOf(rows) as never };
    });
  }
  const { rows, missing } = await runQuery(request, district, turns, read);
  const from = cursor === null ? 0 : behind(rows, cursor.place, query.after);
  const { limit = DEFAULT_PAGE } = query;
  const items = rows.slice(from, from + limit);
  noteRead(request, district, items.length);
  const last = from + limit < rows.length ? items.at(-1) : undefined;
  const next = last === undefined ? null : cursorText(filter, { upTo: LOG_START, place: placeOf(last) });
  const limits = { rowsPerPage: MAX_PAGE, perQuery: MAX_VERSIONED };
  return { items: items.map(wanted.shown), next, fromMs, toMs, missing, limits };
}

/** A refusal says that there is none, so it is a read. */
function refuseMisspelt(
  request: FastifyRequest,
  district: ApiDistrict,
  wanted: Pick<Wanted<'visits' | 'alerts', never>, 'places' | 'units'>,
): void {
  try {
    refuseOutsidePlan(district, wanted);
  } catch (error) {
    noteRead(request, district, 0);
    throw error;
  }
}

/** A row of a page: which visit or alert, and which version of it. */
interface VersionPlace {
  readonly id: string;
  readonly transition: number;
}

function isVersionPlace(value: unknown): boolean {
  const { id, transition } = (value ?? {}) as Partial<VersionPlace>;
  return typeof id === 'string' && Number.isSafeInteger(transition);
}

function placeOf(version: VisitVersion | AlertVersion): VersionPlace {
  return { id: 'visitId' in version ? version.visitId : version.alertId, transition: version.transition };
}

/** Where the rows go on behind a place. The last versions of what goes on are replaced meanwhile; they keep their place. */
function behind(
  rows: readonly (VisitVersion | AlertVersion)[],
  place: VersionPlace,
  after: string | undefined,
): number {
  const same = rows.findIndex((row) => row.transition === place.transition);
  const found = same >= 0 ? same : rows.findLastIndex((row) => placeOf(row).id === place.id);
  if (found >= 0) return found + 1;
  throw requestInvalid([
    { path: 'query/after', got: after, expected: 'a page whose last row is there still: begin again' },
  ]);
}

async function* rowsOf<Row>(rows: readonly Row[]): AsyncGenerator<Row> {
  yield* rows;
}

function factsOf({ fromMs, toMs }: RecordRange, missing: QueryFacts['missing']): QueryFacts {
  return { fromMs, toMs, upTo: LOG_START, estimate: { rows: 0, bytes: 0 }, missing };
}
