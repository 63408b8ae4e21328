import { loadArchiveKeys } from '../access/keys.js';
import type { ArchiveFolder } from '../archive/archive-folder.js';
import { openExistingArchive } from '../archive/existing-archive.js';
import { archiveKeys } from '../archive/keys.js';
import type { PublishedLine } from '../archive/manifest.js';
import { verifyArchive } from '../archive/verify.js';
import { queryVersions } from '../archive/version-reader.js';
import { decodeLogEntry } from '../codec/log-codec.js';
import { type LocalDay, localDay } from '../days/local-day.js';
import { type ReplayDifference, replayDifferences, type ToldBy, type ToldVersions } from '../days/replayed-day.js';
import { step } from '../engine/pipeline.js';
import { createState, type EngineState, FOLD_VERSION } from '../engine/state.js';
import { logTimeOf, type RawEntry } from '../log/raw-entry.js';
import type { AlertVersion } from '../model/alert.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import type { LogEntry } from '../model/log-entry.js';
import { formatLogId, LOG_START } from '../model/log-id.js';
import type { VisitVersion } from '../model/visit.js';
import type { Options } from './options.js';
import { usageError } from './options.js';
import { openOutput, type Output } from './output.js';

/** Entries that the engine cannot fold, in one archive; the fold begins again behind each. */
const MAX_POISON = 16;

/**
 * Folds an archived day through the engine, as its log came, and compares the alerts and visits with those that were told then. Answers the exit code:
 * 0 when there is no difference.
 */
export async function replayArchive(options: Options): Promise<number> {
  const [folder, day] = [options.text('archive'), options.text('day')];
  if (folder === null || day === null) throw usageError('got no --archive or no --day, expected both');
  const json = options.flag('json');
  const output = openOutput({ json });
  const keys = options.text('keys');
  if (keys !== null && !(await isWhole(folder, keys, output, json))) return 1;
  const archive = await openExistingArchive(folder);
  try {
    return await replayFrom(archive, day, output, json);
  } finally {
    await archive.close();
  }
}

async function replayFrom(archive: ArchiveFolder, day: string, output: Output, json: boolean): Promise<number> {
  refuseWithoutGenesis(archive);
  const replayed = await replayDay(archive, day, output);
  const told = await toldIn(archive, replayed.day);
  const differences = replayDifferences(told, archivedOf(archive, replayed.folded), {
    ...replayed,
    foldVersion: FOLD_VERSION,
  });
  output.end();
  for (const difference of differences)
    output.line(json ? JSON.stringify({ type: 'difference', ...difference }) : differenceText(difference));
  const ok = differences.length === 0;
  const summary = {
    day,
    foldVersion: FOLD_VERSION,
    entries: replayed.entries,
    skipped: replayed.skipped,
    alerts: told.alerts.length,
    visits: told.visits.length,
    differences: differences.length,
  };
  const counts = `${summary.alerts} versions of alerts and ${summary.visits} of visits`;
  const words = ok
    ? `No difference: ${counts} of ${day} are what the log gives.`
    : `${differences.length} differences to ${counts} of ${day}.`;
  output.line(json ? JSON.stringify({ type: 'replayed', ok, ...summary }) : words);
  return ok ? 0 : 1;
}

async function isWhole(folder: string, keysPath: string, output: Output, json: boolean): Promise<boolean> {
  const { faults } = await verifyArchive({
    folder,
    keys: archiveKeys(await loadArchiveKeys(keysPath)),
    onProgress: (done, total) => output.state(`${done} of ${total} lines and parts are checked`, done / total),
  });
  output.end();
  for (const fault of faults)
    output.line(json ? JSON.stringify({ type: 'fault', ...fault }) : `${fault.file}: ${fault.what}: ${fault.detail}`);
  return faults.length === 0;
}

function refuseWithoutGenesis({ folder, lines }: ArchiveFolder): void {
  const { line: first } = lines[0] as PublishedLine;
  if (first.log.after !== formatLogId(LOG_START)) {
    const got = `an archive that begins after ${first.log.after}`;
    throw new BeatwatchError('archive-no-genesis', `${folder}: got ${got}, expected one that begins with genesis`);
  }
}

interface Replayed {
  readonly day: LocalDay;
  readonly folded: ToldVersions;
  readonly toldBy: readonly ToldBy[];
  readonly entries: number;
  readonly skipped: number;
}

async function replayDay(archive: ArchiveFolder, day: string, output: Output): Promise<Replayed> {
  const poison = new Set<string>();
  for (;;) {
    const replay = new Replay(archive.lines[0]?.line.district ?? '', day, poison);
    const total = archive.current.reduce((sum, { line }) => sum + line.log.entries, 0);
    try {
      for await (const entries of archive.read({ after: LOG_START, upTo: archive.upTo })) {
        replay.fold(entries);
        output.state(`${replay.entries} of ${total} entries are folded`, replay.entries / total);
        if (replay.isOver) break;
      }
      return replay.finish();
    } catch (error) {
      const failed = replay.failedAt;
      if (failed === null || poison.size >= MAX_POISON) throw error;
      // P1: the engine had recorded it, too, and folded past it.
      poison.add(failed);
    }
  }
}

/** One fold of an archive from its beginning to the end of a day. */
class Replay {
  readonly #state: EngineState;
  readonly #dayText: string;
  readonly #poison: ReadonlySet<string>;
  readonly #toldBy: ToldBy[] = [];
  readonly #alerts: AlertVersion[] = [];
  readonly #visits: VisitVersion[] = [];
  #day: LocalDay | null = null;
  #undecoded = 0;
  entries = 0;
  isOver = false;
  failedAt: string | null = null;

  constructor(district: string, day: string, poison: ReadonlySet<string>) {
    this.#state = createState(district);
    this.#dayText = day;
    this.#poison = poison;
  }

  fold(entries: readonly RawEntry[]): void {
    for (const raw of entries) {
      const { day } = this;
      if (day !== null && logTimeOf(raw) >= day.toMs) this.isOver = true;
      if (this.isOver) return;
      this.#foldOne(raw, day);
    }
  }

  get day(): LocalDay | null {
    const timeZone = this.#state.plans.at(-1)?.plan.timeZone;
    if (timeZone !== undefined) this.#day ??= localDay(this.#dayText, timeZone);
    return this.#day;
  }

  #foldOne(raw: RawEntry, day: LocalDay | null): void {
    this.entries += 1;
    const entry = this.#poison.has(formatLogId(raw.id)) ? null : decoded(raw);
    if (entry === null) this.#undecoded += 1;
    this.failedAt = formatLogId(raw.id);
    const { alerts, visits } = step(this.#state, raw.id, entry ?? { kind: 'tick' }, raw.atMs);
    this.failedAt = null;
    if (this.#toldBy.at(-1)?.foldVersion !== this.#state.toldBy)
      this.#toldBy.push({ since: raw.id, foldVersion: this.#state.toldBy });
    if (day === null || logTimeOf(raw) < day.fromMs) return;
    this.#alerts.push(...alerts);
    this.#visits.push(...visits);
  }

  finish(): Replayed {
    const { day } = this;
    if (day === null)
      throw new BeatwatchError(
        'archive-no-plan',
        'got an archive without a plan, expected one: no day is told without it',
      );
    const folded = { alerts: this.#alerts, visits: this.#visits };
    return { day, folded, toldBy: this.#toldBy, entries: this.entries, skipped: this.#undecoded };
  }
}

/** Null: the engine could not read it either, and folded past it. */
function decoded({ kind, payload }: RawEntry): LogEntry | null {
  try {
    return decodeLogEntry(kind, payload);
  } catch (error) {
    if (error instanceof BeatwatchError && error.code === 'log-entry-corrupt') return null;
    throw new Error(messageOf(error), { cause: error });
  }
}

/** What comes after the last version that is archived is on record elsewhere still. */
function archivedOf(archive: ArchiveFolder, { alerts, visits }: ToldVersions): ToldVersions {
  const [lastAlert, lastVisit] = [archive.versionEnd('alerts').upTo, archive.versionEnd('visits').upTo];
  if (lastAlert === 0 && lastVisit === 0 && alerts.length + visits.length > 0)
    throw new BeatwatchError(
      'archive-no-versions',
      'got an archive without alerts and visits, expected one that has them',
    );
  return {
    alerts: alerts.filter(({ transition }) => transition <= lastAlert),
    visits: visits.filter(({ transition }) => transition <= lastVisit),
  };
}

/** What is on record of the versions that entries of a day brought about. */
async function toldIn(archive: ArchiveFolder, { fromMs, toMs }: LocalDay): Promise<ToldVersions> {
  const lines = archive.current.map(({ line }) => line);
  const duck = await archive.reader();
  const read = async <Version>(table: 'alerts' | 'visits'): Promise<Version[]> => {
    const versions: Version[] = [];
    const where = `log_ms >= ${fromMs} AND log_ms < ${toMs}`;
    for await (const some of queryVersions(duck, archive.folder, lines, table, { where }))
      versions.push(...some.map(({ json }) => JSON.parse(json) as Version));
    return versions;
  };
  return { alerts: await read<AlertVersion>('alerts'), visits: await read<VisitVersion>('visits') };
}

function differenceText({ about, id, version, is, fields, why, toldBy }: ReplayDifference): string {
  const what = {
    missing: 'is on record, and the log does not give it',
    added: 'is given by the log, and is not on record',
    changed: `differs in ${fields.join(', ')}`,
  }[is];
  const because =
    why === 'fold-version' ? `fold version ${toldBy} told it, and this is ${FOLD_VERSION}` : 'the record was changed';
  return `${about} ${id}, version ${version}: ${what} (${because})`;
}
