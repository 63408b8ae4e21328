import { type Cell, type CellType, type Chunks, CHUNK_CHARS, instantText, type Rows, type Table } from './table.js';

/** NDJSON: one JSON object a row, with a member a column; null: there is no value. Instants are ISO 8601 in UTC. */
export async function* writeNdjson({ columns, rows }: Table): Chunks {
  const heads = columns.map(({ name }, i) => `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`);
  let text = '';
  for await (const row of rows) {
    for (const [i, { type }] of columns.entries()) text += `${heads[i] ?? ''}${jsonCell(type, row[i] ?? null)}`;
    text += '}\n';
    if (text.length < CHUNK_CHARS) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

function jsonCell(type: CellType, cell: Cell): string {
  return JSON.stringify(type === 'instant' && cell !== null ? instantText(Number(cell)) : cell);
}

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
