import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import type { LogId } from '../model/log-id.js';
import { compareLogIds } from '../model/log-id.js';

/** A row with its columns by number. */
export type Row = readonly DuckDBValue[];

/** Takes rows that are sorted by log id, which stands in their first two columns, from chunks, entry by entry. */
export class RowsInOrder {
  readonly #chunks: AsyncIterator<DuckDBDataChunk>;
  #rows: readonly Row[] = [];
  #next = 0;
  #isOver = false;

  constructor(chunks: AsyncIterable<DuckDBDataChunk>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The log id of the next entry, or null at the end. */
  async nextId(): Promise<LogId | null> {
    const row = await this.#peek();
    return row === null ? null : idOf(row);
  }

  /** All rows of an entry; what is before it is passed over. */
  async rowsOf(id: LogId): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (let row = await this.#peek(); row !== null; row = await this.#peek()) {
      const order = compareLogIds(idOf(row), id);
      if (order > 0) break;
      if (order === 0) rows.push(row);
      this.#next += 1;
    }
    return rows;
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #peek(): Promise<Row | null> {
    while (this.#next >= this.#rows.length && !this.#isOver) {
      const { value, done } = await this.#chunks.next();
      this.#isOver = done === true;
      this.#rows = done === true ? [] : (value as DuckDBDataChunk).getRows();
      this.#next = 0;
    }
    return this.#rows[this.#next] ?? null;
  }
}

function idOf(row: Row): LogId {
  return { ms: Number(row[0]), seq: Number(row[1]) };
}
