import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { RawEntry } from '../log/raw-entry.js';
import { assert } from '../model/errors.js';
import { formatLogId, type LogId } from '../model/log-id.js';
import type { Duck } from './duck.js';
import { chainAfter } from './entry-chain.js';
import { PARTS_FOLDER } from './manifest.js';
import { ARCHIVE_TABLES, type ArchiveTable, type ManifestLine } from './manifest-line.js';
import { QUICK, type TableQuery, writePartFiles } from './part-files.js';
import { type Appenders, StagedRows } from './staged-rows.js';
import { type Column, columnList, stagedColumns, TABLES, TRACKERS } from './tables.js';

/** What a manifest line says of a part, as far as the part knows it. */
export type WrittenPart = Pick<ManifestLine, 'log' | 'logTime' | 'eventTime' | 'chain' | 'files'>;

/** The event loop goes round after so many bytes of payload, or so many entries. */
const TURN_BYTES = 65_536;
const TURN_ENTRIES = 128;

/**
 * Gathers entries in the order of the log and writes them as the files of one part. Memory: what DuckDB was given, and 2,048 rows a
 * table.
 */
export class PartWriter {
  readonly #duck: Duck;
  readonly #folder: string;
  readonly #after: LogId;
  readonly #chainFrom: Buffer;
  #chain: Buffer;
  #upTo: LogId;
  #entries = 0;
  #rows = new StagedRows();
  #appenders: Appenders | null = null;

  constructor(o: { readonly duck: Duck; readonly folder: string; readonly after: LogId; readonly chain: Uint8Array }) {
    this.#duck = o.duck;
    this.#folder = o.folder;
    this.#after = o.after;
    this.#upTo = o.after;
    this.#chainFrom = Buffer.from(o.chain);
    this.#chain = this.#chainFrom;
  }

  get entries(): number {
    return this.#entries;
  }

  get fixes(): number {
    return this.#rows.rowsOf('fixes');
  }

  /** Log time of the first entry, ms; null: there is none yet. */
  get fromMs(): number | null {
    return this.#rows.logTime?.fromMs ?? null;
  }

  /** Log time from the first entry to the last, ms. */
  get spanMs(): number {
    const logTime = this.#rows.logTime;
    return logTime === null ? 0 : logTime.toMs - logTime.fromMs;
  }

  /** Never blocks the event loop for longer than some entries take. */
  async add(entries: readonly RawEntry[]): Promise<void> {
    this.#appenders ??= await this.#begin();
    let [turnBytes, turnEntries] = [0, 0];
    for (const entry of entries) {
      this.#chain = chainAfter(this.#chain, entry);
      this.#rows.add(entry);
      this.#upTo = entry.id;
      this.#entries += 1;
      turnBytes += entry.payload.length;
      turnEntries += 1;
      if (turnBytes < TURN_BYTES && turnEntries < TURN_ENTRIES) continue;
      this.#rows.appendTo(this.#appenders, false);
      [turnBytes, turnEntries] = [0, 0];
      await setImmediate();
    }
    // A log that is read as it grows comes in pieces that are shorter than a turn.
    this.#rows.appendTo(this.#appenders, false);
  }

  /** Writes the files, durable when it answers; their names are free until a line names them. At least one entry was added. */
  async finish(prefix: string): Promise<WrittenPart> {
    const logTime = this.#rows.logTime;
    assert(this.#appenders !== null && logTime !== null, 'a part has an entry');
    await this.#close(this.#appenders);
    this.#appenders = null;
    const queries = ARCHIVE_TABLES.map((table) => this.#queryOf(table));
    const files = await writePartFiles(this.#duck, this.#folder, prefix, queries, QUICK);
    for (const table of ARCHIVE_TABLES) await this.#duck.run(`DROP TABLE ${table}`);
    return {
      log: { after: formatLogId(this.#after), upTo: formatLogId(this.#upTo), entries: this.#entries },
      logTime,
      eventTime: this.#rows.eventTime,
      chain: { from: this.#chainFrom.toString('hex'), to: this.#chain.toString('hex') },
      files,
    };
  }

  /** Gives up what was gathered: another part holds these entries. */
  abandon(): void {
    if (this.#appenders !== null) for (const table of ARCHIVE_TABLES) this.#appenders[table].closeSync();
    this.#appenders = null;
  }

  async #begin(): Promise<Appenders> {
    await mkdir(join(this.#folder, PARTS_FOLDER), { recursive: true, mode: 0o700 });
    for (const table of ARCHIVE_TABLES) await this.#create(table, stagedColumns(table));
    const [entries, reports, fixes] = await Promise.all(
      ARCHIVE_TABLES.map((table) => this.#duck.connection.createAppender(table)),
    );
    assert(entries !== undefined && reports !== undefined && fixes !== undefined, 'an appender a table');
    return { entries, reports, fixes };
  }

  async #close(appenders: Appenders): Promise<void> {
    this.#rows.appendTo(appenders, true);
    for (const table of ARCHIVE_TABLES) appenders[table].closeSync();
    await this.#create('trackers', TRACKERS);
    const trackers = await this.#duck.connection.createAppender('trackers');
    this.#rows.appendTrackers(trackers);
    trackers.closeSync();
  }

  /** A temporary table takes small portions much faster than another one. */
  async #create(table: string, columns: readonly Column[]): Promise<void> {
    const list = columns.map(({ name, sqlType }) => `${name} ${sqlType}`);
    await this.#duck.run(`CREATE OR REPLACE TEMP TABLE ${table} (${list.join(', ')})`);
  }

  #queryOf(table: ArchiveTable): TableQuery {
    const from =
      table === 'fixes'
        ? '(SELECT name AS tracker, fixes.* EXCLUDE tracker FROM fixes JOIN trackers ON fixes.tracker = number)'
        : table;
    const sql = `SELECT ${columnList(table)} FROM ${from} ORDER BY ${TABLES[table].orderBy}`;
    return { table, sql, rows: this.#rows.rowsOf(table) };
  }
}
