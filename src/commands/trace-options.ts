import { readFileSync } from 'node:fs';
import { messageOf } from '../model/errors.js';
import { type LocalZone, parseZone } from '../simulator/traces/local-zone.js';
import type { TraceFile, TraceFormat } from '../simulator/traces/read-trace.js';
import { TRACE_ENCODINGS } from '../simulator/traces/text-bytes.js';
import type { ColumnMapping } from '../simulator/traces/trace-row.js';
import { parseColumns, parseColumnsFile } from './columns.js';
import { type Options, usageError } from './options.js';

const FORMATS: readonly TraceFormat[] = ['gpx', 'csv', 'ndjson'];

/** What a command asks about a recording. */
export const TRACE_OPTIONS = {
  format: { type: 'string', value: FORMATS.join('|'), help: 'format of the file; default: by its name' },
  columns: { type: 'string', value: 'NAME=COLUMN,…', help: 'what is in which column of CSV and NDJSON' },
  'columns-file': { type: 'string', value: 'FILE', help: 'the same as JSON: {"time": {"column": …, "format": …}, …}' },
  zone: {
    type: 'string',
    value: 'Asia/Shanghai',
    help: 'time zone, or an offset such as +08:00, for times without one; such times are refused otherwise',
  },
  encoding: {
    type: 'string',
    value: 'gb18030',
    help: `${TRACE_ENCODINGS.join(', ')}; UTF-8 or UTF-16 by the first bytes unless given`,
  },
  'skip-bad-rows': {
    type: 'boolean',
    help: 'leave out rows that are no fix; otherwise they are reported, and nothing runs',
  },
  'unit-map': {
    type: 'string',
    value: 'VEHICLE=TRACKER',
    multiple: true,
    help: 'tracker of a vehicle; default: its name, made into an id',
  },
  tracker: {
    type: 'string',
    value: 'ID',
    help: 'tracker of a recording without vehicles; default: the name of the file, made into an id',
  },
} as const;

/** The recording that the options name; code `usage` for what they cannot mean. */
export function traceOf(options: Options): TraceFile {
  const [path, ...others] = options.words;
  if (path === undefined || others.length > 0) {
    throw usageError(`got ${JSON.stringify(options.words.join(' '))}, expected one FILE`);
  }
  const format = options.text('format');
  const mapping = mappingOf(options);
  const tracker = options.text('tracker');
  const zone = options.text('zone');
  const encoding = options.text('encoding');
  return {
    path,
    trackers: Object.fromEntries(options.texts('unit-map').map(unitMapping)),
    ...(format === null ? {} : { format: oneOf('format', format, FORMATS) }),
    ...(mapping === null ? {} : { mapping }),
    ...(tracker === null ? {} : { tracker }),
    ...(zone === null ? {} : { zone: zoneOf(zone) }),
    ...(encoding === null ? {} : { encoding: oneOf('encoding', encoding.toLowerCase(), TRACE_ENCODINGS) }),
  };
}

function mappingOf(options: Options): ColumnMapping | null {
  const columns = options.text('columns');
  const file = options.text('columns-file');
  if (columns !== null && file !== null) {
    throw usageError('got --columns and --columns-file, expected one of them');
  }
  if (columns !== null) return parseColumns(columns);
  if (file === null) return null;
  try {
    return parseColumnsFile(readFileSync(file, 'utf8'));
  } catch (error) {
    throw usageError(`--columns-file ${file}: ${messageOf(error)}`);
  }
}

function zoneOf(text: string): LocalZone {
  const zone = parseZone(text);
  if (zone !== null) return zone;
  throw usageError(`--zone: got ${JSON.stringify(text)}, expected a time zone such as Asia/Shanghai, or +08:00`);
}

function unitMapping(text: string): [vehicle: string, tracker: string] {
  const at = text.lastIndexOf('=');
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw usageError(`--unit-map: got ${JSON.stringify(text)}, expected VEHICLE=TRACKER`);
}

export function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw usageError(`--${name}: got ${JSON.stringify(text)}, expected ${known.join(' or ')}`);
}
