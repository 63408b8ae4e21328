import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { BeatwatchError, messageOf } from '../../model/errors.js';
import { type ColumnMapping, parseRow, type TraceItem } from './trace-row.js';
import type { VehicleNames } from './vehicle-names.js';

/** The XML library holds the whole file, several times over. */
export const MAX_GPX_BYTES = 67_108_864;

/** GPX 1.0 and 1.1 say what is where. */
const GPX_MAPPING: ColumnMapping = {
  time: 'time',
  lat: 'lat',
  lng: 'lon',
  altitude: 'ele',
  speed: 'speed',
  speedUnit: 'mps',
  course: 'course',
  hdop: 'hdop',
  satellites: 'sat',
  timeFormat: 'iso',
};

/**
 * Reads the track points of a GPX file, in file order, all as one vehicle; waypoints and routes are plans, not recordings,
 * and are passed over. Throws `trace-malformed`, `trace-too-large`.
 */
export async function* readGpx(bytes: AsyncIterable<Uint8Array>, vehicles: VehicleNames): AsyncGenerator<TraceItem> {
  const root = parseXml(await textOf(bytes));
  let row = 0;
  for (const track of listOf(root, 'trk')) {
    for (const segment of listOf(track, 'trkseg')) {
      for (const point of listOf(segment, 'trkpt')) {
        row += 1;
        if (isRecord(point)) yield parseRow(row, point, GPX_MAPPING, vehicles);
        else
          yield {
            kind: 'fault',
            row,
            code: 'row-malformed',
            message: 'trkpt: got no attributes, expected lat and lon',
          };
      }
    }
  }
}

function parseXml(text: string): unknown {
  const fail = (message: string, cause?: unknown): never => {
    throw new BeatwatchError('trace-malformed', `GPX: ${message}`, {}, { cause });
  };
  try {
    const verdict = XMLValidator.validate(text);
    if (verdict !== true) return fail(`line ${verdict.err.line}: ${verdict.err.msg}`);
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      parseTagValue: false,
      parseAttributeValue: false,
      // A document type could define entities that unfold without end; GPX has no use for one.
      processEntities: false,
      isArray: (name: string) => name === 'trk' || name === 'trkseg' || name === 'trkpt',
    });
    const document: unknown = parser.parse(text);
    const gpx = isRecord(document) ? document.gpx : undefined;
    return gpx === undefined ? fail('got no gpx element, expected one at the root') : gpx;
  } catch (error) {
    if (error instanceof BeatwatchError) throw error;
    return fail(messageOf(error), error);
  }
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes) {
    length += part.length;
    if (length > MAX_GPX_BYTES) {
      throw new BeatwatchError('trace-too-large', `GPX: got more than ${MAX_GPX_BYTES} bytes, expected at most that`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = isRecord(value) ? value[name] : undefined;
  return Array.isArray(list) ? list : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
