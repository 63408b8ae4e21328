import { TIME_FORMATS, type TimeFormat } from '../simulator/traces/instant.js';
import type { ColumnMapping, SpeedUnit } from '../simulator/traces/trace-row.js';
import { usageError } from './options.js';

const COLUMNS = [
  'vehicle',
  'time',
  'lat',
  'lng',
  'speed',
  'course',
  'ignition',
  'receive',
  'accuracy',
  'hdop',
  'satellites',
  'altitude',
  'battery',
] as const;
type Column = (typeof COLUMNS)[number];

const SPEED_UNITS: readonly SpeedUnit[] = ['kmh', 'mps', 'mph', 'knots'];

/** A name of a recording's column, and after a colon the format of the times or the unit of the speed. */
interface Named {
  readonly name: string;
  readonly detail: string | null;
}

/**
 * `vehicle=veh,time=fix:epoch-s,lat=lat,lng=lon,speed="Speed, km/h":kmh`: which column of a recording holds what; after a colon
 * the unit of the speed and the format of the times. A name with a comma or a colon stands in quotes. Code `usage` for
 * anything else.
 */
export function parseColumns(text: string): ColumnMapping {
  const entries = splitOutsideQuotes(text, ',').map((part): [string, Named] => {
    const [left, ...rest] = splitOutsideQuotes(part.trim(), '=');
    return [(left ?? '').trim(), namedOf(rest.join('='), left === 'speed' || left === 'time')];
  });
  return mappingOf(entries, '--columns');
}

/**
 * The same as a JSON file: `{"time": {"column": "Time (UTC+08:00)", "format": "epoch-s"}, "lat": "lat", …, "speed": {"column":
 * "Speed, km/h", "unit": "kmh"}}`. Code `usage` for anything else.
 */
export function parseColumnsFile(text: string): ColumnMapping {
  const value = jsonOf(text);
  if (!isObject(value))
    throw usageError(`--columns-file: got no JSON object, expected {"time": …, "lat": …, "lng": …}`);
  const entries = Object.entries(value).map(([key, said]): [string, Named] => {
    if (typeof said === 'string') return [key, { name: said, detail: null }];
    const { column, format, unit, ...others } = isObject(said) ? said : {};
    const detail = key === 'time' ? format : key === 'speed' ? unit : undefined;
    const extra =
      Object.keys(others).length > 0 || (detail === undefined && (format !== undefined || unit !== undefined));
    if (typeof column !== 'string' || extra || (detail !== undefined && typeof detail !== 'string')) {
      throw usageError(
        `--columns-file: ${key}: got ${JSON.stringify(said).slice(0, 100)}, expected a name, or {"column": NAME} with a format of time or a unit of speed`,
      );
    }
    return [key, { name: column, detail: detail ?? null }];
  });
  return mappingOf(entries, '--columns-file');
}

function mappingOf(entries: readonly (readonly [string, Named])[], option: string): ColumnMapping {
  const names: { [C in Column]?: string } = {};
  let speedUnit: SpeedUnit | null = null;
  let timeFormat: TimeFormat | null = null;
  for (const [left, { name, detail }] of entries) {
    const column = COLUMNS.find((known) => known === left);
    if (column === undefined || name === '') {
      throw usageError(
        `${option}: got ${JSON.stringify(`${left}=${name}`)}, expected NAME=COLUMN with NAME of ${COLUMNS.join(', ')}`,
      );
    }
    if (names[column] !== undefined) throw usageError(`${option}: got ${column} twice, expected it once`);
    if (column === 'speed' && detail !== null) speedUnit = oneOf(option, detail, SPEED_UNITS);
    if (column === 'time' && detail !== null) timeFormat = oneOf(option, detail, TIME_FORMATS);
    names[column] = name;
  }
  const { time, lat, lng, ...others } = names;
  if (time === undefined || lat === undefined || lng === undefined) {
    const got = Object.keys(names).join(', ') || 'nothing';
    throw usageError(`${option}: got ${got}, expected at least time, lat and lng`);
  }
  return {
    ...others,
    time,
    lat,
    lng,
    ...(speedUnit === null ? {} : { speedUnit }),
    ...(timeFormat === null ? {} : { timeFormat }),
  };
}

/** The name and its detail; a name in quotes is taken as it stands, `""` in it a quote. */
function namedOf(text: string, hasDetail: boolean): Named {
  const [, quoted, rest = ''] = /^\s*"((?:[^"]|"")*)"\s*(.*)$/.exec(text) ?? [];
  if (quoted !== undefined && (rest === '' || rest.startsWith(':'))) {
    return { name: quoted.replace(/""/g, '"'), detail: rest === '' ? null : rest.slice(1) };
  }
  const at = hasDetail ? text.indexOf(':') : -1;
  return at < 0 ? { name: text, detail: null } : { name: text.slice(0, at), detail: text.slice(at + 1) };
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  for (const char of text) {
    if (char === '"') quoted = !quoted;
    if (char === separator && !quoted) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  if (quoted) throw usageError(`--columns: got a quote without its end in ${JSON.stringify(text)}, expected pairs`);
  return [...parts, part];
}

function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw usageError(
    `${option}: got ${JSON.stringify(text)} after a colon, expected ${known.join(', ')}; a column's name with a colon stands in quotes`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
