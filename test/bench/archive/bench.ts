import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ArchiveFolder } from '../../../src/archive/archive-folder.js';
import type { LogId } from '../../../src/model/log-id.js';
import { createRandom } from '../../../src/simulator/random.js';
import { at } from '../../engine/support.js';
import { numbersOf } from '../options.js';
import { Progress } from '../progress.js';
import { type Archived, type ArchivingWork, fleetOf } from './archiving.js';
import { drawnFleet } from './fleets.js';
import { findPostgres, HOW_TO_INSTALL, Postgres } from './postgres.js';
import { askArchive, askServer, askTable, type Question } from './reads.js';
import { bytesOf, loadTable } from './table.js';
import { Turns } from './turns.js';

const SEED = 20_261_129;
/** Of the drawn year: a day is a file, so a question reads as much of a year as of some days. */
const SOME_DAYS = 3;
const YEAR_DAYS = 365;
const MEIXIAN_DAYS = 7;
/** A drawn fleet unless told otherwise. */
const DRAWN = { units: 100, days: SOME_DAYS, interval: 10, minutes: 99_999 } as const;
const FLOOD_FIXES = 2_000_000;
/** Questions of each kind. */
const QUESTIONS = 31;
/** Half the side of a box, metres. */
const BOX_M = 500;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What is asked of the bench beside its options. */
export interface ArchiveBench {
  /** A year of the drawn fleet instead of some days. */
  readonly isWhole: boolean;
  /** Without PostgreSQL, and without the other logs. */
  readonly isAlone: boolean;
  /** `--units`, `--days` and `--interval` (seconds) of the drawn fleet, and `--minutes`, after which its log ends. */
  readonly options: readonly string[];
}

/**
 * What the archive takes of the disk and of the processor, and how fast it answers, beside the same rows in an indexed table of
 * PostgreSQL. The archiver runs in a thread of its own, as in a server.
 */
export async function benchArchive({ isWhole, isAlone, options }: ArchiveBench): Promise<void> {
  const { minutes, ...drawn } = numbersOf(options, { ...DRAWN, days: isWhole ? YEAR_DAYS : SOME_DAYS });
  const { days } = drawn;
  const meixianDays = Math.min(MEIXIAN_DAYS, days);
  console.log(
    'archive: what a thread of its own archives of a log that is made in memory, a day compacted when it is over',
  );
  const folder = await mkdtemp(join(tmpdir(), 'beatwatch-archive-'));
  // PostgreSQL runs as another user, who must be able to come to its folder.
  const postgres = await mkdtemp(join(tmpdir(), 'beatwatch-postgres-'));
  try {
    if (!isAlone) {
      await benchLog(join(folder, 'gathered'), { kind: 'meixian', days: meixianDays, arrival: 'gathered each 5 s' });
      await benchLog(join(folder, 'single'), { kind: 'meixian', days: meixianDays, arrival: 'one by one' });
      await benchLog(join(folder, 'flood'), { kind: 'flood', fixes: FLOOD_FIXES });
    }
    const scaled = days === YEAR_DAYS ? '' : ` (${days} days of the year; \`archive year\` makes all ${YEAR_DAYS})`;
    const archive = await benchLog(join(folder, 'drawn'), { kind: 'drawn', ...drawn }, { note: scaled, minutes });
    const { fromMs } = drawnFleet(drawn.units, days, drawn.interval);
    const made = Math.min(days, Math.floor((archive.logTimeMs - fromMs) / DAY));
    if (made < days) console.log(`    its log ended after ${made} of ${days} days, as --minutes says`);
    if (made > 0) await benchQuestions(archive, isAlone ? null : postgres, { ...drawn, days: made });
    else await archive.close();
  } finally {
    for (const one of [folder, postgres]) await rm(one, { recursive: true, force: true });
  }
}

async function benchLog(
  folder: string,
  fleet: ArchivingWork['fleet'],
  { note = '', ...bound }: { readonly note?: string; readonly minutes?: number } = {},
): Promise<ArchiveFolder> {
  const turns = new Turns();
  turns.start();
  const archived = await archiveInThread({ folder, fleet, ...bound });
  turns.stop();
  const { name, entries, fixes, wallS, cpuS, archiverTurnMs, rssBytes } = archived;
  const archive = await ArchiveFolder.open({ folder, district: 'bench' });
  await archive.clean({ graceMs: 0, nowMs: Date.now() + 1_000 });
  const bytes = await bytesOf(archive);
  console.log(`  ${name}: ${count(fixes)} fixes in ${count(entries)} entries${note}`);
  console.log(
    `    ${(bytes / fixes).toFixed(2)} bytes a fix (all files); ${count(fixes / wallS)} fixes/s, ${count(fixes / cpuS)} a second of cpu time; ` +
      `longest turn of the event loop, on a core, ${archiverTurnMs.toFixed(0)} ms in the archiver and ${turns.longestMs.toFixed(0)} ms in the main thread; ` +
      `rss ${megabytes(rssBytes)}`,
  );
  return archive;
}

async function archiveInThread(work: ArchivingWork): Promise<Archived> {
  const worker = new Worker(new URL('./archiving.js', import.meta.url), { workerData: work });
  const { fromMs, days } = fleetOf(work.fleet);
  const progress = new Progress('archiving');
  return await new Promise<Archived>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`the archiver ended with ${code}`)));
    worker.on('message', (message: { readonly archived?: Archived; readonly upTo?: LogId }) => {
      progress.at(((message.upTo?.ms ?? fromMs) - fromMs) / (days * DAY));
      if (message.archived === undefined) return;
      progress.end();
      resolve(message.archived);
    });
  });
}

/** The drawn fleet, as `drawnFleet` makes it. */
type Drawn = Readonly<Record<'units' | 'days' | 'interval', number>>;

function trackersOf({ units }: Drawn): readonly string[] {
  return Array.from({ length: units }, (_, i) => `bd-${String(i + 1).padStart(5, '0')}`);
}

/** @param folder for PostgreSQL; null: the archive alone is asked */
async function benchQuestions(archive: ArchiveFolder, folder: string | null, drawn: Drawn): Promise<void> {
  const programs = findPostgres();
  const postgres = programs === null || folder === null ? null : await Postgres.start(programs, folder);
  try {
    if (postgres !== null && folder !== null) await tellTable(postgres, archive, folder);
    else if (folder !== null) console.log(`  ${HOW_TO_INSTALL}`);
    for (const kind of ['unit', 'area'] as const) {
      const questions = Array.from({ length: QUESTIONS }, (_, i) => questionOf(kind, i, drawn));
      await compare(questions, archive, postgres, trackersOf(drawn));
    }
  } finally {
    await archive.close();
    await postgres?.close();
  }
}

async function tellTable(postgres: Postgres, archive: ArchiveFolder, folder: string): Promise<void> {
  const { rows, tableBytes, indexBytes, seconds } = await loadTable(postgres, archive, folder);
  const inArchive = await bytesOf(archive);
  console.log(
    `  PostgreSQL ${await postgres.version()}, the same ${count(rows)} rows, by COPY, indexed and analysed in ${seconds.toFixed(0)} s: ` +
      `${(tableBytes / rows).toFixed(0)} bytes a fix and ${(indexBytes / rows).toFixed(0)} of indexes, ` +
      `${((tableBytes + indexBytes) / inArchive).toFixed(1)} times the archive`,
  );
}

function questionOf(kind: Question['is'], i: number, drawn: Drawn): Question {
  const random = createRandom(SEED, kind, i);
  const { units, days, interval } = drawn;
  const { fromMs } = drawnFleet(units, days, interval);
  const dayMs = fromMs + random.integer(0, days - 1) * DAY;
  if (kind === 'unit') {
    const tracker = random.pick(trackersOf(drawn));
    return { is: 'unit', tracker, fromMs: dayMs, toMs: dayMs + DAY };
  }
  const middle = () => random.between(-8_000, 8_000);
  const [eastM, northM] = [middle(), middle()];
  const [low, high] = [at(eastM - BOX_M, northM - BOX_M), at(eastM + BOX_M, northM + BOX_M)];
  const hourMs = dayMs + random.integer(0, 23) * HOUR;
  const box = { westE7: low.lngE7, southE7: low.latE7, eastE7: high.lngE7, northE7: high.latE7 };
  return { is: 'area', box, fromMs: hourMs, toMs: hourMs + HOUR };
}

/** Each question is asked of both in turn, and once more when all were; medians. */
async function compare(
  questions: readonly Question[],
  archive: ArchiveFolder,
  postgres: Postgres | null,
  trackers: readonly string[],
): Promise<void> {
  const kind = questions[0]?.is;
  const [own, table] = [askArchive(archive, trackers), postgres === null ? null : askTable(postgres, trackers)];
  const what = kind === 'unit' ? "a unit's day" : `who was in a square of ${2 * BOX_M} m in an hour`;
  for (const times of ['the first time', 'again']) {
    const [ownMs, tableMs, serverMs]: [number[], number[], number[]] = [[], [], []];
    const turns = new Turns();
    for (const question of questions) {
      turns.start();
      const [ownAnswer, ms] = await timed(() => own(question));
      turns.stop();
      ownMs.push(ms);
      if (postgres === null || table === null) continue;
      const [answer, its] = await timed(() => table(question));
      tableMs.push(its);
      serverMs.push(await askServer(postgres, question));
      if (answer !== ownAnswer) throw new Error(`got ${answer} of the table and ${ownAnswer} of the archive`);
    }
    const [ms, its, server] = [median(ownMs), median(tableMs), median(serverMs)];
    console.log(
      `  ${what}, ${times} (p50 of ${questions.length}): archive ${ms.toFixed(1)} ms, longest turn of the event loop ${turns.longestMs.toFixed(0)} ms on a core` +
        `${postgres === null ? '' : `; table ${its.toFixed(1)} ms${kind === 'unit' ? `, of these ${server.toFixed(1)} ms in the server` : ''}: the archive is ${(its / ms).toFixed(1)} times as fast`}`,
    );
  }
  console.log(`    rss ${megabytes(process.memoryUsage().rss)}`);
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const startMs = performance.now();
  return [await work(), performance.now() - startMs];
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
