import { localDate } from '../../protocol/local-date.js';
import type { Cell, ReportColumn } from '../table.js';

export type Language = 'zh' | 'en';

/** How a page shows what is not there. */
export const NO_VALUE = '–';

/** A cell as a page shows it. Lengths of time are in minutes, shares in percent, instants on the clocks of the zone. */
export function cellText(column: ReportColumn, cell: Cell, language: Language, timeZone: string): string {
  if (cell === null) return NO_VALUE;
  switch (column.kind) {
    case 'id':
    case 'text':
      return String(cell);
    case 'code':
      return column.codes?.[cell]?.[language] ?? String(cell);
    case 'count':
      return String(cell);
    case 'number':
      return decimal(Number(cell), 2);
    case 'share':
      return `${decimal(100 * Number(cell), 1)}%`;
    case 'seconds':
      return decimal(Number(cell) / 60, 1);
    case 'minutes':
      return decimal(Number(cell), 1);
    case 'instant':
      return clockText(timeZone, Number(cell));
    case 'hour':
      return hourText(Number(cell));
  }
}

/** The least and the most: `80.1–90.2%`, once where they are the same, `≥ 80.1%` where there is no most. */
export function rangeText(low: string, high: string): string {
  if (low === high) return low;
  if (high === NO_VALUE) return `≥ ${low}`;
  const unit = low.endsWith('%') && high.endsWith('%') ? low.slice(0, -1) : low;
  return `${unit}–${high}`;
}

/** The unit that a column's numbers are in, where its title does not say it. */
export function unitText({ kind }: ReportColumn, language: Language): string {
  if (kind !== 'seconds' && kind !== 'minutes') return '';
  return language === 'zh' ? '分' : 'min';
}

export function hourText(hour: number): string {
  return `${String(hour).padStart(2, '0')}:00`;
}

/** `2026年11月24日 星期二`, `Tuesday 24 November 2026`. */
export function dayText(day: string, language: Language): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const weekday = new Date(Date.UTC(year, month - 1, date)).getUTCDay();
  return language === 'zh'
    ? `${year}年${month}月${date}日 星期${WEEKDAYS_ZH[weekday]}`
    : `${WEEKDAYS_EN[weekday]} ${date} ${MONTHS[month - 1]} ${year}`;
}

const WEEKDAYS_ZH = ['日', '一', '二', '三', '四', '五', '六'];
const WEEKDAYS_EN = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

function clockText(timeZone: string, atMs: number): string {
  const local = localDate(timeZone, atMs);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`;
}

function decimal(value: number, digits: number): string {
  return value.toFixed(digits);
}
