import { linesOf, MAX_LINE_BYTES } from './lines.js';
import { type ColumnMapping, parseRow, type TraceItem } from './trace-row.js';
import type { VehicleNames } from './vehicle-names.js';

/**
 * Reads newline-delimited JSON, one object a line; empty lines count and say nothing. A JSON array with an object a line is read
 * as well: its brackets, and commas after objects, say nothing. Holds one line at most.
 */
export async function* readNdjson(
  bytes: AsyncIterable<Uint8Array>,
  mapping: ColumnMapping,
  vehicles: VehicleNames,
): AsyncGenerator<TraceItem> {
  let row = 0;
  for await (const line of linesOf(bytes)) {
    row += 1;
    if (line === null) {
      yield { kind: 'fault', row, code: 'row-too-long', message: `got a line of more than ${MAX_LINE_BYTES} bytes` };
      continue;
    }
    if (line.trim() === '') continue;
    const records = recordsOf(row === 1 ? line.replace(/^\uFEFF/, '') : line);
    if (records === null) {
      const message = `got ${JSON.stringify(line.slice(0, 60))}, expected a JSON object`;
      yield { kind: 'fault', row, code: 'row-malformed', message };
    } else for (const record of records) yield parseRow(row, record, mapping, vehicles);
  }
}

/** The objects of a line, a line of an array over several lines among them; null for anything else. */
function recordsOf(line: string): readonly JsonObject[] | null {
  const text = line.trim();
  if (text === '[' || text === ']' || text === '],') return [];
  const bare = text.replace(/,$/, '');
  const value = parsed(bare) ?? parsed(bare.replace(/^\[(?=\s*\{)/, '')) ?? parsed(bare.replace(/\}\s*\]$/, '}'));
  const values: readonly unknown[] = Array.isArray(value) && value.length > 0 ? value : [value];
  return values.every(isObject) ? values : null;
}

type JsonObject = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined for what is no JSON, and for null, which is no record either. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
