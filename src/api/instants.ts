import { type Static, Type } from '@fastify/type-provider-typebox';
import { requestInvalid } from './validation.js';

/** The last instant that a Date can hold. */
export const MAX_INSTANT_MS = 8_640_000_000_000_000;

/** An instant in a query: ISO-8601 with an offset, or milliseconds since the Unix epoch. */
const INSTANT_PATTERN =
  '^(\\d{1,15}|\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,3})?)?(Z|[+ -]\\d{2}:\\d{2}))$';

/** What INSTANT_PATTERN asks for, in words that complete "expected …". */
const INSTANT_WORDS = 'an instant such as 2026-11-24T08:00:00+08:00, or milliseconds since 1970-01-01T00:00:00Z';

const INSTANT = new RegExp(INSTANT_PATTERN);

/** An instant as a field of a query. */
export const InstantText = (description: string) =>
  Type.String({
    pattern: INSTANT_PATTERN,
    'x-expected': INSTANT_WORDS,
    description: `${description} ISO-8601 with an offset, or milliseconds since the Unix epoch.`,
  });

/** Milliseconds since the Unix epoch of a field of a query that has passed its schema; code `request-invalid`. */
export function instantOf(path: string, text: string): number {
  const ms = parseInstant(text);
  if (ms === null) throw requestInvalid([{ path, got: text, expected: 'an instant of the calendar' }]);
  return ms;
}

/** Code `request-invalid` unless the instant of a field comes after that of another one (`from`), and at most so long after it. */
export function requireSpan(
  path: string,
  got: string | undefined,
  o: { readonly fromMs: number; readonly toMs: number; readonly mostMs: number; readonly from: string },
): void {
  const { fromMs, toMs, mostMs, from } = o;
  if (toMs > fromMs && toMs - fromMs <= mostMs) return;
  const most = mostMs > 2 * DAY_MS ? `${mostMs / DAY_MS} days` : `${mostMs / HOUR_MS} h`;
  const expected = `an instant after ${from}, ${isoText(fromMs)}, and at most ${most} after it: until ${isoText(fromMs + mostMs)}`;
  throw requestInvalid([{ path, got: got ?? null, expected }]);
}
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Milliseconds since the Unix epoch, or null when the text is no instant (a 13th month, a 30th of February). A space where
 * the offset's sign belongs is a plus that was not percent-encoded.
 */
export function parseInstant(text: string): number | null {
  if (!INSTANT.test(text)) return null;
  if (/^\d+$/.test(text)) return Number(text);
  const iso = text.replace(' ', '+');
  const ms = Date.parse(iso);
  return Number.isNaN(ms) || !isCalendarDay(iso) ? null : ms;
}

/** An instant in a body: the same as in a query, or the milliseconds as a number. */
export const InstantValue = (description: string) =>
  Type.Unsafe<number | string>({
    type: ['integer', 'string'],
    minimum: 0,
    maximum: MAX_INSTANT_MS,
    pattern: INSTANT_PATTERN,
    'x-expected': INSTANT_WORDS,
    description: `${description} ISO-8601 with an offset, or milliseconds since the Unix epoch.`,
  });
export type Instantaneous = Static<ReturnType<typeof InstantValue>>;

/** Milliseconds since the Unix epoch of a field of a body that has passed its schema; code `request-invalid`. */
export function bodyInstant(name: string, value: Instantaneous): number {
  const ms = parseInstant(String(value));
  if (ms !== null) return ms;
  throw requestInvalid([{ path: `body/${name}`, got: value, expected: 'an instant of the calendar' }]);
}

/** An instant in UTC as people read it, in the form of ISO 8601. */
export function isoText(ms: number): string {
  return new Date(ms).toISOString();
}

/** Date.parse rolls a day past a month's end into the next month. */
function isCalendarDay(iso: string): boolean {
  const day = iso.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
