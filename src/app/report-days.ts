import { MAX_REPORT_DAYS } from '../api/limits.js';
import { dateText, dayNumber } from '../district/local-time.js';
import { readSettlement } from '../log/settlements.js';
import type { LogHistory } from '../log/log-history.js';
import type { VersionHistory } from '../log/version-history.js';
import type { AlertVersion } from '../model/alert.js';
import type { DayMark, DayRecord, SettledDay } from '../model/day-record.js';
import { BeatwatchError } from '../model/errors.js';
import { compareLogIds, type LogId, parseLogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';
import type { ReportDay } from '../reports/period-of.js';

/** Alerts of a day that a report takes into memory. */
const MAX_ALERTS = 100_000;

/** Where reports find what they are made of. */
export interface ReportSources {
  readonly history: LogHistory;
  readonly versions: VersionHistory;
  /** The plans that were in force from an event time on. */
  readonly plansSince: (fromMs: number) => Promise<readonly CompiledPlan[]>;
}

/** The dates from one to another, both inclusive. Throws `report-days-invalid` for none, and for more than MAX_REPORT_DAYS. */
export function datesBetween(from: string, to: string): string[] {
  const [first, last] = [dayNumber(from), dayNumber(to)];
  const fault = (got: string, expected: string) =>
    new BeatwatchError('report-days-invalid', `from ${from} to ${to}: got ${got}, expected ${expected}`, { from, to });
  if (first === null || last === null) throw fault('no date', 'dates such as 2026-11-24');
  const count = last - first + 1;
  if (count < 1) throw fault('an end before the beginning', 'the first day and then the last');
  if (count > MAX_REPORT_DAYS) throw fault(`${count} days`, `at most ${MAX_REPORT_DAYS}; ask for a shorter time`);
  return Array.from({ length: count }, (_, i) => dateText(first + i));
}

/** The settled record of a day and what a report needs beside it; alerts are told as they stood when the day was settled. */
export async function settledReportDay(sources: ReportSources, { day, settlements }: SettledDay): Promise<ReportDay> {
  const mark = settlements.at(-1) as DayMark;
  const { record } = await readSettlement(sources.history, day, mark);
  return await reportDay(sources, record, mark.digest, parseLogId(mark.logId));
}

/** `before`: alerts as they stood before this entry of the log; null: as they stand. Code `report-plan-gone`. */
export async function reportDay(
  { versions, plansSince }: Pick<ReportSources, 'versions' | 'plansSince'>,
  record: DayRecord,
  recordSha256: string,
  before: LogId | null,
): Promise<ReportDay> {
  const known = await plansSince(record.fromMs);
  const plans = record.plans.map(({ version }) => {
    const plan = known.find((one) => one.version === version);
    if (plan !== undefined) return plan;
    const message = `report of ${record.day}: got no plan ${version}, which was in force then, expected it in the log, the archive or a snapshot: leave this day out`;
    throw new BeatwatchError('report-plan-gone', message, { day: record.day, version });
  });
  const told = await versions.alerts({ fromMs: record.fromMs, toMs: record.toMs, most: MAX_ALERTS });
  const alerts = told
    .map((own) => own.filter(({ logId }) => before === null || compareLogIds(parseLogId(logId), before) < 0))
    .filter(([first]) => wasRaisedOn(first, record))
    .flat();
  return { record, recordSha256, plans, alerts, alertsDeletedAtMs: await alertsDeletedAtMs(versions, record) };
}

/** When alerts that were raised on the day were deleted, the last of them; null: none were. */
async function alertsDeletedAtMs(versions: VersionHistory, { fromMs, toMs }: DayRecord): Promise<number | null> {
  const deleted = await versions.deleted('alerts', { fromMs, toMs });
  const ofDay = deleted.filter((logged) => logged.fromMs < toMs && logged.toMs > fromMs);
  return ofDay.length === 0 ? null : Math.max(...ofDay.map((logged) => logged.deletedAtMs));
}

function wasRaisedOn(first: AlertVersion | undefined, { fromMs, toMs }: DayRecord): boolean {
  return first !== undefined && first.version === 1 && first.atMs >= fromMs && first.atMs < toMs;
}
