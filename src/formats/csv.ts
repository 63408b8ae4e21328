import { type Cell, type CellType, type Chunks, CHUNK_CHARS, type Column, instantText, type Table } from './table.js';

export interface CsvOptions {
  /** Begin with a byte-order mark: some spreadsheets take UTF-8 for something else without it. */
  readonly bom?: boolean;
}

/** A text that a spreadsheet would take for a formula, with the apostrophes that a text before it may have. */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;
const NEGATIVE_NUMBER = /^-\d+(\.\d+)?$/;
const NEEDS_QUOTES = /[",\r\n]|^$|^\s|\s$/;

/**
 * CSV as RFC 4180 has it: a header, lines that end with CR LF, UTF-8. No value is an empty cell, an empty text is `""`; instants are
 * ISO 8601 in UTC, JSON is its text. A text that a spreadsheet would take for a formula gets an apostrophe before it (`defuse`).
 */
export async function* writeCsv({ columns, rows }: Table, { bom = false }: CsvOptions = {}): Chunks {
  let text = `${bom ? '\uFEFF' : ''}${columns.map(({ name }) => textCell(name)).join(',')}\r\n`;
  for await (const row of rows) {
    text += csvLine(columns, row);
    if (text.length < CHUNK_CHARS) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

function csvLine(columns: readonly Column[], row: readonly Cell[]): string {
  let line = '';
  for (const [i, { type }] of columns.entries()) line += `${i === 0 ? '' : ','}${csvCell(type, row[i] ?? null)}`;
  return `${line}\r\n`;
}

function csvCell(type: CellType, cell: Cell): string {
  if (cell === null) return '';
  if (type === 'text') return textCell(String(cell));
  if (type === 'instant') return instantText(Number(cell));
  return type === 'json' ? quoted(JSON.stringify(cell)) : String(cell);
}

function textCell(text: string): string {
  return quoted(defuse(text));
}

function quoted(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A text as spreadsheets take it for a text: an apostrophe stands before one that begins with = + - @, a tab, a carriage return or a
 * full-width form of these. A negative number stays as it is. A reader that takes one apostrophe away from before these has the text again.
 */
export function defuse(text: string): string {
  return FORMULA.test(text) && !NEGATIVE_NUMBER.test(text) ? `'${text}` : text;
}
