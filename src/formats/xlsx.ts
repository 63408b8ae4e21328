import { Zip, ZipDeflate } from 'fflate';
import { BeatwatchError } from '../model/errors.js';
import { type Cell, type Chunks, CHUNK_CHARS, type Column, type Table } from './table.js';
import { xmlText } from './xml-text.js';
import { SHEET_HEAD, sheetPath, STYLE, workbookParts } from './xlsx-parts.js';
import { NO_TIME } from './zip.js';
import { sheetDate, zoneOffset } from './zone-offset.js';

export interface Sheet {
  /** At most 31 characters, none of `[]:*?/\`; different for each sheet. */
  readonly name: string;
  readonly table: Table;
}

export interface XlsxOptions {
  /** IANA name of the zone whose clocks the cells show; the header of each column of instants names it. */
  readonly timeZone: string;
}

/** Rows of a sheet, with its header, as spreadsheets take them. */
export const MAX_SHEET_ROWS = 1_048_576;
/** Characters of a cell, as spreadsheets take them; a longer text ends with `CUT`. */
export const MAX_CELL_CHARS = 32_767;
const CUT = ' … (cut)';
/** Bytes of a sheet's XML: the container has 32 bits for it. */
const MAX_SHEET_BYTES = 0xffff_ffff;
const WIDTHS = { text: 24, integer: 12, number: 14, boolean: 9, instant: 25, json: 40 } as const;

/**
 * An Excel workbook (ECMA-376). Numbers are numbers, instants are dates on the clocks of `timeZone`, texts are texts even where they
 * look like formulas, JSON is its text. Equal rows give equal bytes. Throws `xlsx-too-large` for more rows or bytes than a sheet can have.
 */
export async function* writeXlsx(sheets: readonly Sheet[], { timeZone }: XlsxOptions): Chunks {
  const ready: Uint8Array[] = [];
  const zip = new Zip((error, bytes) => {
    if (error) throw error;
    ready.push(bytes);
  });
  const open = (path: string): ZipDeflate => {
    const file = new ZipDeflate(path);
    file.mtime = NO_TIME;
    zip.add(file);
    return file;
  };
  for (const [path, text] of workbookParts(sheets.map(({ name }) => name))) open(path).push(Buffer.from(text), true);
  for (const [i, sheet] of sheets.entries()) {
    const file = open(sheetPath(i + 1));
    let bytes = 0;
    for await (const text of sheetTexts(sheet, timeZone)) {
      const part = Buffer.from(text);
      bytes += part.length;
      if (bytes > MAX_SHEET_BYTES) throw tooLarge(sheet, `${bytes} bytes`, `at most ${MAX_SHEET_BYTES}`);
      file.push(part);
      yield* ready.splice(0);
    }
    file.push(new Uint8Array(0), true);
  }
  zip.end();
  yield* ready.splice(0);
}

async function* sheetTexts(sheet: Sheet, timeZone: string): AsyncGenerator<string> {
  const { columns, rows } = sheet.table;
  const offsetAt = zoneOffset(timeZone);
  const references = columns.map((_, i) => columnLetters(i));
  let text = `${SHEET_HEAD}${widths(columns)}<sheetData>${headerRow(columns, references, timeZone)}`;
  let row = 1;
  for await (const cells of rows) {
    row += 1;
    if (row > MAX_SHEET_ROWS) throw tooLarge(sheet, `row ${row}`, `at most ${MAX_SHEET_ROWS} with the header`);
    text += `<row r="${row}">`;
    for (const [i, column] of columns.entries())
      text += cellXml(`${references[i] ?? ''}${row}`, column, cells[i] ?? null, offsetAt);
    text += '</row>';
    if (text.length < CHUNK_CHARS) continue;
    yield text;
    text = '';
  }
  yield `${text}</sheetData></worksheet>`;
}

function tooLarge({ name }: Sheet, got: string, expected: string): BeatwatchError {
  return new BeatwatchError(
    'xlsx-too-large',
    `sheet ${JSON.stringify(name)}: got ${got}, expected ${expected}; ask for less time, or for CSV or Parquet`,
  );
}

function widths(columns: readonly Column[]): string {
  if (columns.length === 0) return '';
  const one = ({ name, type }: Column, i: number): string =>
    `<col min="${i + 1}" max="${i + 1}" width="${Math.max(WIDTHS[type], name.length + 2)}" customWidth="1"/>`;
  return `<cols>${columns.map(one).join('')}</cols>`;
}

function headerRow(columns: readonly Column[], references: readonly string[], timeZone: string): string {
  const one = ({ name, type }: Column, i: number): string =>
    textXml(`${references[i] ?? ''}1`, type === 'instant' ? `${name} (${timeZone})` : name, STYLE.header);
  return `<row r="1">${columns.map(one).join('')}</row>`;
}

function cellXml(reference: string, { type }: Column, cell: Cell, offsetAt: (atMs: number) => number): string {
  if (cell === null) return '';
  if (type === 'text') return textXml(reference, String(cell), styleOf(String(cell)));
  if (type === 'json') return textXml(reference, JSON.stringify(cell), STYLE.plain);
  if (type === 'boolean') return `<c r="${reference}" t="b"><v>${cell === true ? 1 : 0}</v></c>`;
  const value = Number(cell);
  if (type !== 'instant') return `<c r="${reference}"><v>${value}</v></c>`;
  return `<c r="${reference}" s="${STYLE.instant}"><v>${sheetDate(value, offsetAt(value))}</v></c>`;
}

function styleOf(text: string): number {
  return /^[=+\-@]/.test(text) ? STYLE.formulaLike : STYLE.plain;
}

function textXml(reference: string, text: string, style: number): string {
  const whole = text.length <= MAX_CELL_CHARS ? text : `${text.slice(0, MAX_CELL_CHARS - CUT.length)}${CUT}`;
  // What looks like an escape of the format is one, unless its underscore is escaped.
  const safe = xmlText(whole).replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
  return `<c r="${reference}"${style === 0 ? '' : ` s="${style}"`} t="inlineStr"><is><t xml:space="preserve">${safe}</t></is></c>`;
}

/** A, B, … Z, AA, AB, … */
function columnLetters(index: number): string {
  const first = index >= 26 ? columnLetters(Math.floor(index / 26) - 1) : '';
  return `${first}${String.fromCharCode(65 + (index % 26))}`;
}
