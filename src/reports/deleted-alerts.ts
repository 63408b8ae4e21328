import type { Names } from '../model/plan.js';
import { localDate } from '../protocol/local-date.js';
import type { ReportPeriod } from './period.js';

/** A day of which some alerts, or all, are not in a report any more. */
export interface DeletedAlerts {
  readonly day: string;
  /** What a report says of it. */
  readonly said: Names;
}

/** Days whose alerts were deleted because they need not be kept any more: a report that counts fewer says so. */
export function deletedAlerts({ days, timeZone }: Pick<ReportPeriod, 'days' | 'timeZone'>): readonly DeletedAlerts[] {
  return days.flatMap(({ day, alertsDeletedAtMs }) => {
    if (alertsDeletedAtMs === null) return [];
    const date = localDate(timeZone, alertsDeletedAtMs).toISOString().slice(0, 10);
    const zh = `${day}的告警已于${date}到期删除，统计不完整`;
    const en = `Alerts of ${day} were deleted on ${date}, when they need not be kept any more: too few are counted`;
    return [{ day, said: { zh, en } }];
  });
}
