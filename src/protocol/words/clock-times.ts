import type { Names } from '../../model/plan.js';

/** Says an instant (ms since 1970, UTC) as people of the district read it off a clock, in both languages. */
export type ClockTimes = (atMs: number) => Names;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const UTC = 'UTC';
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * Clock times of a district: `08:05`, with the date where it is another day than at `nowMs`.
 *
 * @param timeZone an IANA name; null: it is not known, and times are in UTC, which they then say
 */
export function clockTimes(timeZone: string | null, nowMs: number): ClockTimes {
  const zone = timeZone ?? UTC;
  const today = partsOf(zone, nowMs);
  return (atMs) => {
    const then = partsOf(zone, atMs);
    const time = `${then.hour}:${then.minute}`;
    const { zh, en } = dateOf(then, today);
    return timeZone === null
      ? { zh: `${zh}UTC ${time}`, en: `${time} UTC${en}` }
      : { zh: `${zh}${time}`, en: `${time}${en}` };
  };
}

interface ClockParts {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
}

function dateOf(then: ClockParts, today: ClockParts): Names {
  const sameYear = then.year === today.year;
  if (sameYear && then.month === today.month && then.day === today.day) return { zh: '', en: '' };
  const year = sameYear ? { zh: '', en: '' } : { zh: `${then.year}年`, en: ` ${then.year}` };
  return {
    zh: `${year.zh}${Number(then.month)}月${Number(then.day)}日`,
    en: ` on ${Number(then.day)} ${MONTHS[Number(then.month) - 1] ?? then.month}${year.en}`,
  };
}

function partsOf(zone: string, atMs: number): ClockParts {
  const parts = { year: '', month: '', day: '', hour: '', minute: '' };
  for (const { type, value } of formatOf(zone).formatToParts(atMs))
    if (type in parts) Object.assign(parts, { [type]: value });
  return parts;
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
    hour: '2-digit',
    minute: '2-digit',
  });
  formats.set(timeZone, made);
  return made;
}
