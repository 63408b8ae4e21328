import { Type } from '@fastify/type-provider-typebox';
import { noteRead } from '../access-record.js';
import { type ApiServer, answers, DistrictParams, PurposeHeaders, PurposeQuery } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps } from '../deps.js';
import { apiError } from '../errors.js';
import { readState } from '../read-state.js';
import { DateText, Digest } from '../schemas.js';
import { DayMarkSchema, SettledDaySchema } from '../settled-days.js';

/** The days that are settled, and what each came to. */
export function registerDayRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/days',
    {
      schema: {
        tags: ['record'],
        summary: 'The settled days, oldest first, each with its corrections.',
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: PurposeQuery,
        response: answers({ 200: Type.Object({ items: Type.Array(SettledDaySchema) }) }, 'read'),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const items = await readState(district, () => district.days.list());
      noteRead(request, district, items.length);
      return { items: items.map((day) => ({ ...day, settlements: [...day.settlements] })) };
    },
  );

  app.get(
    '/v1/districts/:district/days/:day',
    {
      schema: {
        tags: ['record'],
        summary: 'What a settled day came to, and where the live verdicts differ.',
        description:
          'Its record is the same bytes as canonical JSON for everybody who folds the same log; `digest` is the SHA-256 of these bytes.',
        params: Type.Object({ ...DistrictParams.properties, day: DateText('A settled local day.') }),
        headers: PurposeHeaders,
        querystring: Type.Object(
          {
            ...PurposeQuery.properties,
            digest: Type.Optional(Digest()),
          },
          { additionalProperties: false },
        ),
        response: answers(
          {
            200: Type.Object({
              day: DateText('The local day.'),
              settlement: DayMarkSchema,
              record: Type.Record(Type.String(), Type.Unknown(), { description: '`DayRecord`, in all its fields.' }),
              changes: Type.Array(Type.Record(Type.String(), Type.Unknown()), {
                description: 'Alerts and visits on which the live fold and the record differ, with the reasons.',
              }),
              correction: Type.Union([
                Type.Record(Type.String(), Type.Unknown(), {
                  description: 'What differs from the settlement before it.',
                }),
                Type.Null(),
              ]),
            }),
          },
          'read',
          ['day-unknown', 'settlement-gone'],
        ),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { day } = request.params;
      const { digest } = request.query;
      const settled = (await readState(district, () => district.days.list())).find((one) => one.day === day);
      const mark = settled?.settlements.findLast((one) => digest === undefined || one.digest === digest);
      if (mark === undefined) {
        noteRead(request, district, 0);
        const got = digest === undefined ? `the day ${day}` : `the day ${day} with the digest ${digest}`;
        throw apiError('day-unknown', `got ${got}, expected one that is settled`, { got: day });
      }
      const { record, changes, correction } = await readState(district, () => district.days.read(day, mark));
      noteRead(request, district, record.visits.length + record.alerts.length);
      return {
        day,
        settlement: { ...mark, unheld: [...mark.unheld] },
        record: { ...record },
        changes: changes.map((change) => ({ ...change })),
        correction: correction === null ? null : { ...correction },
      };
    },
  );
}
