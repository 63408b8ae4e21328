const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;

/**
 * The offset of a time zone from UTC at instants, ms. Zones change at full quarters of an hour, so the last quarter's answer is kept. Throws
 * `RangeError` for a zone that is none.
 */
export function zoneOffset(timeZone: string): (atMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  let quarter = Number.NaN;
  let offsetMs = 0;
  return (atMs) => {
    const wanted = Math.floor(atMs / QUARTER_MS);
    if (wanted === quarter) return offsetMs;
    quarter = wanted;
    offsetMs = localMs(format, wanted * QUARTER_MS) - wanted * QUARTER_MS;
    return offsetMs;
  };
}

function localMs(format: Intl.DateTimeFormat, atMs: number): number {
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/** Days since 1899-12-30, as spreadsheets count, of an instant on the clocks of a zone. */
export function sheetDate(atMs: number, offsetMs: number): number {
  return (atMs + offsetMs) / DAY_MS + 25_569;
}
