import { Type } from '@fastify/type-provider-typebox';
import { formatsOf } from '../../formats/formats.js';
import type { AreaPresence } from '../../model/trace.js';
import { askedShape } from '../../traces/area.js';
import type { PresenceAnswer, PresenceArea, UnitPresence } from '../../traces/presence-query.js';
import { noteRead } from '../access-record.js';
import { type ApiServer, answers, BODY_CODES, DistrictParams, PurposeHeaders } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps, ApiDistrict } from '../deps.js';
import { apiError } from '../errors.js';
import { DEFAULT_PAGE, MAX_AREA_BODY_BYTES } from '../limits.js';
import type { QueryTurns } from '../query-turns.js';
import { type Asked, factsAnswer, formatOf, runQuery, sendRecords } from '../record-answer.js';
import {
  cursorOf,
  cursorQuery,
  cursorText,
  type RecordRange,
  rangeQuery,
  recordRange,
  unitIds,
  unitsQuery,
} from '../record-query.js';
import { AreaPresenceSchema, AreaSchema, recordFields } from '../record-schemas.js';
import { Id } from '../schemas.js';
import { requestInvalid } from '../validation.js';

const pageFields = {
  items: Type.Array(AreaPresenceSchema),
  next: Type.Union([
    Type.String({ description: 'Give it as `after` for the next page; null at the end.' }),
    Type.Null(),
  ]),
  ...recordFields,
};
const format = Type.Optional(
  Type.Enum([...formatsOf('presence')], {
    description: 'A file of all rows in this format, streamed, without pages; a JSON page when left out.',
  }),
);
const QUERY = Type.Object({ ...rangeQuery, ...unitsQuery, ...cursorQuery, format }, { additionalProperties: false });
const CODES = ['unit-unknown', 'query-too-large', 'query-timeout', 'too-many-searches'] as const;
const DESCRIPTION =
  'Stretches by unit, then time: `inside`, `possible` or `unknown`. A unit without a stretch was surely not there. All stretches of a unit stay on one page, so a page may have more rows than `limit`.';

/** Who was in an area, of any age. */
export function registerPresenceRoutes(app: ApiServer, deps: ApiDeps, turns: QueryTurns): void {
  app.get(
    '/v1/districts/:district/places/:place/presence',
    {
      schema: {
        tags: ['record'],
        summary:
          'Who was in a place of the plan over a period of any age, who may have been, and of whom nobody knows.',
        description: DESCRIPTION,
        params: Type.Object({ ...DistrictParams.properties, place: Id }),
        headers: PurposeHeaders,
        querystring: QUERY,
        response: answers({ 200: Type.Object(pageFields) }, 'read', [...CODES, 'place-unknown', 'place-changed']),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { place } = request.params;
      const range = recordRange(request.query);
      return await answer({ request, reply, district, turns }, request.query, { range, area: { place }, shown: place });
    },
  );

  app.post(
    '/v1/districts/:district/presence',
    {
      bodyLimit: MAX_AREA_BODY_BYTES,
      schema: {
        tags: ['record'],
        summary:
          'Who was in a polygon, box or circle over a period of any age, who may have been, and of whom nobody knows.',
        description: `${DESCRIPTION} It only reads: it is a POST because a polygon is too long for a path.`,
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: QUERY,
        body: Type.Object({ area: AreaSchema }, { additionalProperties: false }),
        response: answers({ 200: Type.Object(pageFields) }, 'read', [...CODES, ...BODY_CODES, 'plan-missing']),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { area } = request.body;
      const range = recordRange(request.query);
      const shape = askedShape(area, rulerOf(district));
      if ('got' in shape) throw requestInvalid([{ path: 'body/area', ...shape }]);
      return await answer({ request, reply, district, turns }, request.query, { range, area: { shape }, shown: area });
    },
  );
}

interface Wanted {
  readonly range: RecordRange;
  readonly area: PresenceArea;
  /** The area as it was asked for. */
  readonly shown: string | object;
}

async function answer(
  asked: Asked,
  query: { readonly units?: string; readonly after?: string; readonly limit?: number },
  { range, area, shown }: Wanted,
) {
  const { request, district, turns } = asked;
  const { limit = DEFAULT_PAGE } = query;
  const units = unitIds(query.units);
  const filter = { route: 'presence', district: district.id, area: shown, units, ...range };
  const cursor = cursorOf<string>(filter, query.after, (value) => typeof value === 'string');
  const after = cursor === null ? null : { unit: cursor.place, upTo: cursor.upTo };
  const chosen = formatOf(request, 'presence');
  const parameters = typeof shown === 'string' ? {} : { area: JSON.stringify(shown).slice(0, MAX_SHOWN_CHARS) };
  const read = (run: { readonly signal: AbortSignal }): Promise<PresenceAnswer> =>
    district.history.presence({ ...range, area, units, after, ...run });
  if (chosen !== null) {
    return await sendRecords(asked, { kind: 'presence', format: chosen, filter, parameters }, async (run) => {
      const found = await read(run);
      return { facts: found.facts, rows: rowsOf(found.units) };
    });
  }
  const page = await runQuery(request, district, turns, async (run) => {
    const found = await read(run);
    return { facts: found.facts, ...(await pageOf(found.units, limit)) };
  });
  noteRead(request, district, page.items.length, { parameters });
  const next = page.last === null ? null : cursorText(filter, { upTo: page.facts.upTo, place: page.last });
  return { items: page.items, next, ...factsAnswer(page.facts) };
}

/** So many characters of an area's JSON stand in the access entry of its reader. */
const MAX_SHOWN_CHARS = 2_000;

async function* rowsOf(units: AsyncIterable<UnitPresence>): AsyncGenerator<AreaPresence> {
  for await (const { rows } of units) yield* rows;
}

/** Units until there are `limit` rows, and the last of them; null: there is no more. */
async function pageOf(
  units: AsyncGenerator<UnitPresence>,
  limit: number,
): Promise<{ readonly items: readonly AreaPresence[]; readonly last: string | null }> {
  const items: AreaPresence[] = [];
  let last: string | null = null;
  for await (const { unit, rows } of units) {
    if (items.length >= limit) return { items, last };
    items.push(...rows);
    last = unit;
  }
  return { items, last: null };
}

function rulerOf(district: ApiDistrict) {
  const plan = district.plan();
  if (plan !== null) return plan.ruler;
  throw apiError('plan-missing', `no plan is in force in ${district.id}; try again when one is`, {
    district: district.id,
  });
}
