import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextRound } from 'node:timers/promises';
import type { RawEntry } from '../log/raw-entry.js';
import { BeatwatchError } from '../model/errors.js';
import { compareLogIds, LOG_START, type LogId, parseLogId } from '../model/log-id.js';
import type { SnapshotDump } from '../model/snapshot.js';
import { type FinishedPart, readArchivedSnapshot } from './day-snapshots.js';
import type { Duck } from './duck.js';
import { FixBlocks } from './fix-blocks.js';
import { FixLegs } from './fix-legs.js';
import { CHAIN_START } from './entry-chain.js';
import { type ArchiveSigner, signLine } from './keys.js';
import {
  currentAfter,
  type CurrentLine,
  deleteUnlisted,
  mayHaveLine,
  PARTS_FOLDER,
  publishLine,
  type PublishedLine,
  readLines,
} from './manifest.js';
import {
  ARCHIVE_FORMAT,
  type ArchivedSnapshot,
  type ManifestLine,
  NO_LINE,
  type VersionTable,
} from './manifest-line.js';
import {
  openQuestionReader,
  overlaps,
  type PartRange,
  type PartTimes,
  readPart,
  readPartTimes,
  touches,
} from './part-reader.js';
import { deleteFiles } from './part-files.js';
import { type PartFile, partFiles } from './read-plan.js';
import type { ArchiveNote } from './retention.js';
import { PartWriter, type WrittenPart } from './part-writer.js';
import { VERSION_CHAIN_START } from './version-chain.js';

/** Lines that are taken in until the event loop goes round: a year has some 60,000. */
const LINES_A_ROUND = 512;
/** Without one of these an entry of the log may be gone. */
const LOG_TABLES = ['entries', 'reports', 'fixes'] as const;

export interface ArchiveFolderOptions {
  /** The archive of one district. */
  readonly folder: string;
  readonly district: string;
}

/** A district's archive on the disk: its manifest as last read, and the parts that this names. Several processes may have it open. */
export class ArchiveFolder {
  readonly folder: string;
  readonly district: string;
  #lines: readonly PublishedLine[] = [];
  #current: readonly CurrentLine[] = [];
  #reader: Promise<Duck> | null = null;
  /** Fixes that queries of this folder have read and may ask for again. */
  readonly blocks: FixBlocks;
  /** Where their trackers went. */
  readonly legs: FixLegs;

  private constructor(o: ArchiveFolderOptions) {
    this.folder = o.folder;
    this.district = o.district;
    this.blocks = new FixBlocks(o.folder);
    this.legs = new FixLegs(o.folder);
  }

  static async open(o: ArchiveFolderOptions): Promise<ArchiveFolder> {
    await mkdir(o.folder, { recursive: true, mode: 0o700 });
    const archive = new ArchiveFolder(o);
    await archive.refresh();
    return archive;
  }

  /** All lines, oldest first. */
  get lines(): readonly PublishedLine[] {
    return this.#lines;
  }

  /** The lines whose parts are read, as `currentLines` has them. */
  get current(): readonly CurrentLine[] {
    return this.#current;
  }

  /** The files of fixes that hold its rows now. */
  get fixParts(): readonly PartFile[] {
    return partFiles(this.#current.map(({ line }) => line));
  }

  /** The last entry that is archived; LOG_START of an empty archive. */
  get upTo(): LogId {
    const last = this.#lastFlush();
    return last === undefined ? LOG_START : parseLogId(last.log.upTo);
  }

  /** Log time of the last entries, ms; 0 of an empty archive. */
  get logTimeMs(): number {
    return this.#lastFlush()?.logTime.toMs ?? 0;
  }

  /** The entry chain after that entry. */
  get chain(): Uint8Array {
    const last = this.#lastFlush();
    return last === undefined ? CHAIN_START : Buffer.from(last.chain.to, 'hex');
  }

  /** The last version of a stream that is archived (0: none), and the version chain after it. */
  versionEnd(table: VersionTable): { readonly upTo: number; readonly chain: Uint8Array } {
    const span = this.#lines.findLast(({ line }) => line.kind === 'flush' && line.versions !== undefined);
    const last = span?.line.versions?.[table];
    return last === undefined
      ? { upTo: 0, chain: VERSION_CHAIN_START }
      : { upTo: last.upTo, chain: Buffer.from(last.chain.to, 'hex') };
  }

  /** Reads the lines that were published since. Throws as `readLines` does. */
  async refresh(): Promise<void> {
    const known = this.#lines.at(-1);
    // Lines are published in the order of their numbers.
    if (known !== undefined && !(await mayHaveLine(this.folder, known.line.line + 1))) return;
    const more = await readLines(this.folder, known ?? null);
    for (let i = 0; i < more.length; i += LINES_A_ROUND) {
      if (i > 0) await nextRound();
      // Somebody else may have asked meanwhile.
      const last = this.#lines.at(-1)?.line.line ?? 0;
      const news = more.slice(i, i + LINES_A_ROUND).filter(({ line }) => line.line > last);
      if (news.length > 0) this.#take(news);
    }
  }

  /** Goes on with lines that were published. Of files that none of them names any more, nothing stays in memory. */
  #take(news: readonly PublishedLine[]): void {
    this.#lines = [...this.#lines, ...news];
    this.#current = currentAfter(this.#current, news);
    const files = new Set(this.#current.flatMap(({ line }) => line.files.map(({ name }) => name)));
    this.blocks.keepOnly(files);
    this.legs.keepOnly(files);
  }

  /** Entries of a range in the order of the log, as far as the archive has them; a part at a time, in pieces. */
  async *read(range: PartRange): AsyncGenerator<readonly RawEntry[]> {
    const lines = this.#current.filter(({ line }) => touches(line, range));
    if (lines.length === 0) return;
    const duck = await this.reader();
    for (const { line } of lines) yield* readPart(duck, this.folder, line, range);
  }

  /** Entries whose log times lie in `[fromMs, toMs)`, in the order of the log, as far as the archive has them. */
  async *readTimes(times: PartTimes): AsyncGenerator<readonly RawEntry[]> {
    const lines = this.#current.filter(({ line }) => overlaps(line, times));
    if (lines.length === 0) return;
    const duck = await this.reader();
    for (const { line } of lines) yield* readPartTimes(duck, this.folder, line, times);
  }

  /** The DuckDB that all who read this folder share, each on a connection of its own; opened by the first, until `close`. */
  reader(): Promise<Duck> {
    this.#reader ??= openQuestionReader(this.folder).catch((error: unknown) => {
      this.#reader = null;
      throw error;
    });
    return this.#reader;
  }

  /** Ends what readings have opened, and keeps nothing more in memory; nobody reads any more. */
  async close(): Promise<void> {
    for (const kept of [this.blocks, this.legs]) kept.keepOnly(new Set());
    const reader = this.#reader;
    this.#reader = null;
    if (reader !== null) await (await reader).close();
  }

  /** The last entry that is archived; null of an empty archive. */
  async lastEntry(): Promise<RawEntry | null> {
    const { ms, seq } = this.upTo;
    const before = seq > 0 ? { ms, seq: seq - 1 } : { ms: ms - 1, seq: Number.MAX_SAFE_INTEGER };
    let last: RawEntry | null = null;
    for await (const entries of this.read({ after: before, upTo: this.upTo })) last = entries.at(-1) ?? last;
    return last;
  }

  /** The log time before which something of a stretch was deleted, as it need not be kept any more; null: nothing was. */
  goneBefore(times: { readonly fromMs: number; readonly toMs: number }): number | null {
    const lacking = this.#current.filter(
      ({ line: { gone, ...line } }) => LOG_TABLES.some((table) => gone.has(table)) && overlaps(line, times),
    );
    return lacking.length === 0 ? null : Math.max(...lacking.map(({ line }) => line.logTime.toMs)) + 1;
  }

  /** Snapshots of the engine in the archive, by their log ids. */
  get snapshots(): readonly ArchivedSnapshot[] {
    return this.#current.flatMap(({ line }) => line.snapshots ?? []);
  }

  /**
   * The last archived snapshot that a build of this fold can go on from, at or before a log id; null: there is none, and a replay begins
   * with the log. Throws `archive-part-unreadable` when its file is not what its line says.
   */
  async readSnapshot(o: { readonly upTo: LogId; readonly foldVersion: number }): Promise<SnapshotDump | null> {
    const fits = ({ logId, foldVersion }: ArchivedSnapshot): boolean =>
      foldVersion === o.foldVersion && compareLogIds(parseLogId(logId), o.upTo) <= 0;
    const found = this.snapshots.findLast(fits);
    return found === undefined ? null : await readArchivedSnapshot(this.folder, found, this.#lines);
  }

  /** A part that goes on where the archive ends. */
  newPart(duck: Duck): PartWriter {
    return new PartWriter({ duck, folder: this.folder, after: this.upTo, chain: this.chain });
  }

  /** Publishes the next line; false when another archiver published one first: then the part's files are nobody's, and it is begun again. */
  async publish(
    part: FinishedPart & Pick<ManifestLine, 'deletion' | 'hold' | 'release'>,
    o: Pick<ManifestLine, 'kind' | 'replaces' | 'foldVersion' | 'madeAtMs'>,
    signer: ArchiveSigner,
  ): Promise<boolean> {
    const last = this.#lines.at(-1);
    const line: ManifestLine = {
      format: ARCHIVE_FORMAT,
      line: (last?.line.line ?? 0) + 1,
      district: this.district,
      ...o,
      ...part,
      previous: last?.sha256 ?? NO_LINE,
    };
    // A line must not name what somebody took for unfinished and deleted.
    for (const { name } of part.files) await stat(join(this.folder, PARTS_FOLDER, name));
    const published = await publishLine(this.folder, signLine(line, signer));
    if (published === null) return false;
    this.#take([published]);
    return true;
  }

  /** Publishes a line that has no part; false when another line was published first: read it, and think again. */
  async note(
    note: ArchiveNote,
    o: Pick<ManifestLine, 'foldVersion' | 'madeAtMs'>,
    signer: ArchiveSigner,
  ): Promise<boolean> {
    const last = this.#lastFlush();
    if (last === undefined)
      throw new BeatwatchError('archive-empty', `${this.folder}: got no part of an archive, expected one`);
    const { upTo } = last.log;
    const { toMs } = last.logTime;
    const place = {
      log: { after: upTo, upTo, entries: 0 },
      logTime: { fromMs: toMs, toMs },
      eventTime: null,
      chain: { from: last.chain.to, to: last.chain.to },
      files: [],
    };
    return await this.publish({ ...place, ...note }, { ...o, kind: note.kind, replaces: [] }, signer);
  }

  /** Deletes the files of a part that was not published, but none that a line names: a snapshot may be in several. */
  async discard({ files }: Pick<WrittenPart, 'files'>): Promise<void> {
    const listed = new Set(this.#lines.flatMap(({ line }) => line.files.map(({ name }) => name)));
    await deleteFiles(
      this.folder,
      files.filter(({ name }) => !listed.has(name)),
    );
  }

  /** Deletes files that no current line names. */
  clean(o: { readonly graceMs: number; readonly nowMs: number }): Promise<readonly string[]> {
    return deleteUnlisted(this.folder, this.#lines, o);
  }

  #lastFlush(): ManifestLine | undefined {
    return this.#lines.findLast(({ line }) => line.kind === 'flush')?.line;
  }
}
