import { isRejected, parseFix } from '../../codec/fix-parser.js';
import {
  ACCURACY_DM,
  ALTITUDE_DM,
  BATTERY_PERCENT,
  COURSE_CDEG,
  HDOP_CENTI,
  SATELLITES,
  SPEED_CMPS,
} from '../../codec/fix-ranges.js';
import { emptyWireFix } from '../../codec/wire-fix.js';
import type { Fix, FixRejection } from '../../model/fix.js';
import { type InstantFault, isBlank, parseInstant, type TimeFormat } from './instant.js';
import type { LocalZone } from './local-zone.js';
import type { VehicleNames } from './vehicle-names.js';

/** Which column of a recording holds what. */
export interface ColumnMapping {
  /** Absent: the recording is of one vehicle. */
  readonly vehicle?: string;
  /** When the position was taken. */
  readonly time: string;
  readonly lat: string;
  readonly lng: string;
  readonly speed?: string;
  readonly speedUnit?: SpeedUnit;
  readonly course?: string;
  readonly ignition?: string;
  /** When a server received it: the arrival order's log time. */
  readonly receive?: string;
  /** Metres, 68 %: what phones and many receivers say; it outranks HDOP. */
  readonly accuracy?: string;
  readonly hdop?: string;
  readonly satellites?: string;
  readonly altitude?: string;
  /** Percent of the tracker's charge. */
  readonly battery?: string;
  readonly timeFormat?: TimeFormat;
  /** The time zone of times that are written without an offset; absent: such times are refused. */
  readonly zone?: LocalZone;
}
export type SpeedUnit = 'kmh' | 'mps' | 'mph' | 'knots';

/** Centimetres per second in one. */
const CMPS: Readonly<Record<SpeedUnit, number>> = { kmh: 1e5 / 3_600, mps: 100, mph: 44.704, knots: 1_852e2 / 3_600 };

/** Why a row is no fix. */
export type RowFault =
  | 'row-malformed'
  | 'row-too-long'
  | 'vehicle-missing'
  | 'vehicle-unusable'
  | 'position-missing'
  | 'receive-unusable'
  | FixRejection;

export type TraceItem =
  | {
      readonly kind: 'fix';
      /** 1-based: the line of a CSV or NDJSON file, the point of a GPX file. */
      readonly row: number;
      readonly tracker: string;
      readonly fix: Fix;
      readonly receivedMs: number | null;
    }
  | { readonly kind: 'fault'; readonly row: number; readonly code: RowFault; readonly message: string };

/**
 * One record of a recording as a fix. Time and position must be right; another value that is missing or out of its range
 * is left out, for recordings write -1, 360 or nothing where the device did not know.
 */
export function parseRow(
  row: number,
  record: Readonly<Record<string, unknown>>,
  mapping: ColumnMapping,
  vehicles: VehicleNames,
): TraceItem {
  const fault = (code: RowFault, message: string): TraceItem => ({ kind: 'fault', row, code, message });
  const vehicle = mapping.vehicle === undefined ? null : textOf(record[mapping.vehicle]);
  if (mapping.vehicle !== undefined && vehicle === null) {
    return fault(
      'vehicle-missing',
      `${mapping.vehicle}: got ${show(record[mapping.vehicle])}, expected a vehicle's name`,
    );
  }
  const tracker = vehicles.trackerOf(vehicle);
  if (tracker === null) return fault('vehicle-unusable', vehicles.complaint(vehicle));
  const eventTimeMs = instantIn(record, mapping.time, mapping);
  if (typeof eventTimeMs !== 'number')
    return fault('time-missing', complaint('time', mapping.time, record, eventTimeMs));
  const lat = numberOf(record[mapping.lat]);
  const lng = numberOf(record[mapping.lng]);
  if (lat === null || lng === null) {
    const got = `${show(record[mapping.lng])}, ${show(record[mapping.lat])}`;
    return fault('position-missing', `${mapping.lng}, ${mapping.lat}: got ${got}, expected degrees`);
  }
  const wire = { ...emptyWireFix(), eventTimeMs, lngE7: Math.round(lng * 1e7), latE7: Math.round(lat * 1e7) };
  const parsed = parseFix(wire, 0, Number.MAX_SAFE_INTEGER);
  if (isRejected(parsed)) return fault(parsed.code, `got time ${eventTimeMs}, position ${lng}, ${lat}: ${parsed.code}`);
  const fix = { ...parsed, located: true, ...extrasOf(record, mapping) };
  const { receive } = mapping;
  const received = receive === undefined || isBlank(record[receive]) ? null : instantIn(record, receive, mapping);
  if (received !== null && typeof received !== 'number') {
    return fault('receive-unusable', complaint('receive', receive ?? '', record, received));
  }
  return { kind: 'fix', row, tracker, fix, receivedMs: received };
}

function extrasOf(record: Readonly<Record<string, unknown>>, mapping: ColumnMapping): Partial<Fix> {
  const value = (column: string | undefined): number | null => (column === undefined ? null : numberOf(record[column]));
  const course = value(mapping.course);
  return {
    altitudeDm: scaled(value(mapping.altitude), 10, ALTITUDE_DM.min, ALTITUDE_DM.max),
    speedCmps: scaled(value(mapping.speed), CMPS[mapping.speedUnit ?? 'kmh'], SPEED_CMPS.min, SPEED_CMPS.max),
    courseCdeg: course === 360 ? 0 : scaled(course, 100, COURSE_CDEG.min, COURSE_CDEG.max),
    accuracyDm: doubt(value(mapping.accuracy), 10, ACCURACY_DM),
    hdopCenti: doubt(value(mapping.hdop), 100, HDOP_CENTI),
    batteryPercent: scaled(value(mapping.battery), 1, BATTERY_PERCENT.min, BATTERY_PERCENT.max),
    satellites: scaled(value(mapping.satellites), 1, SATELLITES.min, SATELLITES.max),
    ignition: mapping.ignition === undefined ? null : flagOf(record[mapping.ignition]),
  };
}

function scaled(value: number | null, factor: number, least: number, most: number): number | null {
  if (value === null) return null;
  const result = Math.round(value * factor);
  return result >= least && result <= most ? result : null;
}

/**
 * How vague a position is: 0 and less are a receiver's words for "unknown". A doubt beyond what the wire carries is carried as its
 * most, for left out, the fix would count as a good one.
 */
function doubt(
  value: number | null,
  factor: number,
  range: { readonly min: number; readonly max: number },
): number | null {
  return value === null || value <= 0 ? null : Math.min(range.max, Math.max(range.min, Math.round(value * factor)));
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.trim() === '') return null;
  const number = Number(DECIMAL_COMMA.test(value.trim()) ? value.replace(',', '.') : value);
  return Number.isFinite(number) ? number : null;
}

/** One comma between digits is a decimal comma: no column of a recording has thousands to set apart. */
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;

function textOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function flagOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  const text = textOf(value)?.toLowerCase();
  if (text === '1' || text === 'true' || text === 'on') return true;
  return text === '0' || text === 'false' || text === 'off' ? false : null;
}

function instantIn(
  record: Readonly<Record<string, unknown>>,
  column: string,
  { timeFormat = 'auto', zone }: ColumnMapping,
): number | InstantFault {
  return parseInstant(record[column], timeFormat, zone ?? null);
}

function complaint(
  name: 'time' | 'receive',
  column: string,
  record: Readonly<Record<string, unknown>>,
  { expected, hint }: InstantFault,
): string {
  const said = `${column}: got ${show(record[column])}, expected ${expected}`;
  if (hint === null) return said;
  if (hint.kind === 'zone') {
    return `${said}; it looks like ${hint.reads} and says no zone: name it, such as --zone Asia/Shanghai or --zone +08:00`;
  }
  return `${said}; it looks like ${LOOKS[hint.format]} (${hint.reads}): say --columns ${name}=${column}:${hint.format}`;
}

const LOOKS: Readonly<Record<TimeFormat, string>> = {
  auto: 'an instant',
  iso: 'ISO 8601',
  compact: 'a local time without separators',
  'epoch-s': 'seconds since 1970',
  'epoch-ms': 'milliseconds since 1970',
  'epoch-us': 'microseconds since 1970',
  'epoch-ns': 'nanoseconds since 1970',
};

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}
