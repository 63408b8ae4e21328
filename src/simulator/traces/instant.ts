import { EARLIEST_EVENT_MS } from '../../model/limits.js';
import type { LocalZone } from './local-zone.js';

/** How a recording writes its instants; `auto` takes seconds, milliseconds and ISO 8601 for what they look like. */
export const TIME_FORMATS = ['auto', 'iso', 'compact', 'epoch-s', 'epoch-ms', 'epoch-us', 'epoch-ns'] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];
type EpochFormat = Extract<TimeFormat, `epoch-${string}`>;

/** Why a value is no instant: what it looks like and which option says so, where that can be told. */
export interface InstantFault {
  readonly expected: string;
  readonly hint: InstantHint | null;
}

/** A format to declare instead of the one in use, or that the zone is missing; `reads`: what the value would then be. */
export type InstantHint =
  | { readonly kind: 'format'; readonly format: TimeFormat; readonly reads: string }
  | { readonly kind: 'zone'; readonly reads: string };

/** Recordings are not of the future: 2100-01-01T00:00:00Z, exclusive. */
export const LATEST_TRACE_MS = 4_102_444_800_000;

/** Milliseconds in one. */
const EPOCH_MS: Readonly<Record<EpochFormat, number>> = {
  'epoch-s': 1e3,
  'epoch-ms': 1,
  'epoch-us': 1e-3,
  'epoch-ns': 1e-6,
};
const EPOCHS: readonly EpochFormat[] = ['epoch-s', 'epoch-ms', 'epoch-us', 'epoch-ns'];
const DIGITS = /^-?\d+([.,]\d+)?$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{3})$/;
const ISO =
  /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})[Tt ](\d{1,2}):(\d{2})(?::(\d{2})([.,]\d+)?)? ?(?:([Zz])|([+-])(\d{2}):?(\d{2}))?$/;

/**
 * Milliseconds since the Unix epoch, or why the value is no instant of that format. Times without an offset are read in the
 * zone, and refused without one: a zone is never guessed. Parts below a millisecond are rounded.
 */
export function parseInstant(value: unknown, format: TimeFormat, zone: LocalZone | null): number | InstantFault {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (DIGITS.test(text)) return parseDigits(text, format, zone);
  if (format === 'auto' || format === 'iso') return parseIso(text, format, zone);
  return fault(format, isIso(text, zone) ? { kind: 'format', format: 'iso', reads: text } : null);
}

/** Whether a value says nothing at all. */
export function isBlank(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
}

function parseDigits(text: string, format: TimeFormat, zone: LocalZone | null): number | InstantFault {
  const number = Number(text.replace(',', '.'));
  const epoch = EPOCHS.find((one) => isPlausible(number * EPOCH_MS[one]));
  const compact = compactLocalMs(text);
  switch (format) {
    case 'iso':
    case 'compact':
      if (format === 'compact' && compact !== null) return localInstant(compact, format, zone);
      return fault(format, lookOf(number, epoch, compact));
    case 'auto':
      if (compact !== null) return localInstant(compact, format, zone);
      if (epoch === 'epoch-us' || epoch === 'epoch-ns') return fault(format, lookOf(number, epoch, null));
      return inRange(Math.round(number * (epoch === 'epoch-ms' ? 1 : 1e3)), format);
    default:
      if (epoch !== format && (epoch !== undefined || compact !== null))
        return fault(format, lookOf(number, epoch, compact));
      return inRange(Math.round(number * EPOCH_MS[format]), format);
  }
}

function localInstant(localMs: number, format: TimeFormat, zone: LocalZone | null): number | InstantFault {
  if (zone === null) return fault(format, { kind: 'zone', reads: readsLocal(localMs) });
  return inRange(zone.instantMs(localMs), format);
}

/** An instant before 2006 is left to the rules of fixes, which say that it is too old. */
function inRange(ms: number, format: TimeFormat): number | InstantFault {
  return Number.isSafeInteger(ms) && ms < LATEST_TRACE_MS ? ms : fault(format, null);
}

function isPlausible(ms: number): boolean {
  return ms >= EARLIEST_EVENT_MS && ms < LATEST_TRACE_MS;
}

function lookOf(number: number, epoch: EpochFormat | undefined, compact: number | null): InstantHint | null {
  if (epoch !== undefined) {
    return { kind: 'format', format: epoch, reads: new Date(number * EPOCH_MS[epoch]).toISOString() };
  }
  return compact === null ? null : { kind: 'format', format: 'compact', reads: readsLocal(compact) };
}

function readsLocal(localMs: number): string {
  return `the local time ${new Date(localMs).toISOString().slice(0, 19).replace('T', ' ')}`;
}

/** What the local clock showed, as if it were UTC; null for what is no date from 2006 to 2099. */
function compactLocalMs(text: string): number | null {
  // Without its thousandths a text stands for the whole second.
  const match = COMPACT.exec(text.padEnd(17, '0'));
  if (match === null || (text.length !== 14 && text.length !== 17)) return null;
  const [year, month, day, hour, minute, second, ms] = match.slice(1).map(Number);
  const localMs = utcMs(year, month, day, hour, minute, second, ms);
  return localMs !== null && isPlausible(localMs) ? localMs : null;
}

function isIso(text: string, zone: LocalZone | null): boolean {
  return typeof parseIso(text, 'iso', zone ?? { instantMs: (localMs) => localMs }) === 'number';
}

function parseIso(text: string, format: TimeFormat, zone: LocalZone | null): number | InstantFault {
  const match = ISO.exec(text);
  if (match === null) return fault(format, null);
  const part = (index: number): number => Number(match[index] ?? 0);
  const fractionMs = Math.round(Number(`0${(match[8] ?? '').replace(',', '.')}`) * 1_000);
  const localMs = utcMs(part(1), part(3), part(4), part(5), part(6), part(7), fractionMs);
  if (localMs === null || part(11) > 23 || part(12) > 59) return fault(format, null);
  if (match[9] !== undefined) return inRange(localMs, format);
  if (match[10] === undefined) return localInstant(localMs, format, zone);
  const offsetMinutes = (match[10] === '-' ? -1 : 1) * (part(11) * 60 + part(12));
  return inRange(localMs - offsetMinutes * 60_000, format);
}

/** Null for a date or a time that no calendar or clock has; a leap second is the second after it. */
function utcMs(year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0): number | null {
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null;
  if (hour > 23 || minute > 59 || second > 60) return null;
  return Date.UTC(year, month - 1, day, hour, minute, second, ms);
}

const EXPECTED: Readonly<Record<TimeFormat, string>> = {
  auto: 'ISO 8601 with an offset, or seconds or milliseconds since 1970',
  iso: 'ISO 8601 with an offset',
  compact: 'a local time of 14 digits such as 20261124083100',
  'epoch-s': 'seconds since 1970, before 2100',
  'epoch-ms': 'milliseconds since 1970, before 2100',
  'epoch-us': 'microseconds since 1970, before 2100',
  'epoch-ns': 'nanoseconds since 1970, before 2100',
};

function fault(format: TimeFormat, hint: InstantHint | null): InstantFault {
  return { expected: EXPECTED[format], hint };
}
