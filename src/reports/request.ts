import { FORMATS } from '../formats/formats.js';
import { BeatwatchError } from '../model/errors.js';
import { gathered, reportJson, reportXlsx, tableCsv } from './outputs.js';
import type { Language } from './page/cell-text.js';
import { reportPage } from './page/page.js';
import { periodOf, type ReportDay } from './period-of.js';
import { makeReport, type Report, REPORT_NAMES, type ReportName } from './report.js';

/** What a report can be written as; CSV holds one table. */
export const REPORT_FORMATS = ['json', 'csv', 'xlsx', 'html'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Which report of some days, and how it is written. */
export interface ReportRequest {
  /** `all`: every report. */
  readonly report: ReportName | 'all';
  readonly format: ReportFormat;
  /** The language of the page. */
  readonly language: Language;
  /** The table that CSV holds; null: the first one of the report. */
  readonly table: string | null;
}

/** A report as a file. */
export interface ReportFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** Rows of all its tables. */
  readonly rows: number;
  /** Days that were asked for and are not settled. */
  readonly missing: readonly string[];
}

/** `days` and `missing` as `periodOf` takes them. Throws `report-table-unknown` for a table that the report does not have. */
export async function writeReport(
  days: readonly ReportDay[],
  missing: readonly string[],
  request: ReportRequest,
): Promise<ReportFile> {
  const period = periodOf(days, missing);
  const names = request.report === 'all' ? REPORT_NAMES : [request.report];
  const reports = names.map((name) => makeReport(name, period));
  const file = (rows: number, mediaType: string, bytes: Uint8Array): ReportFile => ({
    name: fileName(period, request),
    mediaType,
    bytes,
    rows,
    missing,
  });
  switch (request.format) {
    case 'json':
      return file(rowsOf(reports), 'application/json; charset=utf-8', Buffer.from(reportJson(period, reports)));
    case 'html':
      return file(
        rowsOf(reports),
        'text/html; charset=utf-8',
        Buffer.from(reportPage(period, reports, request.language)),
      );
    case 'xlsx':
      return file(rowsOf(reports), FORMATS.xlsx.mediaType, await gathered(reportXlsx(period, reports)));
    case 'csv': {
      const table = tableOf(reports, request.table);
      return file(table.rows.length, FORMATS.csv.mediaType, await gathered(tableCsv(table)));
    }
  }
}

/** What a report of these days is called on a disk, without its folder. */
function fileName(
  { district, days }: ReturnType<typeof periodOf>,
  { report, format, language, table }: ReportRequest,
): string {
  const [first, last] = [days[0]?.day ?? '', days.at(-1)?.day ?? ''];
  const span = first === last ? first : `${first}-to-${last}`;
  const part = format === 'csv' && table !== null ? `${report}-${table}` : report;
  return `${district}-${span}-${part}${format === 'html' ? `.${language}` : ''}.${format}`;
}

function tableOf(reports: readonly Report[], wanted: string | null): Report['tables'][number] {
  const tables = reports.flatMap((report) => report.tables);
  const found = wanted === null ? tables[0] : tables.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const expected = tables.map(({ name }) => name);
  throw new BeatwatchError('report-table-unknown', `got the table ${wanted}, expected one of ${expected.join(', ')}`, {
    got: wanted,
    expected,
  });
}

function rowsOf(reports: readonly Report[]): number {
  return reports.reduce((sum, { tables }) => sum + tables.reduce((rows, table) => rows + table.rows.length, 0), 0);
}

/** What a report is to be of. `pack`: the daily pack of one day. Days are local dates; `to` is the last one. */
export type ReportTask =
  | { readonly is: 'report'; readonly from: string; readonly to: string; readonly request: ReportRequest }
  | { readonly is: 'pack'; readonly day: string };
