import { deletedAlerts } from '../deleted-alerts.js';
import type { ReportPeriod } from '../period.js';
import type { Report } from '../report.js';
import type { ReportTable } from '../table.js';
import { type Bar, barChart } from './bars.js';
import { dayText, hourText, type Language } from './cell-text.js';
import { keyFigures } from './figures.js';
import { heatTable } from './heat-table.js';
import { type Markup, markup, NOTHING } from './markup.js';
import { namedRows } from './named-rows.js';
import { PATTERNS } from './patterns.js';
import { STYLE } from './style.js';
import { tableView } from './table-view.js';

/** Tables that a page shows as pictures. */
const PICTURES: Readonly<Record<string, (table: ReportTable, language: Language) => Markup>> = {
  'presence-by-hour': heatTable,
  dwell: dwellBars,
  'alerts-by-hour': hourBars,
};
/** Tables that are too long for a wall, or stand at its head as figures: JSON, CSV and XLSX have them. */
const LEFT_OUT: ReadonlySet<string> = new Set(['presence-by-kind', 'dwell-by-place', 'silence-by-unit']);

/** What a page says of itself. */
type PageHead = Pick<ReportPeriod, 'district' | 'name' | 'timeZone' | 'days' | 'missing'>;

/**
 * Reports as one printed page in one language: HTML that needs nothing from elsewhere and runs no script. Equal reports give equal bytes.
 */
export function reportPage(head: PageHead, reports: readonly Report[], language: Language): string {
  const title = titleOf(head, reports, language);
  const sections = reports.map((report) => section(report, head, language));
  return markup`<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
${PATTERNS}
<header><h1>${title}</h1><p>${subtitle(head, language)}</p></header>
${keyFigures(reports, language)}
${sections}
${footer(head, language)}
</body>
</html>
`.toString();
}

function titleOf({ name }: PageHead, reports: readonly Report[], language: Language): string {
  const only = reports.length === 1 ? reports[0]?.title[language] : undefined;
  if (language === 'zh') return `${name.zh}${only ?? '巡逻勤务日报'}`;
  return `${name.en}: ${only ?? 'patrol report'}`;
}

function subtitle({ days, timeZone }: PageHead, language: Language): string {
  const [first, last] = [days[0]?.day ?? '', days.at(-1)?.day ?? ''];
  const from = dayText(first, language);
  if (days.length === 1) return `${from} (${timeZone})`;
  const to = dayText(last, language);
  return language === 'zh'
    ? `${from}至${to}，共${days.length}天 (${timeZone})`
    : `${from} to ${to}, ${days.length} days (${timeZone})`;
}

function section({ title, note, tables }: Report, { timeZone }: PageHead, language: Language): Markup {
  const shown = tables
    .filter(({ name }) => !LEFT_OUT.has(name))
    .map((table) => PICTURES[table.name]?.(table, language) ?? tableView(table, language, timeZone));
  return markup`<section><h2>${title[language]}</h2><p class="note">${note[language]}</p>
${shown}</section>
`;
}

function dwellBars(table: ReportTable, language: Language): Markup {
  const bars = namedRows(table).map((row): Bar => {
    const label = row.toMin === null ? `≥ ${row.fromMin}` : `${row.fromMin}–${row.toMin}`;
    return {
      label: `${label} ${language === 'zh' ? '分' : 'min'}`,
      low: Number(row.visitsLow),
      high: Number(row.visitsHigh),
      isGoal: row.fromMin === 10,
    };
  });
  return barChart(table.title[language], bars, 90, language);
}

function hourBars(table: ReportTable, language: Language): Markup {
  const bars = namedRows(table).map((row): Bar => {
    const raised = Number(row.raised);
    return { label: hourText(Number(row.hour)), low: raised, high: raised };
  });
  return barChart(table.title[language], bars, 42, language);
}

const NOT_SETTLED = { zh: '未结算，不在其内：', en: 'Not settled, and not in this report: ' } as const;

function footer(head: PageHead, language: Language): Markup {
  const { days, missing } = head;
  const basis =
    language === 'zh'
      ? '依据：已结算的每日记录。记录的SHA-256：'
      : 'Made from the settled record of each day. SHA-256 of the records:';
  const records = days.map(
    ({ day, recordSha256, foldVersion }) => markup`<br>${day} <code>${recordSha256}</code> (fold ${foldVersion})`,
  );
  const without = missing.length === 0 ? NOTHING : markup`<br><b>${NOT_SETTLED[language]}${missing.join(', ')}</b>`;
  const deleted = deletedAlerts(head).map(({ said }) => markup`<br><b>${said[language]}</b>`);
  return markup`<footer>${basis}${records}${without}${deleted}</footer>`;
}
