import type { ReportColumn, ReportTable } from '../table.js';
import { cellText, type Language, rangeText, unitText } from './cell-text.js';
import { type Markup, markup, NOTHING } from './markup.js';

/** A column as the page shows it: one of the table's, or two that are the bounds of something. */
interface Shown {
  readonly title: string;
  readonly isText: boolean;
  readonly at: number;
  readonly isRange: boolean;
}

/** A table with so many rows, or fewer, stands on one sheet. */
const WHOLE_ROWS = 10;
const TEXTS: ReadonlySet<ReportColumn['kind']> = new Set(['id', 'text', 'code']);

/** A table of a report as HTML. */
export function tableView(table: ReportTable, language: Language, timeZone: string): Markup {
  const shown = shownColumns(table.columns, language);
  const text = (at: number, row: ReportTable['rows'][number]): string => {
    const column = table.columns[at];
    return column === undefined ? '' : cellText(column, row[at] ?? null, language, timeZone);
  };
  const heads = shown.map(({ title, isText }) => markup`<th class="${isText ? 'text' : 'number'}">${title}</th>`);
  const rows = table.rows.map((row) => {
    const cells = shown.map(({ at, isText, isRange }) => {
      const words = isRange ? rangeText(text(at, row), text(at + 1, row)) : text(at, row);
      return markup`<td class="${isText ? 'text' : 'number'}">${words}</td>`;
    });
    return markup`<tr class="${stateOf(table, row)}">${cells}</tr>\n`;
  });
  const none = language === 'zh' ? '无' : 'None';
  const empty =
    table.rows.length === 0 ? markup`<tr><td class="text" colspan="${shown.length}">${none}</td></tr>` : NOTHING;
  const size = table.rows.length <= WHOLE_ROWS ? 'small' : 'long';
  return markup`<table class="${size}"><caption>${table.title[language]}</caption><thead><tr>${heads}</tr></thead><tbody>
${rows}${empty}</tbody></table>`;
}

function shownColumns(columns: readonly ReportColumn[], language: Language): Shown[] {
  return columns.flatMap((column, at) => {
    const isShown = column.page === undefined || column.page === language;
    if (!isShown || columns[at - 1]?.range !== undefined) return [];
    const unit = unitText(column, language);
    const title = (column.range ?? column.title)[language];
    const shown = unit === '' ? title : language === 'zh' ? `${title}（${unit}）` : `${title}, ${unit}`;
    return { title: shown, isText: TEXTS.has(column.kind), at, isRange: column.range !== undefined };
  });
}

/** The code of a row's state, where its table has one, for its colour. */
function stateOf({ columns }: ReportTable, row: ReportTable['rows'][number]): string {
  const at = columns.findIndex(({ name }) => name === 'state');
  return at < 0 ? '' : String(row[at]);
}
