import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, type DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';

export interface DuckOptions {
  /** The only folder that it may read and write. */
  readonly folder: string;
  /** Bytes as DuckDB writes them, such as `256MB`; beyond that it spills into a folder of temporary files. */
  readonly memory: string;
  readonly threads: number;
  /** Keeps what the ends of files say of their rows while they are as they were: for many queries over files that are never changed. */
  readonly keepsFooters?: boolean;
}

/**
 * A DuckDB in memory that sees one folder and nothing else: no network, no extensions, no other files, settings locked. Close it when all
 * that it reads has been read.
 */
export class Duck {
  readonly #instance: DuckDBInstance;
  readonly #spill: string;
  readonly connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, spill: string) {
    this.#instance = instance;
    this.#spill = spill;
    this.connection = connection;
  }

  static async open({ folder, memory, threads, keepsFooters = false }: DuckOptions): Promise<Duck> {
    const spill = await mkdtemp(join(tmpdir(), 'beatwatch-spill-'));
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
    // For all connections, as each reading has one of its own.
    if (keepsFooters) await connection.run('SET GLOBAL parquet_metadata_cache=true');
    await connection.run('SET lock_configuration=true');
    return new Duck(instance, connection, spill);
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  /**
   * The rows of a query, a chunk of some thousand at a time, on a connection of its own; the event loop goes round between two chunks.
   * When `signal` aborts, the statement is interrupted and the reading rejects with the signal's reason.
   */
  async *chunks(sql: string, signal?: AbortSignal): AsyncGenerator<DuckDBDataChunk> {
    signal?.throwIfAborted();
    const connection = await this.#instance.connect();
    const interrupt = (): void => connection.interrupt();
    signal?.addEventListener('abort', interrupt);
    try {
      const result = await connection.stream(sql);
      for (;;) {
        const chunk = await result.fetchChunk();
        if (chunk === null || chunk.rowCount === 0) return;
        yield chunk;
      }
    } catch (error) {
      // DuckDB only says that it was interrupted.
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
    }
  }

  async close(): Promise<void> {
    this.connection.closeSync();
    this.#instance.closeSync();
    await rm(this.#spill, { recursive: true, force: true });
  }
}

/** A text as SQL writes it. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
