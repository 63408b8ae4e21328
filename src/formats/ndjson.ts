import { type Chunks, CHUNK_CHARS, type Rows } from './table.js';

/** NDJSON: each row whole, one JSON object a line. */
export async function* writeJsonRows(rows: Rows<object>): Chunks {
  let text = '';
  for await (const row of rows) {
    text += `${JSON.stringify(row)}\n`;
    if (text.length < CHUNK_CHARS) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
