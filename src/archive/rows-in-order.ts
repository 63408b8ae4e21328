import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import type { LogId } from '../model/log-id.js';
import { compareLogIds } from '../model/log-id.js';

/** A row with its columns by number. */
export type Row = readonly DuckDBValue[];

/** Takes rows that are sorted by log id from chunks, entry by entry. */
export class RowsInOrder {
  readonly #chunks: AsyncIterator<DuckDBDataChunk>;
  readonly #msColumn: number;
  #rows: readonly Row[] = [];
  #next = 0;
  #isOver = false;

  /** The log id stands in `msColumn` and the column after it. */
  constructor(chunks: AsyncIterable<DuckDBDataChunk>, msColumn: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#msColumn = msColumn;
  }

  /** The next row, or null at the end. */
  async take(): Promise<Row | null> {
    const row = await this.#peek();
    this.#next += 1;
    return row;
  }

  /** All rows of an entry; what is before it is passed over. */
  async rowsOf(id: LogId): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (let row = await this.#peek(); row !== null; row = await this.#peek()) {
      const order = compareLogIds(this.idOf(row), id);
      if (order > 0) break;
      if (order === 0) rows.push(row);
      this.#next += 1;
    }
    return rows;
  }

  idOf(row: Row): LogId {
    return { ms: Number(row[this.#msColumn]), seq: Number(row[this.#msColumn + 1]) };
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
