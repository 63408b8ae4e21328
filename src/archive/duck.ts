import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';

export interface DuckOptions {
  /** The only folder that it may read and write. */
  readonly folder: string;
  /** Bytes as DuckDB writes them, such as `256MB`; it spills into `spill` of the folder beyond that. */
  readonly memory: string;
  readonly threads: number;
}

export const SPILL_FOLDER = 'spill';

/** A DuckDB in memory that sees one folder and nothing else: no network, no extensions, no other files, settings locked. */
export class Duck {
  readonly #instance: DuckDBInstance;
  readonly connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.connection = connection;
  }

  static async open({ folder, memory, threads }: DuckOptions): Promise<Duck> {
    const spill = join(folder, SPILL_FOLDER);
    await mkdir(spill, { recursive: true, mode: 0o700 });
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(threads),
      memory_limit: memory,
      temp_directory: spill,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run(`SET allowed_directories=[${quote(`${folder}/`)}]`);
    await connection.run('SET enable_external_access=false');
    // A file that was changed is read again, not remembered.
    await connection.run('SET enable_external_file_cache=false');
    await connection.run('SET lock_configuration=true');
    return new Duck(instance, connection);
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  /** The rows of a query, a chunk of some thousand at a time, as columns; the event loop goes round between two chunks. */
  async *chunks(sql: string): AsyncGenerator<DuckDBDataChunk> {
    const result = await this.connection.stream(sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  /** All rows of a query with few. */
  async rows(sql: string): Promise<readonly (readonly DuckDBValue[])[]> {
    return (await this.connection.runAndReadAll(sql)).getRows();
  }

  /** Stops what runs on the connection. */
  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
    this.#instance.closeSync();
  }
}

/** A text as SQL writes it. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
