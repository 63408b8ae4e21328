import { type DuckDBAppender, DuckDBDataChunk, type DuckDBValue } from '@duckdb/node-api';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duck } from './duck.js';
import { PARTS_FOLDER } from './manifest.js';
import type { ArchiveFile, TimeSpan, VersionSpan, VersionTable } from './manifest-line.js';
import { type Packing, writePartFiles } from './part-files.js';
import { createStatement, storeList, TABLES } from './tables.js';
import { type RawVersion, versionChainAfter } from './version-chain.js';
import { CHUNK_ROWS } from './vectors.js';
import { type VersionRow, versionRow } from './version-rows.js';

/** A place's day is found in one row group. */
const PACKING: Packing = { rowGroupRows: () => 10_240, level: 9, columns: 'texts' };

/** What a part holds of one stream of versions. */
export interface WrittenVersions {
  readonly span: VersionSpan;
  /** None when there was no version. */
  readonly files: readonly ArchiveFile[];
}

/** Gathers versions of one stream in the order of their numbers, and writes them as one file. Memory: what DuckDB was given, and 2,048 rows. */
export class VersionWriter {
  readonly #duck: Duck;
  readonly #folder: string;
  readonly #table: VersionTable;
  readonly #after: number;
  readonly #chainFrom: Buffer;
  readonly #open = new Set<number>();
  #chain: Buffer;
  #upTo: number;
  #versions = 0;
  #times: TimeSpan | null = null;
  #rows: VersionRow[] = [];
  #appender: DuckDBAppender | null = null;

  constructor(o: {
    readonly duck: Duck;
    readonly folder: string;
    readonly table: VersionTable;
    /** The last version before those that are added. */
    readonly after: number;
    readonly chain: Uint8Array;
  }) {
    this.#duck = o.duck;
    this.#folder = o.folder;
    this.#table = o.table;
    this.#after = o.after;
    this.#upTo = o.after;
    this.#chainFrom = Buffer.from(o.chain);
    this.#chain = this.#chainFrom;
  }

  /** The last number that was added, or the one that it goes on from. */
  get upTo(): number {
    return this.#upTo;
  }

  async add(version: RawVersion, row: VersionRow = versionRow(this.#table, version)): Promise<void> {
    this.#appender ??= await this.#begin();
    this.#chain = versionChainAfter(this.#chain, version);
    this.#upTo = version.transition;
    this.#versions += 1;
    this.#note(version.transition, row);
    this.#rows.push(row);
    if (this.#rows.length === CHUNK_ROWS) this.#append(this.#appender);
  }

  /** Writes the file, durable when it answers; its name is free until a line names it. */
  async finish(prefix: string): Promise<WrittenVersions> {
    const files = this.#appender === null ? [] : await this.#write(this.#appender, prefix);
    const chain = { from: this.#chainFrom.toString('hex'), to: this.#chain.toString('hex') };
    const span = {
      after: this.#after,
      upTo: this.#upTo,
      versions: this.#versions,
      chain,
      times: this.#times,
      open: this.#open.size,
    };
    return { span, files };
  }

  async #begin(): Promise<DuckDBAppender> {
    await mkdir(join(this.#folder, PARTS_FOLDER), { recursive: true, mode: 0o700 });
    await this.#duck.run(createStatement(this.#table));
    return await this.#duck.connection.createAppender(this.#table);
  }

  #note(transition: number, { span, previous }: VersionRow): void {
    if (previous !== null) this.#open.delete(previous);
    if (span === null) return;
    const { fromMs, toMs, atMs } = span;
    if (toMs === null) this.#open.add(transition);
    const { fromMs: first, toMs: last } = this.#times ?? { fromMs, toMs: fromMs };
    this.#times = { fromMs: Math.min(first, fromMs), toMs: Math.max(last, toMs ?? atMs) };
  }

  #append(appender: DuckDBAppender): void {
    if (this.#rows.length === 0) return;
    const types = TABLES[this.#table].columns.map(({ type }) => type);
    const chunk = DuckDBDataChunk.create(types, this.#rows.length);
    chunk.setColumns(types.map((_, i) => this.#rows.map(({ values }): DuckDBValue => values[i] ?? null)));
    appender.appendDataChunk(chunk);
    this.#rows = [];
  }

  async #write(appender: DuckDBAppender, prefix: string): Promise<readonly ArchiveFile[]> {
    const table = this.#table;
    this.#append(appender);
    appender.closeSync();
    this.#appender = null;
    const sql = `SELECT ${storeList(table)} FROM ${table} ORDER BY ${TABLES[table].orderBy}`;
    const query = { table, sql, rows: this.#versions };
    const files = await writePartFiles(this.#duck, this.#folder, prefix, [query], PACKING);
    await this.#duck.run(`DROP TABLE ${table}`);
    return files;
  }
}
