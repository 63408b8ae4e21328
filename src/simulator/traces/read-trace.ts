import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { BeatwatchError, messageOf, unreachable } from '../../model/errors.js';
import { isId } from '../../model/roles.js';
import { readCsv } from './csv.js';
import { readGpx } from './gpx.js';
import { readNdjson } from './ndjson.js';
import type { LocalZone } from './local-zone.js';
import { decodeText, type TraceEncoding } from './text-bytes.js';
import type { ColumnMapping, TraceItem } from './trace-row.js';
import { safeId, VehicleNames } from './vehicle-names.js';

export type TraceFormat = 'gpx' | 'csv' | 'ndjson';

export interface TraceFile {
  /** `.gpx`, `.csv` or `.ndjson` (also `.jsonl`), with or without `.gz`. */
  readonly path: string;
  /** Absent: by the file's name. */
  readonly format?: TraceFormat;
  /** Which column of CSV, or member of NDJSON, holds what; GPX says it itself. */
  readonly mapping?: ColumnMapping;
  /** Tracker ids by vehicle name; a name that is not there becomes an id by itself. */
  readonly trackers?: Readonly<Record<string, string>>;
  /** Tracker of a recording without a vehicle column; absent: made of the file's name. */
  readonly tracker?: string;
  /** The time zone of times that say no offset; absent: such times are bad rows. */
  readonly zone?: LocalZone;
  /** Absent: UTF-16 where the first bytes say so, else UTF-8. */
  readonly encoding?: TraceEncoding;
}

/**
 * Reads a recording row by row; a bad row is a value with its number and reason. Throws a BeatwatchError when the file as a
 * whole is of no use: `trace-unreadable`, `trace-format`, `trace-mapping`, `trace-columns`, `trace-malformed`,
 * `trace-too-large`, `trace-encoding`. Memory does not grow with the file, but for GPX, which has a cap.
 */
export async function* readTrace(file: TraceFile): AsyncGenerator<TraceItem> {
  const vehicles = vehiclesOf(file);
  const format = file.format ?? formatOf(file.path);
  const bytes = decodeText(open(file.path), file.encoding ?? null);
  switch (format) {
    case 'gpx':
      yield* readGpx(bytes, vehicles, file.zone ?? null);
      return;
    case 'csv':
      yield* readCsv(bytes, mappingOf(file), vehicles);
      return;
    case 'ndjson':
      yield* readNdjson(bytes, mappingOf(file), vehicles);
      return;
    default:
      unreachable(format);
  }
}

function formatOf(path: string): TraceFormat {
  const name = basename(path).toLowerCase().replace(/\.gz$/, '');
  if (name.endsWith('.gpx')) return 'gpx';
  if (name.endsWith('.csv')) return 'csv';
  if (name.endsWith('.ndjson') || name.endsWith('.jsonl')) return 'ndjson';
  throw new BeatwatchError('trace-format', `${path}: got no known extension, expected .gpx, .csv, .ndjson or a format`);
}

function mappingOf(file: TraceFile): ColumnMapping {
  const { mapping, zone } = file;
  if (mapping !== undefined) return zone === undefined ? mapping : { ...mapping, zone };
  throw new BeatwatchError('trace-mapping', `${file.path}: got no mapping, expected the columns of time, lat and lng`);
}

function vehiclesOf(file: TraceFile): VehicleNames {
  const stem = basename(file.path).replace(/(\.[a-z0-9]+){1,2}$/i, '');
  const only = file.tracker ?? (safeId(stem) || 'trace');
  for (const id of [only, ...Object.values(file.trackers ?? {})]) {
    if (!isId(id)) throw new BeatwatchError('trace-mapping', `tracker: got ${JSON.stringify(id)}, expected an id`);
  }
  return new VehicleNames(file.trackers ?? {}, only);
}

async function* open(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path);
  const gzip = path.toLowerCase().endsWith('.gz');
  // The callback keeps pipeline's errors from becoming unhandled; the reader below sees them.
  const stream = gzip ? pipeline(file, createGunzip(), () => undefined) : file;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) yield chunk;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const packed = gzip && !code.startsWith('E');
    const message = `${path}: ${messageOf(error)}`;
    throw new BeatwatchError(packed ? 'trace-malformed' : 'trace-unreadable', message, { path }, { cause: error });
  } finally {
    file.destroy();
  }
}
