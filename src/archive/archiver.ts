import { randomBytes } from 'node:crypto';
import type { RawEntry } from '../log/raw-entry.js';
import { digestOf, logTimeOf } from '../log/raw-entry.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { compareLogIds, formatLogId, LOG_START, type LogId } from '../model/log-id.js';
import type { Logger } from '../model/ports.js';
import { ArchiveFolder } from './archive-folder.js';
import { compact, dueForCompaction, utcDayOf } from './compaction.js';
import { Duck } from './duck.js';
import { keepDailyHead, keepNewestHead, makeHead } from './heads.js';
import { dueForDeletion, type Retention } from './retention.js';
import { describeItself } from './self-description.js';
import type { ArchiveSigner } from './keys.js';
import { lineName } from './manifest.js';
import type { ManifestLine } from './manifest-line.js';
import { type FinishedPart, type SnapshotSource, withDaySnapshot } from './day-snapshots.js';
import { deleteFiles } from './part-files.js';
import type { PartWriter } from './part-writer.js';
import { type ArchivedVersions, gatherVersions } from './version-flush.js';

/** Reads the log on from an entry; `LogReader` is one. Rejects with `log-trimmed` or `log-rewritten` when it cannot (L1). */
export interface ArchivedLogReader {
  read(o: { readonly count: number; readonly blockMs: number }): Promise<readonly RawEntry[]>;
}

export interface ArchiverOptions {
  /** The archive of one district; it is made when it is not there. */
  readonly folder: string;
  readonly district: string;
  readonly signer: ArchiveSigner;
  readonly foldVersion: number;
  readonly openReader: (after: LogId, digest: string | null) => ArchivedLogReader;
  /** Tells Redis how far log and versions are archived, so that they may be trimmed. It never takes back what an earlier call said. */
  readonly setArchived: (upTo: LogId, told: ArchivedTold) => Promise<void>;
  /** What the engine told, to be archived beside the log; without it there is the log alone. */
  readonly versions?: ArchivedVersions;
  /** The engine's snapshots; without it none is archived. */
  readonly snapshots?: SnapshotSource;
  /** How long what is kept; for ever unless given. */
  readonly retention?: Retention;
  readonly nowMs: () => number;
  readonly flush?: Partial<FlushLimits>;
  readonly logger: Logger;
}

/** How far what the engine told is archived. */
export interface ArchivedTold {
  /** The last number of each stream; 0: none. */
  readonly alerts: number;
  readonly visits: number;
  /** The newest log time in the archive, ms. */
  readonly nowMs: number;
}

/** When a part is written: at the first of these. */
export interface FlushLimits {
  readonly fixes: number;
  readonly entries: number;
  /** Log time from its first entry to the newest. */
  readonly spanMs: number;
}

export const FLUSH_LIMITS: FlushLimits = { fixes: 500_000, entries: 100_000, spanMs: 600_000 };

/** A file that no line names may be another archiver's, on its way, for so long. */
const UNLISTED_GRACE_MS = 600_000;
const ENTRIES_PER_READ = 1_000;
const READ_BLOCK_MS = 1_000;
/** What DuckDB may hold while a part is gathered and sorted. */
const MEMORY = '256MB';

/**
 * Follows a district's log into its archive. A1: where it goes on is what the manifest says, and nothing else; two of them on one folder
 * publish each part once. What is not published yet is in the log still.
 */
export class Archiver {
  readonly #o: ArchiverOptions;
  readonly #limits: FlushLimits;
  #upTo: LogId = LOG_START;

  constructor(options: ArchiverOptions) {
    this.#o = options;
    this.#limits = { ...FLUSH_LIMITS, ...options.flush };
  }

  /** The last entry that is archived. */
  get upTo(): LogId {
    return this.#upTo;
  }

  /**
   * Archives until the signal aborts, then what the log still has, and answers. Rejects with `log-trimmed` or `log-rewritten` when the
   * log does not go on where the archive ends (A4; where it was trimmed behind what another archiver published, it goes on there), with `archive-write-failed` when a part cannot be written, with a code of
   * `manifest.ts` when the archive cannot be read, and with what Redis says.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { folder, district, nowMs, logger } = this.#o;
    const archive = await ArchiveFolder.open({ folder, district });
    await this.#written(describeItself(folder, district));
    const deleted = await archive.clean({ graceMs: UNLISTED_GRACE_MS, nowMs: nowMs() });
    if (deleted.length > 0)
      logger.info({ district, deleted: deleted.length }, 'unfinished parts of the archive are deleted');
    const duck = await Duck.open({ folder, memory: MEMORY, threads: 1 });
    try {
      do await this.#follow(archive, duck, signal);
      while (!signal.aborted);
    } finally {
      await duck.close();
      await archive.close();
    }
  }

  /** Archives from where the archive ends, until another archiver has published a part first. */
  async #follow(archive: ArchiveFolder, duck: Duck, signal: AbortSignal): Promise<void> {
    await this.#tellUpTo(archive);
    const reader = this.#o.openReader(archive.upTo, await lastDigest(archive));
    let part = archive.newPart(duck);
    let entries: readonly RawEntry[] = [];
    for (;;) {
      // Once it is to stop, what the log has is read to its end.
      const isLast = signal.aborted;
      if (entries.length === 0) {
        const read = await this.#readOn(archive, reader, {
          count: ENTRIES_PER_READ,
          blockMs: isLast ? 0 : READ_BLOCK_MS,
        });
        if (read === null) return part.abandon();
        entries = read;
      }
      if (entries.length === 0 && isLast) break;
      const own = entriesOfDay(entries, part.fromMs);
      if (own.length > 0) await this.#written(part.add(own));
      entries = entries.slice(own.length);
      // What is left is of another day.
      if (entries.length === 0 && !this.#isDue(part)) continue;
      if (!(await this.#flush(archive, part, duck)) || !(await this.#compact(archive, duck))) return;
      if (!(await this.#forget(archive))) return;
      part = archive.newPart(duck);
    }
    if (part.entries > 0) await this.#flush(archive, part, duck);
  }

  /** Null: the log was trimmed where it is read, as another archiver has published these entries. */
  async #readOn(
    archive: ArchiveFolder,
    reader: ArchivedLogReader,
    read: Parameters<ArchivedLogReader['read']>[0],
  ): Promise<readonly RawEntry[] | null> {
    const { length } = archive.lines;
    try {
      return await reader.read(read);
    } catch (error) {
      if (!(error instanceof BeatwatchError) || error.code !== 'log-trimmed') throw error;
      await archive.refresh();
      if (archive.lines.length === length) throw error;
      return null;
    }
  }

  #isDue(part: PartWriter): boolean {
    const { fixes, entries, spanMs } = this.#limits;
    if (part.entries === 0) return false;
    return part.fixes >= fixes || part.entries >= entries || part.spanMs >= spanMs;
  }

  /** False: another archiver was first. */
  async #flush(archive: ArchiveFolder, part: PartWriter, duck: Duck): Promise<boolean> {
    const { district, foldVersion, nowMs, logger } = this.#o;
    const written = await this.#finish(archive, part, duck);
    const o = { kind: 'flush', replaces: [], foldVersion, madeAtMs: nowMs() } as const;
    if (!(await this.#publish(archive, written, o))) return false;
    const { fixes, entries } = part;
    logger.info({ district, entries, fixes, upTo: written.log.upTo }, 'a part of the log is archived');
    await this.#keepHead(archive);
    await this.#tellUpTo(archive);
    return true;
  }

  async #keepHead({ lines }: ArchiveFolder): Promise<void> {
    const { folder, district, signer, nowMs, logger } = this.#o;
    const last = lines.at(-1);
    if (last === undefined) return;
    const head = makeHead(last, nowMs(), signer);
    await this.#written(keepNewestHead(folder, head));
    const name = await this.#written(keepDailyHead(folder, head));
    if (name !== null)
      logger.info({ district, head: name }, 'a head of the archive can be fetched, for safe-keeping elsewhere');
  }

  /** The part's files, with those of the versions that its entries brought about, and with the day's first snapshot. */
  async #finish(archive: ArchiveFolder, part: PartWriter, duck: Duck): Promise<FinishedPart> {
    const { versions, snapshots, logger } = this.#o;
    const prefix = nextPrefix(archive);
    let finished: FinishedPart = await this.#written(part.finish(prefix));
    try {
      const written = <Result>(work: Promise<Result>): Promise<Result> => this.#written(work);
      if (versions !== undefined)
        finished = await gatherVersions({ archive, duck, source: versions, part: finished, prefix, written });
      if (snapshots !== undefined)
        finished = await this.#written(withDaySnapshot(finished, { archive, source: snapshots, prefix, logger }));
      return finished;
    } catch (error) {
      await archive.discard(finished);
      throw error;
    }
  }

  /** Puts each day that is over into one part, and each hour of the day that goes on. False: another archiver was first. */
  async #compact(archive: ArchiveFolder, duck: Duck): Promise<boolean> {
    const { district, foldVersion, nowMs, logger } = this.#o;
    for (;;) {
      const due = dueForCompaction(archive, archive.upTo.ms);
      if (due === null) return true;
      // What the compaction before stood for is read by nobody any more.
      await archive.clean({ graceMs: UNLISTED_GRACE_MS, nowMs: nowMs() });
      const written = await this.#written(compact(archive, duck, due, nextPrefix(archive)));
      const replaces = due.lines.map(({ line }) => line);
      if (!(await this.#publish(archive, written, { kind: 'compaction', replaces, foldVersion, madeAtMs: nowMs() })))
        return false;
      logger.info(
        { district, parts: replaces.length, entries: written.log.entries },
        `${due.span === 'day' ? 'a day' : 'an hour'} of the archive is one part`,
      );
    }
  }

  /** Deletes what need not be kept any more: first it is said and signed, then it is done. False: another line was first, a hold perhaps. */
  async #forget(archive: ArchiveFolder): Promise<boolean> {
    const { district, foldVersion, retention, signer, nowMs, logger } = this.#o;
    if (retention === undefined) return true;
    await archive.refresh();
    for (;;) {
      const deletion = dueForDeletion(archive.lines, retention);
      if (deletion === null) return true;
      const note = { kind: 'deletion', deletion } as const;
      if (!(await this.#written(archive.note(note, { foldVersion, madeAtMs: nowMs() }, signer)))) return false;
      const names = deletion.parts.flatMap(({ files }) => files.map((name) => ({ name })));
      await this.#written(deleteFiles(archive.folder, names));
      logger.info({ district, kind: deletion.kind, files: names.length }, 'what was kept for long enough is deleted');
    }
  }

  /** False: another archiver was first, and what was written is deleted. */
  async #publish(
    archive: ArchiveFolder,
    written: FinishedPart,
    o: Pick<ManifestLine, 'kind' | 'replaces' | 'foldVersion' | 'madeAtMs'>,
  ): Promise<boolean> {
    if (await this.#written(archive.publish(written, o, this.#o.signer))) return true;
    await archive.discard(written);
    await archive.refresh();
    this.#o.logger.info({ district: this.#o.district }, 'another archiver has published this part');
    return false;
  }

  /** What of the disk or of DuckDB fails here keeps the archive from growing: code `archive-write-failed`. */
  async #written<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      const message = `${this.#o.folder}: got ${messageOf(error)}, expected a part of the archive to be written`;
      throw new BeatwatchError('archive-write-failed', message, { district: this.#o.district }, { cause: error });
    }
  }

  async #tellUpTo(archive: ArchiveFolder): Promise<void> {
    const { upTo, logTimeMs } = archive;
    this.#upTo = upTo;
    if (compareLogIds(upTo, LOG_START) <= 0) return;
    const [alerts, visits] = [archive.versionEnd('alerts').upTo, archive.versionEnd('visits').upTo];
    await this.#o.setArchived(upTo, { alerts, visits, nowMs: logTimeMs });
  }
}

/** The first entries that are of one UTC day by their log time: of that of the part, if it has begun. A question about a day then reads one file. */
function entriesOfDay(entries: readonly RawEntry[], partMs: number | null): readonly RawEntry[] {
  const [first] = entries;
  if (first === undefined) return [];
  const day = utcDayOf(partMs ?? logTimeOf(first));
  const end = entries.findIndex((entry) => utcDayOf(logTimeOf(entry)) !== day);
  return end < 0 ? entries : entries.slice(0, end);
}

/** Two archivers that write the same part do not write the same file. */
function nextPrefix(archive: ArchiveFolder): string {
  const number = (archive.lines.at(-1)?.line.line ?? 0) + 1;
  return `${lineName(number).replace('.json', '')}-${randomBytes(4).toString('hex')}`;
}

/** What the log must still say at the entry that the archive ends with. */
async function lastDigest(archive: ArchiveFolder): Promise<string | null> {
  const last = await archive.lastEntry();
  if (last === null) return null;
  if (compareLogIds(last.id, archive.upTo) === 0) return digestOf(last);
  const got = `${formatLogId(last.id)} as its last entry`;
  throw new BeatwatchError(
    'archive-inconsistent',
    `${archive.folder}: got ${got}, expected ${formatLogId(archive.upTo)}`,
  );
}
