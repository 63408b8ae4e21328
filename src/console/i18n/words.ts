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

/** What a clock of the district shows, `08:05:30`. */
export function clockText(timeZone: string, atMs: number, seconds = true): string {
  const format = formatOf(timeZone, seconds);
  return format.format(atMs);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string, seconds: boolean): Intl.DateTimeFormat {
  const name = `${timeZone} ${seconds}`;
  const known = formats.get(name);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
  });
  formats.set(name, made);
  return made;
}
