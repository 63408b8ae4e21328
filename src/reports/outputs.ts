import { writeCsv } from '../formats/csv.js';
import type { CellType, Chunks, Table } from '../formats/table.js';
import { type Sheet, writeXlsx } from '../formats/xlsx.js';
import { canonicalJson } from '../model/canonical-json.js';
import { deletedAlerts } from './deleted-alerts.js';
import { namedRows } from './page/named-rows.js';
import type { ReportPeriod } from './period.js';
import type { Report } from './report.js';
import type { CellKind, ReportTable } from './table.js';

/** What a report says of where it comes from. */
export type ReportHead = Pick<ReportPeriod, 'district' | 'name' | 'timeZone' | 'days' | 'missing'>;

/** What the answer in JSON holds. */
export interface ReportAnswer extends ReportHead {
  readonly reports: readonly ReportJson[];
}
interface ReportJson extends Pick<Report, 'name' | 'title' | 'note'> {
  readonly tables: readonly (Pick<ReportTable, 'name' | 'title'> & { readonly rows: ReturnType<typeof namedRows> })[];
}

/** Reports as one JSON value: each row an object with the columns as fields. */
export function reportAnswer(
  { district, name, timeZone, days, missing }: ReportHead,
  reports: readonly Report[],
): ReportAnswer {
  return {
    district,
    name,
    timeZone,
    days,
    missing,
    reports: reports.map(({ tables, ...report }) => ({
      ...report,
      tables: tables.map((table) => ({ name: table.name, title: table.title, rows: namedRows(table) })),
    })),
  };
}

/** The answer in JSON as one line of text: equal reports give equal bytes. */
export function reportJson(head: ReportHead, reports: readonly Report[]): string {
  return `${canonicalJson(reportAnswer(head, reports))}\n`;
}

/** One table as CSV. */
export function tableCsv(table: ReportTable): Chunks {
  return writeCsv(plainTable(table));
}

/** Reports as an Excel workbook: a sheet that says where they come from, and a sheet for each table. */
export function reportXlsx(head: ReportHead, reports: readonly Report[]): Chunks {
  const sheets = reports
    .flatMap(({ tables }) => tables)
    .map((table): Sheet => ({ name: table.name, table: plainTable(table) }));
  return writeXlsx([{ name: 'about', table: about(head, reports) }, ...sheets], { timeZone: head.timeZone });
}

const TYPES: Readonly<Record<CellKind, CellType>> = {
  id: 'text',
  text: 'text',
  code: 'text',
  count: 'integer',
  hour: 'integer',
  number: 'number',
  share: 'number',
  seconds: 'number',
  minutes: 'number',
  instant: 'instant',
};

function plainTable({ columns, rows }: ReportTable): Table {
  return { columns: columns.map(({ name, kind, title }) => ({ name, type: TYPES[kind], is: title.en })), rows };
}

function about(head: ReportHead, reports: readonly Report[]): Table {
  const { district, name, timeZone, days, missing } = head;
  const text = (column: string, is: string) => ({ name: column, type: 'text', is }) as const;
  return {
    columns: [text('about', 'what the value is'), text('zh', 'in Chinese'), text('en', 'in English')],
    rows: [
      ['district', `${name.zh} (${district})`, `${name.en} (${district})`],
      ['timeZone', timeZone, timeZone],
      ...days.map(({ day, recordSha256 }) => [`record ${day}`, recordSha256, recordSha256]),
      ...missing.map((day) => [`record ${day}`, '未结算', 'not settled']),
      ...deletedAlerts(head).map(({ day, said }) => [`alerts ${day}`, said.zh, said.en]),
      ...reports.flatMap(({ name: report, title, note, tables }) => [
        [report, `${title.zh}：${note.zh}`, `${title.en}. ${note.en}`],
        ...tables.map((table) => [table.name, table.title.zh, table.title.en]),
      ]),
    ],
  };
}

/** All bytes of a file. */
export async function gathered(chunks: Chunks): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return Buffer.concat(parts);
}
