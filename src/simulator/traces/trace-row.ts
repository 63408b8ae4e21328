import { isRejected, parseFix } from '../../codec/fix-parser.js';
import { HDOP_CENTI } from '../../codec/fix-ranges.js';
import { emptyWireFix } from '../../codec/wire-fix.js';
import type { Fix, FixRejection } from '../../model/fix.js';
import { parseInstant, type TimeFormat } from './instant.js';
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
  readonly hdop?: string;
  readonly satellites?: string;
  readonly altitude?: string;
  readonly timeFormat?: TimeFormat;
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
  const eventTimeMs = parseInstant(record[mapping.time], mapping.timeFormat ?? 'auto');
  if (eventTimeMs === null) {
    return fault(
      'time-missing',
      `${mapping.time}: got ${show(record[mapping.time])}, expected ${expectedTime(mapping)}`,
    );
  }
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
  const receivedMs =
    mapping.receive === undefined ? null : parseInstant(record[mapping.receive], mapping.timeFormat ?? 'auto');
  return { kind: 'fix', row, tracker, fix, receivedMs };
}

function extrasOf(record: Readonly<Record<string, unknown>>, mapping: ColumnMapping): Partial<Fix> {
  const value = (column: string | undefined): number | null => (column === undefined ? null : numberOf(record[column]));
  const course = value(mapping.course);
  return {
    altitudeDm: scaled(value(mapping.altitude), 10, -5_000, 100_000),
    speedCmps: scaled(value(mapping.speed), CMPS[mapping.speedUnit ?? 'kmh'], 0, 30_000),
    courseCdeg: course === 360 ? 0 : scaled(course, 100, 0, 35_999),
    hdopCenti: hdopOf(value(mapping.hdop)),
    satellites: scaled(value(mapping.satellites), 1, 0, 255),
    ignition: mapping.ignition === undefined ? null : flagOf(record[mapping.ignition]),
  };
}

/** Beyond what the wire can say is as vague as it can say, never unsaid: a fix without HDOP counts as a good one. */
function hdopOf(value: number | null): number | null {
  const centi = scaled(value, 100, HDOP_CENTI.min, Number.MAX_SAFE_INTEGER);
  return centi === null ? null : Math.min(centi, HDOP_CENTI.max);
}

function scaled(value: number | null, factor: number, least: number, most: number): number | null {
  if (value === null) return null;
  const result = Math.round(value * factor);
  return result >= least && result <= most ? result : null;
}

function numberOf(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || value.trim() === '') return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

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

function expectedTime({ timeFormat = 'auto' }: ColumnMapping): string {
  const iso = 'ISO 8601 with an offset';
  if (timeFormat === 'auto') return `${iso}, or seconds or milliseconds since 1970`;
  return timeFormat === 'iso' ? iso : `${timeFormat === 'epoch-s' ? 'seconds' : 'milliseconds'} since 1970`;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}
