import type { DuckDBDataChunk } from '@duckdb/node-api';
import bindings from '@duckdb/node-bindings';

/** Rows that DuckDB takes and gives at once, at most. */
export const CHUNK_ROWS = 2_048;

/**
 * Columns of chunks as typed arrays. The bindings copy memory as it is, so an array must have the type of its column: `Int32Array` an
 * INTEGER, `Int16Array` a SMALLINT, `Uint8Array` a BOOLEAN, `BigInt64Array` a BIGINT or a timestamp.
 */
export type ColumnArray = Int32Array | Int16Array | Uint8Array | BigInt64Array;

/** One bit a row, from the lowest of the first byte: it has a value. */
export type Validity = Uint8Array;

/** Puts values into a column of a chunk, one for each of its rows; `validity` null: none is NULL. */
export function writeColumn(
  chunk: DuckDBDataChunk,
  column: number,
  values: ColumnArray,
  validity: Validity | null,
): void {
  const vector = bindings.data_chunk_get_vector(chunk.chunk, column);
  bindings.copy_data_to_vector(vector, 0, values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  if (validity !== null) writeValidity(chunk, column, validity);
}

/** Says which rows of a column have a value. */
export function writeValidity(chunk: DuckDBDataChunk, column: number, validity: Validity): void {
  const vector = bindings.data_chunk_get_vector(chunk.chunk, column);
  bindings.vector_ensure_validity_writable(vector);
  const { buffer, byteOffset, byteLength } = validity;
  bindings.copy_data_to_vector_validity(vector, 0, buffer as ArrayBuffer, byteOffset, byteLength);
}

/** Puts bytes into one row of a BLOB column. */
export function writeBytes(chunk: DuckDBDataChunk, column: number, row: number, bytes: Uint8Array): void {
  bindings.vector_assign_string_element_len(bindings.data_chunk_get_vector(chunk.chunk, column), row, bytes);
}

/** The memory of a column of a chunk, good as long as the chunk: `width` bytes a row, in the machine's order. */
export function readColumn(chunk: DuckDBDataChunk, column: number, width: number): Uint8Array {
  return bindings.vector_get_data(bindings.data_chunk_get_vector(chunk.chunk, column), width * chunk.rowCount);
}

/** An INTEGER column; rows without a value have any number. */
export function readInt32(chunk: DuckDBDataChunk, column: number): Int32Array {
  const { buffer, byteOffset } = readColumn(chunk, column, Int32Array.BYTES_PER_ELEMENT);
  return new Int32Array(buffer, byteOffset, chunk.rowCount);
}

/** A DOUBLE column; rows without a value have any number. */
export function readFloat64(chunk: DuckDBDataChunk, column: number): Float64Array {
  const { buffer, byteOffset } = readColumn(chunk, column, Float64Array.BYTES_PER_ELEMENT);
  return new Float64Array(buffer, byteOffset, chunk.rowCount);
}

/** Which rows of a column have a value; null: all. */
export function readValidity(chunk: DuckDBDataChunk, column: number): Validity | null {
  const bytes = 8 * Math.ceil(chunk.rowCount / 64);
  return bindings.vector_get_validity(bindings.data_chunk_get_vector(chunk.chunk, column), bytes);
}

export function isValid(validity: Validity | null, row: number): boolean {
  return validity === null || ((validity[row >>> 3] as number) & (1 << (row & 7))) !== 0;
}

/** A validity of `CHUNK_ROWS` rows that have no value. */
export function noneValid(): Validity {
  return new Uint8Array(CHUNK_ROWS / 8);
}

export function setValid(validity: Validity, row: number): void {
  validity[row >>> 3] = (validity[row >>> 3] as number) | (1 << (row & 7));
}
