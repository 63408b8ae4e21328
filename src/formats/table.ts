/** How a column's cells are typed in formats that have types. */
export type CellType = 'text' | 'integer' | 'number' | 'boolean' | 'instant' | 'json';

/** `instant`: ms since 1970, UTC. `json`: any JSON value. `number` must be finite. Null: there is no value. */
export type Cell = string | number | boolean | object | null;

export interface Column {
  /** Its name in every format; camelCase, with the unit last. */
  readonly name: string;
  readonly type: CellType;
  /** What it says, for documents. */
  readonly is: string;
}

export type Rows<Row> = AsyncIterable<Row> | Iterable<Row>;

/** Rows of cells in the order of the columns. They are read once, and only as fast as the output is taken. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: Rows<readonly Cell[]>;
}

/** Bytes of a file, as UTF-8 text or as they are. Pulled: who does not take the next chunk holds up the rows. */
export type Chunks = AsyncGenerator<string | Uint8Array, void, undefined>;

/** Writers gather text into chunks of about so many characters. */
export const CHUNK_CHARS = 65_536;

/** An instant as text: ISO 8601, UTC, milliseconds. */
export function instantText(ms: number): string {
  return new Date(ms).toISOString();
}
