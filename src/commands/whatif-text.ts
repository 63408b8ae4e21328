import { localDate } from '../protocol/local-date.js';
import {
  type AlertLoad,
  BUDGET_AN_HOUR,
  type LoadRow,
  rowPairs,
  type ToldAlert,
  type WhatIf,
} from '../model/what-if.js';

/** What a plan would have told, as lines for a terminal. Times are local to the district. */
export function whatIfLines(found: WhatIf, { timeZone, operators }: WhatIfText): readonly string[] {
  const { recorded, tried } = found;
  const when = (ms: number): string => minute(timeZone, ms);
  return [
    `${found.district}, ${when(found.fromMs)} to ${when(found.toMs)} (${timeZone}); ${found.entries} entries of the log were folded twice.`,
    '',
    ...table([
      ['', '', 'as recorded', '', 'under this plan', ''],
      ['rule', 'severity', 'alerts', 'an hour', 'alerts', 'an hour'],
      ...rowPairs(found).map((pair) => [pair.rule, pair.severity, ...cells(pair.recorded), ...cells(pair.tried)]),
      ['all', '', ...cells(recorded.load), ...cells(tried.load)],
      ['taken back later', '', takenBack(recorded.load), '', takenBack(tried.load), ''],
      ['busiest hour', '', busiest(recorded.load, when), '', busiest(tried.load, when), ''],
      [`hours over ${BUDGET_AN_HOUR * operators}`, '', over(recorded.load), '', over(tried.load), ''],
    ]),
    '',
    `${found.both} alerts are told under both.`,
    ...listOf('Only under this plan', found.added, when),
    ...listOf('No more under this plan', found.gone, when),
    ...(found.isOpen
      ? [
          '',
          `The log ends at ${when(found.endsMs)}: what came later may have taken back some of the last alerts, under either plan.`,
        ]
      : []),
  ];
}

export interface WhatIfText {
  readonly timeZone: string;
  readonly operators: number;
}

function cells(row: Pick<LoadRow, 'asked' | 'anHour'> | undefined): string[] {
  return row === undefined ? ['-', '-'] : [String(row.asked), row.anHour.toFixed(1)];
}

function takenBack({ alerts, retracted }: AlertLoad): string {
  return alerts === 0 ? '-' : `${retracted} of ${alerts}`;
}

function busiest({ busiest: hour }: AlertLoad, when: (ms: number) => string): string {
  return hour === null ? '-' : `${hour.asked} from ${when(hour.fromMs).slice(-5)}`;
}

function over({ hours, hoursOverBudget }: AlertLoad): string {
  return `${hoursOverBudget} of ${hours.length}`;
}

function listOf(title: string, alerts: readonly ToldAlert[], when: (ms: number) => string): string[] {
  if (alerts.length === 0) return ['', `${title}: none.`];
  const lines = alerts.map(({ askedAtMs, rule, severity, name, isRetracted }) => {
    const times = askedAtMs.length > 1 ? `, ${askedAtMs.length} times` : '';
    return `  ${when(askedAtMs[0] ?? 0)}  ${rule}, ${severity}: ${name.en}${times}${isRetracted ? ', taken back' : ''}`;
  });
  return ['', `${title}: ${alerts.length}`, ...lines];
}

/** Columns as wide as their widest cell; the first two to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** `2026-11-24 08:30` */
function minute(timeZone: string, ms: number): string {
  return localDate(timeZone, ms).toISOString().slice(0, 16).replace('T', ' ');
}
