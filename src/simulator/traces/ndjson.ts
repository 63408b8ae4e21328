import { linesOf, MAX_LINE_BYTES } from './lines.js';
import { type ColumnMapping, parseRow, type TraceItem } from './trace-row.js';
import type { VehicleNames } from './vehicle-names.js';

/** Reads newline-delimited JSON, one object a line; empty lines count and say nothing. Holds one line at most. */
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
    const record = objectOf(line);
    if (record === null) {
      const message = `got ${JSON.stringify(line.slice(0, 60))}, expected a JSON object`;
      yield { kind: 'fault', row, code: 'row-malformed', message };
    } else yield parseRow(row, record, mapping, vehicles);
  }
}

function objectOf(line: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
