/** How a recording writes its instants; `auto` takes what the value looks like. */
export type TimeFormat = 'auto' | 'iso' | 'epoch-s' | 'epoch-ms';

/** Numbers below this are seconds to `auto`: as milliseconds they would lie before 1973-03-03. */
const LEAST_AUTO_MS = 1e11;
const DIGITS = /^-?\d+(\.\d+)?$/;
const ISO = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)? ?(?:([Zz])|([+-])(\d{2}):?(\d{2}))$/;

/**
 * Milliseconds since the Unix epoch, or null when the value is no instant of that format. ISO 8601 must carry an offset
 * or Z: a local time without one is not guessed. Parts below a millisecond are rounded.
 */
export function parseInstant(value: unknown, format: TimeFormat): number | null {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  if (DIGITS.test(text) && format !== 'iso') {
    const number = Number(text);
    const seconds = format === 'epoch-s' || (format === 'auto' && Math.abs(number) < LEAST_AUTO_MS);
    return safeOrNull(Math.round(seconds ? number * 1_000 : number));
  }
  return format === 'auto' || format === 'iso' ? parseIso(text) : null;
}

function parseIso(text: string): number | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const part = (index: number): number => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [part(1), part(2), part(3), part(4), part(5), part(6)];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 60 || part(10) > 23 || part(11) > 59) return null;
  const offsetMinutes = (match[9] === '-' ? -1 : 1) * (part(10) * 60 + part(11));
  const fractionMs = Math.round(Number(`0${match[7] ?? ''}`) * 1_000);
  return safeOrNull(Date.UTC(year, month - 1, day, hour, minute - offsetMinutes, second, fractionMs));
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function safeOrNull(ms: number): number | null {
  return Number.isSafeInteger(ms) ? ms : null;
}
