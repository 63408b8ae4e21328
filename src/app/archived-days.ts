import type { ArchiveFolder } from '../archive/archive-folder.js';
import { openExistingArchive } from '../archive/existing-archive.js';
import { joinedHistory } from '../archive/joined-history.js';
import { joinedVersions } from '../archive/joined-versions.js';
import { EarlierActs } from '../days/earlier-acts.js';
import { foldDay } from '../days/fold-day.js';
import { historyEvents } from '../days/history-events.js';
import { localDay } from '../days/local-day.js';
import { recordDigest } from '../days/record-digest.js';
import { BeatwatchError } from '../model/errors.js';
import type { ReportDay } from '../reports/period-of.js';
import { NO_LOG } from './no-log.js';
import { readPlans } from './read-plans.js';
import { reportDay } from './report-days.js';

const NO_STREAM = { kind: 'page', versions: [], last: 0 } as const;

/**
 * Days of a district, folded from its archive alone, without a server. The record of a day is the settled one if nothing of the day came after it was
 * settled. Codes: `archive-missing` for a folder without an archive, `day-not-archived` for a day of which the archive has nothing, or not the end.
 */
export async function archivedDays(
  folder: string,
  dates: readonly string[],
  onDay: (date: string) => void,
): Promise<ReportDay[]> {
  const archive = await openExistingArchive(folder);
  try {
    return await daysOf(archive, dates, onDay);
  } finally {
    await archive.close();
  }
}

async function daysOf(
  archive: ArchiveFolder,
  dates: readonly string[],
  onDay: (date: string) => void,
): Promise<ReportDay[]> {
  const { district } = archive;
  const history = joinedHistory(archive, NO_LOG);
  const versions = joinedVersions(archive, { readAlerts: async () => NO_STREAM, readVisits: async () => NO_STREAM });
  const times = archive.lines.map(({ line }) => line.logTime);
  const [beginsMs, endsMs] = [
    Math.min(...times.map(({ fromMs }) => fromMs)),
    Math.max(...times.map(({ toMs }) => toMs)),
  ];
  const plans = await readPlans(history, 0, Number.MAX_SAFE_INTEGER);
  const timeZone = plans.at(-1)?.timeZone ?? 'UTC';
  const earlier = new EarlierActs();
  const days: ReportDay[] = [];
  for (const date of dates) {
    const day = localDay(date, timeZone);
    if (day.toMs <= beginsMs || day.toMs > endsMs) {
      const [from, to] = [new Date(beginsMs).toISOString(), new Date(endsMs).toISOString()];
      throw new BeatwatchError(
        'day-not-archived',
        `got ${date}, expected a day that is over in the log from ${from} to ${to}`,
      );
    }
    onDay(date);
    const events = await historyEvents(history, { district, day, readToMs: Number.MAX_SAFE_INTEGER, earlier });
    const { record } = await foldDay(events);
    const sources = { versions, plansSince: async () => plans };
    days.push(await reportDay(sources, record, recordDigest(record), null));
  }
  return days;
}
