import type { Intervals } from '../model/plan.js';
import { localDate } from '../protocol/local-date.js';
import type { ReportDaySpan } from './period.js';
import { union } from './spans.js';

/** An hour of the local clock, and when it was, over all days. */
export interface ClockHour {
  /** 0 to 23. */
  readonly hour: number;
  readonly spans: Intervals;
}

/** Clocks change by quarters of an hour, and offsets are multiples of a quarter: within one, the hour stays the same. */
const QUARTER_MS = 900_000;

/**
 * The hours of some days, in the order of the clock. A day on which the clock is put back has an hour of two hours, and one on which it is put
 * forward lacks an hour. The hours together are exactly the days.
 */
export function clockHours(timeZone: string, days: readonly ReportDaySpan[]): ClockHour[] {
  const byHour = new Map<number, number[]>();
  for (const { fromMs, toMs } of days) {
    for (let at = fromMs; at < toMs; ) {
      const next = Math.min((Math.floor(at / QUARTER_MS) + 1) * QUARTER_MS, toMs);
      const hour = localDate(timeZone, at).getUTCHours();
      byHour.set(hour, [...(byHour.get(hour) ?? []), at, next]);
      at = next;
    }
  }
  return [...byHour].sort(([a], [b]) => a - b).map(([hour, spans]) => ({ hour, spans: union(spans) }));
}
