import { localDate } from '../../protocol/local-date.js';

/** A day of a district's calendar in UTC ms, `[fromMs, toMs)`. */
export interface DaySpan {
  readonly day: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const DAY_MS = 86_400_000;

/**
 * The span of a local day.
 *
 * @param day as `2026-11-24`; null: it is no day
 */
export function daySpan(timeZone: string, day: string): DaySpan | null {
  const utcMs = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(utcMs)) return null;
  return { day, fromMs: instantOf(timeZone, utcMs), toMs: instantOf(timeZone, utcMs + DAY_MS) };
}

export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/**
 * When the zone's clocks show a time on a day.
 *
 * @param time as `09:40` or `09:40:30`; null: it is no time
 */
export function instantOn(timeZone: string, day: string, time: string): number | null {
  const utcMs = Date.parse(`${day}T${time}Z`);
  return Number.isNaN(utcMs) ? null : instantOf(timeZone, utcMs);
}

/** When the zone's clocks show what a UTC clock shows at `utcMs`; a clock that jumps over it shows it never, and the next instant counts. */
function instantOf(timeZone: string, utcMs: number): number {
  const offsetMs = (atMs: number): number => localDate(timeZone, atMs).getTime() - atMs;
  const firstMs = utcMs - offsetMs(utcMs);
  return utcMs - offsetMs(firstMs);
}
