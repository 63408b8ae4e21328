import { DateTime, IANAZone } from 'luxon';

export const DAY_MINUTES = 1_440;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of a real date "YYYY-MM-DD", or null. */
export function dayNumber(date: string): number | null {
  const parsed = DateTime.fromISO(date, { zone: 'utc' });
  return parsed.isValid ? parsed.toMillis() / DAY_MS : null;
}

export function dateText(day: number): string {
  return DateTime.fromMillis(day * DAY_MS, { zone: 'utc' }).toFormat('yyyy-MM-dd');
}

/** 0 is Monday, 6 is Sunday; 1970-01-01 was a Thursday. */
export function weekdayIndex(day: number): number {
  return (((day + 3) % 7) + 7) % 7;
}

/** Minutes since the day's midnight; "24:00" is 1440. */
export function minuteOfDay(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

export function timeText(minute: number): string {
  const [hours, minutes] = [Math.floor(minute / 60), minute % 60];
  return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
}

export function isTimeZone(name: string): boolean {
  return IANAZone.isValidZone(name);
}

/** Turns the local clock into instants, for one zone. */
export class LocalClock {
  readonly #zone: IANAZone;
  readonly #known = new Map<number, number>();

  constructor(timeZone: string) {
    this.#zone = IANAZone.create(timeZone);
  }

  /**
   * The instant at which the local clock first shows `localMinute` (days since 1970 × 1440 + minute of the day). A time
   * that a change of the clock skips is the instant of the change; of a time that comes twice it is the first. So the
   * order of local times is kept, and windows that meet on the local clock meet in UTC as well.
   */
  instantMs(localMinute: number): number {
    const known = this.#known.get(localMinute);
    if (known !== undefined) return known;
    const instant = this.#find(localMinute * MINUTE_MS);
    this.#known.set(localMinute, instant);
    return instant;
  }

  /** The local date at an instant, in days since 1970. */
  dayAt(instantMs: number): number {
    return Math.floor((instantMs + this.#offsetMs(instantMs)) / DAY_MS);
  }

  #find(localMs: number): number {
    // Offsets are within a day of UTC, so these two instants lie before and after the one that is looked for.
    let before = localMs - 1.5 * DAY_MS;
    let after = localMs + 1.5 * DAY_MS;
    const candidates = [localMs - this.#offsetMs(before), localMs - this.#offsetMs(after)].sort((a, b) => a - b);
    for (const candidate of candidates) {
      if (candidate + this.#offsetMs(candidate) === localMs) return candidate;
    }
    // Skipped: halve down to the first instant whose local time is past the one asked for.
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (middle + this.#offsetMs(middle) < localMs) before = middle;
      else after = middle;
    }
    return after;
  }

  #offsetMs(instantMs: number): number {
    return Math.round(this.#zone.offset(instantMs) * MINUTE_MS);
  }
}
