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
  'hdop',
  'satellites',
  'altitude',
] as const;
type Column = (typeof COLUMNS)[number];

const SPEED_UNITS: readonly SpeedUnit[] = ['kmh', 'mps', 'mph', 'knots'];
const TIME_FORMATS = ['auto', 'iso', 'epoch-s', 'epoch-ms'] as const;

/**
 * `vehicle=veh,time=fix:epoch-s,lat=lat,lng=lon,speed=speed:kmh`: which column of a recording holds what; after a colon the unit
 * of the speed and the format of the times. Code `usage` for anything else.
 */
export function parseColumns(text: string): ColumnMapping {
  const names: { [C in Column]?: string } = {};
  let speedUnit: SpeedUnit | null = null;
  let timeFormat: (typeof TIME_FORMATS)[number] | null = null;
  for (const part of text.split(',')) {
    const [left, right = ''] = splitAtFirst(part.trim(), '=');
    const column = COLUMNS.find((known) => known === left);
    if (column === undefined || right === '') {
      throw usageError(
        `--columns: got ${JSON.stringify(part)}, expected NAME=COLUMN with NAME of ${COLUMNS.join(', ')}`,
      );
    }
    if (names[column] !== undefined) throw usageError(`--columns: got ${column} twice, expected it once`);
    const [name, detail] = column === 'speed' || column === 'time' ? splitAtFirst(right, ':') : [right];
    if (column === 'speed' && detail !== undefined) speedUnit = oneOf(detail, SPEED_UNITS);
    if (column === 'time' && detail !== undefined) timeFormat = oneOf(detail, TIME_FORMATS);
    names[column] = name;
  }
  const { time, lat, lng, ...others } = names;
  if (time === undefined || lat === undefined || lng === undefined) {
    throw usageError(`--columns: got ${JSON.stringify(text)}, expected at least time, lat and lng`);
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

function splitAtFirst(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function oneOf<T extends string>(text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw usageError(`--columns: got ${JSON.stringify(text)} after a colon, expected ${known.join(', ')}`);
}
