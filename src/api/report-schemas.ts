import { Type } from '@fastify/type-provider-typebox';
import { FORMATS } from '../formats/formats.js';
import { REPORT_NAMES } from '../reports/report.js';
import { REPORT_FORMATS } from '../reports/request.js';
import { purposeQuery } from './api-server.js';
import { MAX_REPORT_DAYS } from './limits.js';
import { DateText, Digest, Instant, NamesSchema } from './schemas.js';

/** The shapes of reports, as published. */

export const ReportName = Type.Enum([...REPORT_NAMES, 'all']);
export const ReportQuery = Type.Object(
  {
    ...purposeQuery,
    day: Type.Optional(DateText('The local day that the report is of.')),
    from: Type.Optional(DateText('Instead of `day`: the first day of the report.')),
    to: Type.Optional(DateText(`… and its last day; at most ${MAX_REPORT_DAYS} days.`)),
    format: Type.Optional(
      Type.Enum([...REPORT_FORMATS], { description: '`json` when left out. `html`: a page to print.' }),
    ),
    language: Type.Optional(Type.Enum(['zh', 'en'], { description: 'Of the page; `zh` when left out.' })),
    table: Type.Optional(
      Type.String({
        maxLength: 40,
        description: 'Of CSV, which holds one table: the first of the report when left out.',
      }),
    ),
  },
  { additionalProperties: false },
);

const ReportSchema = Type.Object(
  {
    district: Type.String(),
    name: NamesSchema,
    timeZone: Type.String(),
    days: Type.Array(
      Type.Object({
        day: DateText('A local day.'),
        fromMs: Instant,
        toMs: Instant,
        recordSha256: Digest(),
        foldVersion: Type.Integer(),
        alertsDeletedAtMs: Type.Union([Instant, Type.Null()], {
          description:
            'When alerts of the day were deleted, as they need not be kept any more: the report counts too few. Null: none were.',
        }),
      }),
      { description: 'The settled days that the report is made from.' },
    ),
    missing: Type.Array(Type.String(), {
      description: 'Days that were asked for and are not settled: the report says nothing of them.',
    }),
    reports: Type.Array(
      Type.Object({
        name: Type.Enum([...REPORT_NAMES]),
        title: NamesSchema,
        note: NamesSchema,
        tables: Type.Array(
          Type.Object({
            name: Type.String(),
            title: NamesSchema,
            rows: Type.Array(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Null()])), {
              description: 'A field for each column; null: there is no such number.',
            }),
          }),
        ),
      }),
    ),
  },
  { description: 'Reports of settled days. The manual of `src/reports` has the formula of each number.' },
);

/** A report in each format that it can have. */
export const ReportAnswer = Type.Unsafe({
  description: 'The report. The manual of `src/reports` has the formula of each number.',
  content: {
    'application/json': { schema: ReportSchema },
    'text/csv': { schema: Type.String() },
    'text/html': { schema: Type.String() },
    [FORMATS.xlsx.mediaType]: { schema: Type.String({ format: 'binary' }) },
  },
});

export const ReportListSchema = Type.Object({
  reports: Type.Array(Type.Object({ name: Type.Enum([...REPORT_NAMES]), title: NamesSchema, note: NamesSchema })),
  days: Type.Array(
    Type.Object({
      day: DateText('A settled day.'),
      recordSha256: Digest(),
      settledAtMs: Instant,
      corrections: Type.Integer({ description: 'How often its record was corrected after it was settled.' }),
    }),
    { description: 'The days that are settled, oldest first.' },
  ),
  maxDays: Type.Integer({ description: 'So many days may one report be of.' }),
});
