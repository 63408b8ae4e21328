import type { DistrictReports } from '../../src/api/deps.js';
import { datesBetween } from '../../src/app/report-days.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { makePack, packName } from '../../src/reports/pack.js';
import { writeReport } from '../../src/reports/request.js';
import { WORKED_DAY } from './worked-day.js';

const { record, recordSha256 } = WORKED_DAY;

/** Reports of a district of which the worked day alone is settled. */
export const WORKED_REPORTS: DistrictReports = {
  settledDays: async () => [
    {
      day: record.day,
      fromMs: record.fromMs,
      toMs: record.toMs,
      settlements: [
        {
          digest: recordSha256,
          foldVersion: record.foldVersion,
          logId: `${record.toMs + 43_200_000}-0`,
          atMs: record.toMs + 43_200_000,
          readToMs: record.toMs + 43_200_000,
          parts: 1,
          visits: record.visits.length,
          alerts: record.alerts.length,
          changes: 0,
          unheld: [],
          unheldInAll: 0,
        },
      ],
    },
  ],
  make: async (task) => {
    const dates = task.is === 'pack' ? [task.day] : datesBetween(task.from, task.to);
    const missing = dates.filter((day) => day !== record.day);
    if (missing.length === dates.length)
      throw new BeatwatchError('day-unknown', 'no such day', { lastSettled: record.day });
    if (task.is === 'report') return await writeReport([WORKED_DAY], missing, task.request);
    const bytes = await makePack(WORKED_DAY, null);
    return { name: `${packName(record)}.zip`, mediaType: 'application/zip', bytes, rows: 1, missing: [] };
  },
};
