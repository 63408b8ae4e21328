import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { BeatwatchError, messageOf } from '../../model/errors.js';
import type { LocalZone } from './local-zone.js';
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

const LISTS: ReadonlySet<string> = new Set(['trk', 'trkseg', 'trkpt', 'wpt', 'rte']);

/**
 * Reads the track points of a GPX file, in file order, all as one vehicle; waypoints and routes are plans, not recordings,
 * and are passed over. Throws `trace-malformed`, `trace-too-large`.
 */
export async function* readGpx(
  bytes: AsyncIterable<Uint8Array>,
  vehicles: VehicleNames,
  zone: LocalZone | null = null,
): AsyncGenerator<TraceItem> {
  const root = parseXml(await textOf(bytes));
  const mapping = zone === null ? GPX_MAPPING : { ...GPX_MAPPING, zone };
  let row = 0;
  for (const track of listOf(root, 'trk')) {
    for (const segment of listOf(track, 'trkseg')) {
      for (const point of listOf(segment, 'trkpt')) {
        row += 1;
        if (isRecord(point)) yield parseRow(row, point, mapping, vehicles);
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
  if (row === 0) refuseWithoutTrack(root);
}

function refuseWithoutTrack(root: unknown): void {
  const others = ['wpt', 'rte'].flatMap((name) => {
    const count = listOf(root, name).length;
    return count === 0 ? [] : [`${count} ${name}`];
  });
  if (others.length === 0) return;
  const message = `GPX: got no track points but ${others.join(' and ')}, expected a track (trk with trkseg and trkpt): waypoints and routes say where places are, not where a vehicle was`;
  throw new BeatwatchError('trace-malformed', message);
}

function parseXml(text: string): unknown {
  const fail = (message: string, cause?: unknown): never => {
    throw new BeatwatchError('trace-malformed', `GPX: ${message}`, {}, { cause });
  };
  try {
    const bare = text.replace(/^\uFEFF/, '');
    const verdict = XMLValidator.validate(bare);
    if (verdict !== true) return fail(`line ${verdict.err.line}: ${verdict.err.msg}`);
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      parseTagValue: false,
      parseAttributeValue: false,
      // A document type could define entities that unfold without end; GPX has no use for one.
      processEntities: false,
      removeNSPrefix: true,
      isArray: (name: string) => LISTS.has(name),
    });
    const document: unknown = parser.parse(bare);
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
