import { nearest } from './nearest.js';
import { pointer, type Report, show } from './faults.js';
import { type Calendar, daysOf, localIntervals, type ModeWindow, windowsOn } from './calendar.js';
import { pairsOf, subtract } from '../model/intervals.js';
import { DAY_MINUTES, dateText, dayNumber, timeText, weekdayIndex } from './local-time.js';
import { type CalendarFile, type ScheduleFile, WEEKDAYS, type WindowFile } from './plan-schemas.js';

/** An exception longer than this is a mistake in a year. */
const MAX_EXCEPTION_DAYS = 400;
/** A Monday from which the base week is looked at where the calendar has no exceptions. */
const SOME_MONDAY = '2026-01-05';

/** Names, dates and windows of a calendar; true when the calendar can be evaluated. */
export function calendarNameFaults(file: CalendarFile, report: Report): boolean {
  let sound = true;
  const fault: Report = (path, reason) => {
    sound = false;
    report(path, reason);
  };
  const types = Object.keys(file.dayTypes);
  for (const [name, dayType] of Object.entries(file.dayTypes)) {
    const path = pointer('calendar', 'dayTypes', name);
    emptyWindowFaults(dayType.coverage, `${path}/coverage`, fault);
    emptyWindowFaults(dayType.modes, `${path}/modes`, fault);
  }
  for (const weekday of WEEKDAYS) {
    const name = file.week[weekday];
    if (!Object.hasOwn(file.dayTypes, name))
      fault(pointer('calendar', 'week', weekday), unknownName('day type', name, types));
  }
  const exceptions = file.exceptions ?? [];
  exceptionFaults(exceptions, '/calendar/exceptions', types, fault);
  exceptions.forEach((exception, index) => {
    const path = pointer('calendar', 'exceptions', index);
    if (exception.as === undefined && exception.modes === undefined) {
      fault(path, 'got neither `as` nor `modes`, expected a day type or windows of its own');
    }
    emptyWindowFaults(exception.coverage ?? [], `${path}/coverage`, fault);
    emptyWindowFaults(exception.modes ?? [], `${path}/modes`, fault);
  });
  return sound;
}

/** Names, dates and windows of one schedule; true when the schedule can be evaluated. */
export function scheduleFaults(name: string, file: ScheduleFile, calendar: CalendarFile, report: Report): boolean {
  let sound = true;
  const fault: Report = (path, reason) => {
    sound = false;
    report(path, reason);
  };
  const path = pointer('schedules', name);
  const types = Object.keys(calendar.dayTypes);
  if (file.daily === undefined && file.dayTypes === undefined) {
    fault(path, 'got neither `daily` nor `dayTypes`, expected windows');
  }
  emptyWindowFaults(file.daily ?? [], `${path}/daily`, fault);
  for (const [dayType, windows] of Object.entries(file.dayTypes ?? {})) {
    const own = path + pointer('dayTypes', dayType);
    if (!Object.hasOwn(calendar.dayTypes, dayType)) fault(own, unknownName('day type', dayType, types));
    emptyWindowFaults(windows, own, fault);
  }
  const exceptions = file.exceptions ?? [];
  exceptionFaults(exceptions, `${path}/exceptions`, types, fault);
  exceptions.forEach((exception, index) => {
    const own = path + pointer('exceptions', index);
    if ((exception.as === undefined) === (exception.windows === undefined)) {
      fault(
        own,
        `got ${exception.as === undefined ? 'neither' : 'both'} of \`as\` and \`windows\`, expected exactly one`,
      );
    }
    emptyWindowFaults(exception.windows ?? [], `${own}/windows`, fault);
  });
  return sound;
}

export function unknownName(what: string, name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const list = known.length <= 12 ? known.join(', ') : `one of ${known.length}`;
  return `got an unknown ${what} ${show(name)}, expected ${list}${near === null ? '' : `; did you mean "${near}"?`}`;
}

function emptyWindowFaults(windows: readonly WindowFile[], path: string, fault: Report): void {
  windows.forEach((window, index) => {
    if (window.from === window.to) {
      fault(
        path + pointer(index),
        `got an empty window ${window.from}–${window.to}, expected an end other than its start`,
      );
    }
  });
}

interface ExceptionFile {
  readonly date: string;
  readonly through?: string;
  readonly as?: string;
}

function exceptionFaults(
  exceptions: readonly ExceptionFile[],
  path: string,
  types: readonly string[],
  fault: Report,
): void {
  const taken = new Map<number, number>();
  exceptions.forEach((exception, index) => {
    const own = path + pointer(index);
    if (exception.as !== undefined && !types.includes(exception.as) && !isWeekday(exception.as)) {
      fault(`${own}/as`, unknownName('day type', exception.as, types));
    }
    for (const key of ['date', 'through'] as const) {
      const date = exception[key];
      if (date !== undefined && dayNumber(date) === null)
        fault(`${own}/${key}`, `got ${show(date)}, expected a date that exists`);
    }
    const days = daysOf(exception);
    if (days === null) return;
    const [first, last] = days;
    if (last < first || last - first >= MAX_EXCEPTION_DAYS) {
      fault(
        `${own}/through`,
        `got ${exception.date} through ${exception.through}, expected 1 to ${MAX_EXCEPTION_DAYS} days`,
      );
      return;
    }
    for (let day = first; day <= last; day += 1) {
      const other = taken.get(day);
      if (other !== undefined) {
        fault(own, `got ${dateText(day)}, which ${path}/${other} has already, expected each date once`);
        return;
      }
      taken.set(day, index);
    }
  });
}

function isWeekday(name: string): boolean {
  return WEEKDAYS.some((weekday) => weekday === name);
}

/** Days that stand for all others: a base week without exceptions first, then every exception and the day that follows it. */
export function daysToCheck(calendar: CalendarFile, schedules: readonly ScheduleFile[]): number[] {
  const special = new Set<number>();
  for (const exceptions of [calendar.exceptions ?? [], ...schedules.map((schedule) => schedule.exceptions ?? [])]) {
    for (const exception of exceptions) {
      const [first, last] = daysOf(exception) ?? [0, -1];
      for (let day = first; day <= last + 1; day += 1) special.add(day);
    }
  }
  let monday = dayNumber(SOME_MONDAY) ?? 0;
  const week = () => Array.from({ length: 7 }, (_, index) => monday + index);
  // Monday sees the windows of the Sunday before, so that one must be free of exceptions too.
  while ([monday - 1, ...week()].some((day) => special.has(day))) monday += 7;
  return [...week(), ...[...special].sort((a, b) => a - b)];
}

/**
 * R0: the mode is a function of time. Inside the declared coverage exactly one mode holds at every instant, outside it
 * none. Checked on the local clock: a change of the clock keeps the order of local times (`LocalClock`), so it opens no
 * hole and makes no overlap.
 */
export function coverageFaults(calendar: Calendar, days: readonly number[], report: Report): void {
  const seen = new Set<string>();
  const once = (path: string, key: string, reason: string) => {
    const whole = `${path} ${key}`;
    if (seen.has(whole)) return;
    seen.add(whole);
    report(path, reason);
  };
  for (const day of days) {
    const modes = windowsOn((each) => calendar.day(each).modes, day).sort((a, b) => a.from - b.from || a.to - b.to);
    const covered = localIntervals(calendar.coverageLayer, [day]);
    const held = localIntervals((each) => calendar.day(each).modes, [day]);
    const { coveragePath, modesPath, dayType } = calendar.day(day);
    const on = `on ${dayText(day, dayType)}`;
    for (const [from, to] of pairsOf(subtract(covered, held))) {
      const hole = spanText(from, to, day);
      once(
        modesPath,
        `hole ${hole}`,
        `got a hole ${hole} ${on}: no mode, expected one at every instant of the coverage`,
      );
    }
    for (const [from, to] of pairsOf(subtract(held, covered))) {
      const outside = spanText(from, to, day);
      once(
        coveragePath,
        `outside ${outside}`,
        `got a mode at ${outside} ${on} outside of the coverage, expected the coverage to name those hours`,
      );
    }
    overlapFaults(modes, (later, earlier, from, to) => {
      const both = `${earlier.mode} and ${later.mode}`;
      const overlap = spanText(from, to, day);
      once(
        later.path,
        `overlap ${overlap}`,
        `got an overlap ${overlap} ${on}: ${both}, expected one mode at an instant`,
      );
    });
  }
}

function overlapFaults(
  sorted: readonly ModeWindow[],
  found: (later: ModeWindow, earlier: ModeWindow, from: number, to: number) => void,
): void {
  let reaching: ModeWindow | undefined;
  for (const window of sorted) {
    if (reaching !== undefined && window.from < reaching.to) {
      found(window, reaching, window.from, Math.min(window.to, reaching.to));
    }
    if (reaching === undefined || window.to > reaching.to) reaching = window;
  }
}

export function dayText(day: number, dayType: string): string {
  return `${WEEKDAYS[weekdayIndex(day)]} ${dateText(day)} (${dayType})`;
}

/** "09:00–09:30"; instants are minutes since 1970. */
export function spanText(from: number, to: number, day: number): string {
  return `${timeText(from - day * DAY_MINUTES)}–${timeText(to - day * DAY_MINUTES)}`;
}
