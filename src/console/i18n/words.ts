import { localDate } from '../../protocol/local-date.js';
import { EN } from './en.js';
import type { Language, Texts } from './texts.js';
import { ZH } from './zh.js';

export const TEXTS: Readonly<Record<Language, Texts>> = { zh: ZH, en: EN };

/** A length of time, rounded down: to the second below two minutes, then to the minute. */
export function spanText({ span }: Texts, ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (seconds < 120) return span.seconds(seconds);
  return minutes < 120 ? span.minutes(minutes) : span.hours(Math.floor(minutes / 60), minutes % 60);
}

/** A day of the district's calendar, `2026-11-24`. */
export function dayText(timeZone: string, atMs: number): string {
  return localDate(timeZone, atMs).toISOString().slice(0, 10);
}

/** A distance, rounded: to 10 m below a kilometre, to 100 m below ten. */
export function distanceText({ distance }: Texts, metres: number): string {
  if (metres < 995) return distance.metres(Math.round(metres / 10) * 10);
  return distance.kilometres((metres / 1_000).toFixed(metres < 9_950 ? 1 : 0));
}

/** What a clock of the district shows, `08:05:30`. */
export function clockText(timeZone: string, atMs: number, seconds = true): string {
  return localDate(timeZone, atMs)
    .toISOString()
    .slice(11, seconds ? 19 : 16);
}
