import { DAY_MINUTES, dateText, dayNumber, LocalClock } from '../district/local-time.js';
import { BeatwatchError } from '../model/errors.js';
import { isDateText } from '../model/local-date.js';

/** A day of a district's calendar: `[fromMs, toMs)`, from one local midnight to the next. */
export interface LocalDay {
  /** `2026-11-24`. */
  readonly day: string;
  readonly timeZone: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Throws `day-invalid` for a text that is no date. */
export function localDay(day: string, timeZone: string): LocalDay {
  const number = isDateText(day) ? dayNumber(day) : null;
  if (number === null)
    throw new BeatwatchError('day-invalid', `got the day ${JSON.stringify(day)}, expected a date such as 2026-11-24`);
  return dayOf(number, timeZone);
}

/** The day that an instant lies in. */
export function localDayAt(instantMs: number, timeZone: string): LocalDay {
  return dayOf(new LocalClock(timeZone).dayAt(instantMs), timeZone);
}

function dayOf(number: number, timeZone: string): LocalDay {
  const clock = new LocalClock(timeZone);
  return {
    day: dateText(number),
    timeZone,
    fromMs: clock.instantMs(number * DAY_MINUTES),
    toMs: clock.instantMs((number + 1) * DAY_MINUTES),
  };
}
