/** A date whose UTC fields are what the zone's clocks and calendars show at an instant. */
export function localDate(zone: string, atMs: number): Date {
  return new Date(atMs + offsetMs(zone, atMs));
}

/** Clocks change at quarters of an hour only. */
const QUARTER_MS = 900_000;
/** Quarters that are remembered, of all zones: asking a calendar for one takes longer than all the rest of a sentence. */
const MAX_OFFSETS = 4_096;
const offsets = new Map<string, number>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the clocks of a zone are ahead of UTC at an instant, ms. */
function offsetMs(zone: string, atMs: number): number {
  const quarterMs = Math.floor(atMs / QUARTER_MS) * QUARTER_MS;
  const key = `${zone} ${quarterMs}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  const parts = { year: 0, month: 0, day: 0, hour: 0, minute: 0 };
  for (const { type, value } of formatOf(zone).formatToParts(quarterMs))
    if (type in parts) Object.assign(parts, { [type]: Number(value) });
  const { year, month, day, hour, minute } = parts;
  const found = Date.UTC(year, month - 1, day, hour, minute) - quarterMs;
  if (offsets.size >= MAX_OFFSETS) offsets.clear();
  offsets.set(key, found);
  return found;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  formats.set(timeZone, made);
  return made;
}
