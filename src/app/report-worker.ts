import { parentPort, workerData } from 'node:worker_threads';
import { ArchiveFolder } from '../archive/archive-folder.js';
import { joinedVersions } from '../archive/joined-versions.js';
import { archiveSigner } from '../archive/keys.js';
import { HotStore } from '../hot/hot-store.js';
import { readSettledDays } from '../log/settlements.js';
import { BeatwatchError } from '../model/errors.js';
import type { SettledDay } from '../model/day-record.js';
import type { RedisAddress } from '../redis/address.js';
import { openConnection, type RedisConnection } from '../redis/connection.js';
import { type ReportFile, type ReportTask, writeReport } from '../reports/request.js';
import { makePack, packName } from '../reports/pack.js';
import type { ArchiveKey } from './archive-worker.js';
import { historyOf } from './district-history.js';
import { againWhenMoved } from '../log/again-when-moved.js';
import { outcomeOf, type ThreadOutcome } from './once-in-thread.js';
import { plansSince } from './past-plans.js';
import { readPlans } from './read-plans.js';
import { datesBetween, type ReportSources, settledReportDay } from './report-days.js';
import { workInBackground } from './thread-priority.js';

/** What the thread of a report is started with. */
export interface ReportWork {
  readonly address: RedisAddress;
  readonly district: string;
  /** Null: this process has no archive of the district. */
  readonly archiveFolder: string | null;
  readonly snapshotFolder: string;
  /** What signs packs; null: no key is at hand. */
  readonly key: ArchiveKey | null;
  readonly task: ReportTask;
}

/** Makes what the work asks for from the settled days of the district. Codes: those of `report-days.ts` and of `reports/request.ts`. */
async function make(work: ReportWork, connection: RedisConnection): Promise<ReportFile> {
  const { district, archiveFolder } = work;
  const archive = archiveFolder === null ? null : await ArchiveFolder.open({ folder: archiveFolder, district });
  try {
    return await makeFrom(archive, work, connection);
  } finally {
    await archive?.close();
  }
}

async function makeFrom(
  archive: ArchiveFolder | null,
  { district, snapshotFolder, key, task }: ReportWork,
  connection: RedisConnection,
): Promise<ReportFile> {
  const history = historyOf(district, archive)(connection);
  const hot = new HotStore({ district, commit: connection, query: connection });
  const current = await hot.readPlan();
  const sources: ReportSources = {
    history,
    versions: joinedVersions(archive, hot),
    plansSince: async (fromMs) => {
      const read = (from: number, to: number) => readPlans(history, from, to);
      return (await plansSince(fromMs, { current, snapshotFolder, readPlans: read })).plans;
    },
  };
  const settled = await readSettledDays({ district, connection });
  const dates = task.is === 'pack' ? [task.day] : datesBetween(task.from, task.to);
  const found = settled.filter(({ day }) => dates.includes(day));
  if (found.length === 0) throw notSettled(dates, settled);
  const days = [];
  for (const day of found) days.push(await settledReportDay(sources, day));
  if (task.is === 'report') {
    const missing = dates.filter((date) => !found.some(({ day }) => day === date));
    return await writeReport(days, missing, task.request);
  }
  const [day] = days;
  if (day === undefined) throw new Error('bug: a day that was found is gone');
  const signer = key === null ? null : archiveSigner(key.kid, key.privateJwk);
  const bytes = await makePack(day, signer);
  return { name: `${packName(day.record)}.zip`, mediaType: 'application/zip', bytes, rows: 1, missing: [] };
}

function notSettled(dates: readonly string[], settled: readonly SettledDay[]): BeatwatchError {
  const last = settled.at(-1)?.day;
  const got = dates.length === 1 ? `${dates[0]}` : `${dates[0]} to ${dates.at(-1)}`;
  const expected = last === undefined ? 'a settled day: none is yet' : `a day that is settled: the last is ${last}`;
  return new BeatwatchError('day-unknown', `got ${got}, expected ${expected}`, { lastSettled: last ?? null });
}

async function answer(work: ReportWork): Promise<ThreadOutcome<ReportFile>> {
  const connection = openConnection(work.address, 'query', `beatwatch-report-${work.district}`, () => undefined);
  try {
    return await outcomeOf(() => againWhenMoved(() => make(work, connection)));
  } finally {
    connection.disconnect();
  }
}

workInBackground();
parentPort?.postMessage(await answer(workerData as ReportWork));
parentPort?.close();
