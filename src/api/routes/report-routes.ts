import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from '@fastify/type-provider-typebox';
import { BeatwatchError } from '../../model/errors.js';
import { REPORT_NAMES, REPORTS } from '../../reports/report.js';
import type { ReportFile, ReportTask } from '../../reports/request.js';
import { noteRead } from '../access-record.js';
import { type ApiServer, answerAs, answers, DistrictParams, PurposeHeaders, PurposeQuery } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps, ApiDistrict } from '../deps.js';
import { MAX_REPORT_DAYS } from '../limits.js';
import { readDistrict } from '../read-state.js';
import { ReportAnswer, ReportListSchema, ReportName, ReportQuery } from '../report-schemas.js';
import { DateText } from '../schemas.js';
import { requestInvalid } from '../validation.js';

const MISSING_HEADER = 'beatwatch-missing-days';
const CODES = ['day-unknown', 'settlement-gone', 'report-plan-gone', 'report-too-large', 'too-many-reports'] as const;

/** What settled days came to, in numbers. */
export function registerReportRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/reports',
    {
      schema: {
        tags: ['record'],
        summary: 'The reports that there are, and the days that they can be of: those that are settled.',
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: PurposeQuery,
        response: answers({ 200: ReportListSchema }, 'read'),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const settled = await readDistrict(district, () => district.reports.settledDays());
      noteRead(request, district, settled.length);
      const days = settled.flatMap(({ day, settlements }) => {
        const [first, last] = [settlements[0], settlements.at(-1)];
        if (last === undefined) return [];
        return { day, recordSha256: last.digest, settledAtMs: first.atMs, corrections: settlements.length - 1 };
      });
      const reports = REPORT_NAMES.map((name) => ({ name, title: REPORTS[name].title, note: REPORTS[name].note }));
      return { reports, days, maxDays: MAX_REPORT_DAYS };
    },
  );

  app.get(
    '/v1/districts/:district/reports/:report',
    {
      schema: {
        tags: ['record'],
        summary:
          'A report of one settled day or several, as JSON, CSV, Excel or a page to print; `all` is every report.',
        description: `At most ${MAX_REPORT_DAYS} days. Days that are not settled are left out, and named in \`missing\` and in the header ${MISSING_HEADER}. Supervisors may read reports, too: they are of their own district, and rank nobody.`,
        params: Type.Object({ ...DistrictParams.properties, report: ReportName }),
        headers: PurposeHeaders,
        querystring: ReportQuery,
        response: answers({ 200: ReportAnswer }, 'read', CODES),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { format = 'json', language = 'zh', table = null } = request.query;
      const { report } = request.params;
      const { from, to } = daysOf(request.query);
      const file = await made(request, district, {
        is: 'report',
        from,
        to,
        request: { report, format, language, table },
      });
      return sendFile(reply, file, format === 'json' || format === 'html' ? 'inline' : 'attachment');
    },
  );

  app.get(
    '/v1/districts/:district/packs/:day',
    {
      schema: {
        tags: ['record'],
        summary: 'The daily pack of a settled day as a zip: the same bytes whenever it is made.',
        params: Type.Object({ ...DistrictParams.properties, day: DateText('The local day.') }),
        headers: PurposeHeaders,
        querystring: PurposeQuery,
        response: answers(
          { 200: answerAs('application/zip', 'The pack.', Type.String({ format: 'binary' })) },
          'read',
          CODES,
        ),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const file = await made(request, district, { is: 'pack', day: request.params.day });
      return sendFile(reply, file, 'attachment');
    },
  );
}

/** The first and the last day that are asked for. Code `request-invalid`. */
function daysOf(query: { readonly day?: string; readonly from?: string; readonly to?: string }): {
  readonly from: string;
  readonly to: string;
} {
  const { day, from, to } = query;
  if (day !== undefined && from === undefined && to === undefined) return { from: day, to: day };
  if (day === undefined && from !== undefined && to !== undefined) return { from, to };
  const got = Object.keys({ day, from, to }).filter((name) => query[name as keyof typeof query] !== undefined);
  throw requestInvalid([{ path: 'query/day', got: got.join(', ') || 'none', expected: 'day alone, or from and to' }]);
}

/** The file, as a read of the record, also when there is no such day. What the query says wrongly is a fault of the request. */
async function made(request: FastifyRequest, district: ApiDistrict, task: ReportTask): Promise<ReportFile> {
  try {
    const file = await district.reports.make(task);
    noteRead(request, district, file.rows);
    return file;
  } catch (error) {
    if (!(error instanceof BeatwatchError)) throw error;
    const { code, message, details } = error;
    if (code === 'day-unknown') noteRead(request, district, 0);
    if (code === 'report-days-invalid')
      throw requestInvalid([{ path: 'query/to', got: details.to, expected: message }]);
    if (code === 'report-table-unknown')
      throw requestInvalid([{ path: 'query/table', got: details.got, expected: String(details.expected) }]);
    throw error;
  }
}

function sendFile(reply: FastifyReply, file: ReportFile, disposition: 'inline' | 'attachment'): FastifyReply {
  reply.type(file.mediaType);
  reply.header('content-disposition', `${disposition}; filename="${file.name}"`);
  if (file.missing.length > 0) reply.header(MISSING_HEADER, file.missing.join(','));
  if (file.mediaType.startsWith('text/html'))
    reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
  return reply.send(Buffer.from(file.bytes));
}
