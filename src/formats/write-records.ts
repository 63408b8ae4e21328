import { assert, unreachable } from '../model/errors.js';
import type { TraceRow } from '../model/trace.js';
import { writeCsv } from './csv.js';
import { type Custody, custodyLines } from './custody.js';
import { type FormatName, FORMATS, type RecordKind } from './formats.js';
import { writeRowsGeoJson, writeTraceGeoJson } from './geojson.js';
import { writeGpx } from './gpx.js';
import { writeMfJson } from './mf-json.js';
import { writeJsonRows } from './ndjson.js';
import type { ParquetOptions } from './parquet.js';
import { recordTable, type RowsOfKind } from './record-columns.js';
import type { Chunks, Rows, Table } from './table.js';
import { type Sheet, writeXlsx } from './xlsx.js';

export interface WriteOptions {
  readonly custody: Custody;
  /** The district's zone, whose clocks a workbook shows. */
  readonly timeZone: string;
  /** CSV: begin with a byte-order mark. */
  readonly bom?: boolean;
}

export interface RecordOptions<Kind extends RecordKind> extends WriteOptions {
  /** GeoJSON of rows that are no traces: the geometry of a row, such as that of its place; null unless given. */
  readonly geometryOf?: (row: RowsOfKind[Kind]) => object | null;
}

/** Rows of the record in a format that carries their kind (`FORMATS`). Rows are read only as fast as chunks are taken. */
export function writeRecords<Kind extends RecordKind>(
  format: FormatName,
  kind: Kind,
  rows: Rows<RowsOfKind[Kind]>,
  o: RecordOptions<Kind>,
): Chunks {
  assert(FORMATS[format].carries.includes(kind), `${format} carries ${kind}`);
  const { custody, timeZone, bom = false, geometryOf = () => null } = o;
  switch (format) {
    case 'csv':
      return writeCsv(recordTable(kind, rows), { bom });
    case 'ndjson':
      return writeJsonRows(rows);
    case 'parquet':
      return parquet(recordTable(kind, rows), { metadata: metadataOf(custody) });
    case 'geoparquet':
      return parquet(recordTable(kind, rows), { metadata: metadataOf(custody), geometry: { lng: 'lng', lat: 'lat' } });
    case 'xlsx':
      return writeXlsx([{ name: kind, table: recordTable(kind, rows) }, aboutSheet(custody, timeZone)], { timeZone });
    case 'geojson':
      return kind === 'traces'
        ? writeTraceGeoJson(rows as Rows<TraceRow>, { beatwatch: custody })
        : writeRowsGeoJson(rows, geometryOf, { beatwatch: custody });
    case 'gpx':
      return writeGpx(rows as Rows<TraceRow>, gpxHead(custody));
    case 'mf-json':
      return writeMfJson(rows as Rows<TraceRow>, { beatwatch: custody });
    default:
      return unreachable(format);
  }
}

/** DuckDB is loaded when it is needed. */
async function* parquet(table: Table, options: ParquetOptions): Chunks {
  const { writeParquet } = await import('./parquet.js');
  yield* writeParquet(table, options);
}

function metadataOf(custody: Custody): Readonly<Record<string, string>> {
  return { beatwatch: JSON.stringify(custody) };
}

function gpxHead(custody: Custody): { readonly name: string; readonly description: string; readonly madeAtMs: number } {
  return {
    name: `${custody.district}: ${custody.kind}`,
    description: custodyLines(custody)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    madeAtMs: custody.exportedAtMs,
  };
}

/** Where a workbook comes from, and whose clocks its instants are on. */
function aboutSheet(custody: Custody, timeZone: string): Sheet {
  const columns = [
    { name: 'what', type: 'text', is: 'name' },
    { name: 'value', type: 'text', is: 'value' },
  ] as const;
  return {
    name: 'about',
    table: { columns, rows: [['time zone of all instants', timeZone], ...custodyLines(custody)] },
  };
}
