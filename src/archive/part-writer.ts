import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RawEntry } from '../log/raw-entry.js';
import { assert } from '../model/errors.js';
import { formatLogId, type LogId } from '../model/log-id.js';
import { type Duck, quote } from './duck.js';
import { chainAfter } from './entry-chain.js';
import { PARTS_FOLDER, syncFolder } from './manifest.js';
import { ARCHIVE_TABLES, type ArchiveFile, type ArchiveTable, type ManifestLine } from './manifest-line.js';
import { type Appenders, StagedRows } from './staged-rows.js';
import { createStatement, storeList, TABLES } from './tables.js';

/** Rows that a reader must read at least: smaller makes a unit's day cheaper to find, larger compresses better. */
const ROW_GROUP_ROWS = 20_480;

/** What a manifest line says of a part, as far as the part knows it. */
export type WrittenPart = Pick<ManifestLine, 'log' | 'logTime' | 'eventTime' | 'chain' | 'files'>;

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

  /** Log time from the first entry to the last, ms. */
  get spanMs(): number {
    const logTime = this.#rows.logTime;
    return logTime === null ? 0 : logTime.toMs - logTime.fromMs;
  }

  async add(entries: readonly RawEntry[]): Promise<void> {
    this.#appenders ??= await this.#begin();
    for (const entry of entries) {
      this.#chain = chainAfter(this.#chain, entry);
      this.#rows.add(entry);
      this.#upTo = entry.id;
      this.#entries += 1;
    }
    this.#rows.appendTo(this.#appenders, false);
  }

  /** Writes the files, durable when it answers; their names are free until a line names them. At least one entry was added. */
  async finish(prefix: string): Promise<WrittenPart> {
    const logTime = this.#rows.logTime;
    assert(this.#appenders !== null && logTime !== null, 'a part has an entry');
    this.#rows.appendTo(this.#appenders, true);
    for (const table of ARCHIVE_TABLES) this.#appenders[table].closeSync();
    this.#appenders = null;
    const files = await this.#writeAll(prefix);
    return {
      log: { after: formatLogId(this.#after), upTo: formatLogId(this.#upTo), entries: this.#entries },
      logTime,
      eventTime: this.#rows.eventTime,
      chain: { from: this.#chainFrom.toString('hex'), to: this.#chain.toString('hex') },
      files,
    };
  }

  /** All or none: half of a part on a full disk would be in the way of everything else. */
  async #writeAll(prefix: string): Promise<readonly ArchiveFile[]> {
    const tables = ARCHIVE_TABLES.filter((table) => this.#rows.rowsOf(table) > 0);
    try {
      const files: ArchiveFile[] = [];
      for (const table of tables) files.push(await this.#write(table, prefix));
      await syncFolder(join(this.#folder, PARTS_FOLDER));
      return files;
    } catch (error) {
      for (const table of tables) await rm(this.#pathOf(table, prefix), { force: true });
      throw error;
    }
  }

  #pathOf(table: ArchiveTable, prefix: string): string {
    return join(this.#folder, PARTS_FOLDER, nameOf(table, prefix));
  }

  async #begin(): Promise<Appenders> {
    await mkdir(join(this.#folder, PARTS_FOLDER), { recursive: true, mode: 0o700 });
    for (const table of ARCHIVE_TABLES) await this.#duck.run(createStatement(table));
    const [entries, reports, fixes] = await Promise.all(
      ARCHIVE_TABLES.map((table) => this.#duck.connection.createAppender(table)),
    );
    assert(entries !== undefined && reports !== undefined && fixes !== undefined, 'an appender a table');
    return { entries, reports, fixes };
  }

  async #write(table: ArchiveTable, prefix: string): Promise<ArchiveFile> {
    const path = this.#pathOf(table, prefix);
    await this.#duck.run(
      `COPY (SELECT ${storeList(table)} FROM ${table} ORDER BY ${TABLES[table].orderBy}) TO ${quote(path)} ` +
        `(FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 9, ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    );
    await this.#duck.run(`DROP TABLE ${table}`);
    await syncFile(path);
    return {
      table,
      name: nameOf(table, prefix),
      bytes: (await stat(path)).size,
      rows: this.#rows.rowsOf(table),
      sha256: await sha256OfFile(path),
    };
  }
}

function nameOf(table: ArchiveTable, prefix: string): string {
  return `${prefix}.${table}.parquet`;
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Hexadecimal; read in pieces. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
