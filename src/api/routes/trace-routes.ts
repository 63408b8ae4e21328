import { Type } from '@fastify/type-provider-typebox';
import { formatsOf } from '../../formats/formats.js';
import type { TraceRow } from '../../model/trace.js';
import type { TracePlace, TraceStep } from '../../traces/trace-rows.js';
import { noteRead } from '../access-record.js';
import { type ApiServer, answers, DistrictParams, PurposeHeaders } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { DEFAULT_PAGE } from '../limits.js';
import type { QueryTurns } from '../query-turns.js';
import { factsAnswer, formatOf, runQuery, sendRecords } from '../record-answer.js';
import { cursorOf, cursorQuery, cursorText, rangeQuery, recordRange, unitIds, unitsQuery } from '../record-query.js';
import { recordFields, TraceFixSchema, TraceHoleSchema } from '../record-schemas.js';

const TraceQuerySchema = Type.Object(
  {
    ...rangeQuery,
    ...unitsQuery,
    ...cursorQuery,
    format: Type.Optional(
      Type.Enum([...formatsOf('traces')], {
        description: 'A file of all rows in this format, streamed, without pages; a JSON page when left out.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** Where units were, of any age. */
export function registerTraceRoutes(app: ApiServer, deps: ApiDeps, turns: QueryTurns): void {
  app.get(
    '/v1/districts/:district/traces',
    {
      schema: {
        tags: ['record'],
        summary: 'The traces of units over a period of any age: each fix once, and each hole as a hole.',
        description:
          'By unit, then event time, over the archive and the log as one. A hole is longer than the silence threshold of the unit. Fixes of one instant stay on one page, so a page may have a few rows more than `limit`.',
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: TraceQuerySchema,
        response: answers(
          {
            200: Type.Object({
              items: Type.Array(Type.Union([TraceFixSchema, TraceHoleSchema])),
              next: Type.Union([
                Type.String({ description: 'Give it as `after` for the next page; null at the end.' }),
                Type.Null(),
              ]),
              ...recordFields,
            }),
          },
          'read',
          ['unit-unknown', 'query-too-large', 'query-timeout', 'too-many-searches'],
        ),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { limit = DEFAULT_PAGE } = request.query;
      const range = recordRange(request.query);
      const units = unitIds(request.query.units);
      const asked = { route: 'traces', district: district.id, units, ...range };
      const cursor = cursorOf<TracePlace>(asked, request.query.after, isTracePlace);
      const format = formatOf(request, 'traces');
      const query = { ...range, units, after: cursor };
      if (format !== null) {
        return await sendRecords(
          { request, reply, district, turns },
          { kind: 'traces', format, filter: asked },
          async (run) => {
            const { facts, steps } = await district.history.traces({ ...query, ...run });
            return { facts, rows: rowsOf(steps) };
          },
        );
      }
      const page = await runQuery(request, district, turns, async (run) => {
        const { facts, steps } = await district.history.traces({ ...query, ...run });
        return { facts, ...(await pageOf(steps, limit)) };
      });
      noteRead(request, district, page.items.length);
      const next = page.place === null ? null : cursorText(asked, { upTo: page.facts.upTo, place: page.place });
      return { items: page.items, next, ...factsAnswer(page.facts) };
    },
  );
}

async function* rowsOf(steps: AsyncIterable<TraceStep>): AsyncGenerator<TraceRow> {
  for await (const { rows } of steps) yield* rows;
}

/** Rows until there are `limit`, and where the last of them stands; null: there is no more. */
async function pageOf(
  steps: AsyncGenerator<TraceStep>,
  limit: number,
): Promise<{ readonly items: readonly TraceRow[]; readonly place: TracePlace | null }> {
  const items: TraceRow[] = [];
  let place: TracePlace | null = null;
  for await (const step of steps) {
    // Known to have more, it ends before what would be too much.
    if (items.length >= limit) {
      if (step.rows.length > 0) return { items, place };
      continue;
    }
    items.push(...step.rows);
    place = step.place;
  }
  return { items, place: null };
}

function isTracePlace(value: unknown): value is TracePlace {
  const place = value as Partial<TracePlace> | null;
  const isPosition = place?.positionMs === null || Number.isSafeInteger(place?.positionMs);
  return typeof place?.unit === 'string' && Number.isSafeInteger(place.atMs) && isPosition;
}
