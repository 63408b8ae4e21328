import type { Names } from '../../model/plan.js';
import { localDate } from '../local-date.js';

/** Says an instant (ms since 1970, UTC) as people of the district read it off a clock, in both languages. */
export type ClockTimes = (atMs: number) => Names;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const UTC = 'UTC';
const NONE: Names = { zh: '', en: '' };

/**
 * Clock times of a district: `08:05`, with the date where it is another day than at `nowMs`.
 *
 * @param timeZone an IANA name; null: it is not known, and times are in UTC, which they then say
 */
export function clockTimes(timeZone: string | null, nowMs: number): ClockTimes {
  const zone = timeZone ?? UTC;
  const today = localDate(zone, nowMs);
  return (atMs) => {
    const then = localDate(zone, atMs);
    const time = `${twoDigits(then.getUTCHours())}:${twoDigits(then.getUTCMinutes())}`;
    const { zh, en } = dateOf(then, today);
    return timeZone === null
      ? { zh: `${zh}UTC ${time}`, en: `${time} UTC${en}` }
      : { zh: `${zh}${time}`, en: `${time}${en}` };
  };
}

function dateOf(then: Date, today: Date): Names {
  const [year, month, day] = [then.getUTCFullYear(), then.getUTCMonth(), then.getUTCDate()];
  const sameYear = year === today.getUTCFullYear();
  if (sameYear && month === today.getUTCMonth() && day === today.getUTCDate()) return NONE;
  const said = sameYear ? NONE : { zh: `${year}年`, en: ` ${year}` };
  return { zh: `${said.zh}${month + 1}月${day}日`, en: ` on ${day} ${MONTHS[month]}${said.en}` };
}

function twoDigits(n: number): string {
  return String(n).padStart(2, '0');
}
