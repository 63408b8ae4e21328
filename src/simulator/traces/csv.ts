import { parse } from 'csv-parse/sync';
import { BeatwatchError, messageOf } from '../../model/errors.js';
import { delimiterOf } from './delimiter.js';
import { linesOf, MAX_LINE_BYTES } from './lines.js';
import { type ColumnMapping, parseRow, type TraceItem } from './trace-row.js';
import type { VehicleNames } from './vehicle-names.js';

/** Lines that are parsed together: one call of the parser costs as much as a dozen lines. */
const BATCH_LINES = 250;
const RECORD_OPTIONS = { relax_quotes: true, relax_column_count: true } as const;
type Delimiter = ReturnType<typeof delimiterOf>;

type Line = { readonly row: number; readonly text: string };
type Parsed = { readonly row: number; readonly cells: readonly string[] } | TraceItem;

/**
 * Reads CSV with a header line, quotes allowed, columns separated by commas, semicolons, tabs or bars, one record a line: a quoted cell does not go on in the
 * next line, for after a stray quote that would swallow every record to the end. Throws `trace-columns`.
 */
export async function* readCsv(
  bytes: AsyncIterable<Uint8Array>,
  mapping: ColumnMapping,
  vehicles: VehicleNames,
): AsyncGenerator<TraceItem> {
  let header: readonly string[] | null = null;
  for await (const item of cellsOf(bytes, columnsOf(mapping))) {
    if (!('cells' in item)) yield item;
    else if (header === null) header = checkHeader(item.cells, mapping);
    else if (item.cells.slice(header.length).some((cell) => cell.trim() !== '')) yield tooManyCells(item, header);
    else yield parseRow(item.row, recordOf(header, item.cells), mapping, vehicles);
  }
  if (header === null) checkHeader([], mapping);
}

/** The cells of every line, or what is wrong with it, in order. */
async function* cellsOf(bytes: AsyncIterable<Uint8Array>, columns: readonly string[]): AsyncGenerator<Parsed> {
  let row = 0;
  let delimiter: Delimiter | null = null;
  let batch: Line[] = [];
  for await (const line of linesOf(bytes)) {
    row += 1;
    const text = row === 1 ? (line?.replace(/^\uFEFF/, '') ?? null) : line;
    if (text === null) {
      yield* parseBatch(batch, delimiter ?? ',');
      batch = [];
      yield { kind: 'fault', row, code: 'row-too-long', message: `got a line of more than ${MAX_LINE_BYTES} bytes` };
      continue;
    }
    if (text.trim() === '') continue;
    batch.push({ row, text });
    // The header stands alone, so that a fault in it is told before anything is read.
    if (delimiter !== null && batch.length < BATCH_LINES) continue;
    delimiter ??= delimiterOf(text, columns);
    yield* parseBatch(batch, delimiter);
    batch = [];
  }
  yield* parseBatch(batch, delimiter ?? ',');
}

function parseBatch(lines: readonly Line[], delimiter: Delimiter): Parsed[] {
  const balanced = lines.every(({ text }) => text.split('"').length % 2 === 1);
  if (balanced) {
    const records = parseText(lines.map(({ text }) => text).join('\n'), delimiter);
    if (typeof records !== 'string' && records.length === lines.length) {
      return lines.map(({ row }, index) => ({ row, cells: records[index] as readonly string[] }));
    }
  }
  return lines.map((line) => parseLine(line, delimiter));
}

function parseLine({ row, text }: Line, delimiter: Delimiter): Parsed {
  const records = parseText(text, delimiter);
  if (typeof records === 'string') return { kind: 'fault', row, code: 'row-malformed', message: records };
  const [cells] = records;
  if (records.length === 1 && cells !== undefined) return { row, cells };
  const message = `got ${JSON.stringify(text.slice(0, 60))}, expected one record`;
  return { kind: 'fault', row, code: 'row-malformed', message };
}

/** Records, or why there are none. */
function parseText(text: string, delimiter: Delimiter): readonly (readonly string[])[] | string {
  try {
    return parse(text, { ...RECORD_OPTIONS, delimiter });
  } catch (error) {
    return messageOf(error);
  }
}

function recordOf(header: readonly string[], cells: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(header.map((name, index) => [name, cells[index]]));
}

function tooManyCells({ row, cells }: { row: number; cells: readonly string[] }, header: readonly string[]): TraceItem {
  const message = `got ${cells.length} cells, expected at most the ${header.length} of the header (a decimal comma needs quotes, or another separator)`;
  return { kind: 'fault', row, code: 'row-malformed', message };
}

function columnsOf(mapping: ColumnMapping): string[] {
  const { timeFormat: _format, speedUnit: _unit, zone: _zone, ...columns } = mapping;
  return Object.values(columns);
}

function checkHeader(cells: readonly string[], mapping: ColumnMapping): string[] {
  const names = cells.map((name) => name.trim());
  const missing = columnsOf(mapping).filter((column) => !names.includes(column));
  if (missing.length > 0) {
    const got = names.slice(0, 40).join(', ').slice(0, 400);
    throw new BeatwatchError('trace-columns', `columns: got ${got}, expected also ${missing.join(', ')}`, { missing });
  }
  const twice = columnsOf(mapping).find((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (twice === undefined) return names;
  throw new BeatwatchError('trace-columns', `columns: got ${twice} twice in the header, expected it once`, { twice });
}
