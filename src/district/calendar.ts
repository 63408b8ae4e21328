import type { Intervals, Mode } from '../model/plan.js';
import { pointer } from './faults.js';
import { normalise } from '../model/intervals.js';
import { DAY_MINUTES, dayNumber, type LocalClock, minuteOfDay, weekdayIndex } from './local-time.js';
import {
  type CalendarFile,
  MODES,
  type ModeWindowFile,
  type ScheduleFile,
  WEEKDAYS,
  type WindowFile,
} from './plan-schemas.js';

/** Minutes on the local clock since the midnight that begins the window's day, `[from, to)`; `to` may be the day after. */
export interface DayWindow {
  readonly from: number;
  readonly to: number;
  /** Where in plan.json it stands. */
  readonly path: string;
}
export interface ModeWindow extends DayWindow {
  readonly mode: Mode;
}
/** A calendar day, resolved: what the base week says, with the day's exception on top. */
export interface CalendarDay {
  readonly dayType: string;
  readonly coverage: readonly DayWindow[];
  readonly modes: readonly ModeWindow[];
  readonly coveragePath: string;
  readonly modesPath: string;
}
/** Windows that begin on a day (days since 1970). */
export type Layer = (day: number) => readonly DayWindow[];

/** Interval lists that every plan has besides its own schedules and its modes. */
export const BUILT_IN_SCHEDULES = ['always', 'coverage'] as const;

/** Remembers a layer's days: they are asked for again and again. */
function remembered<W>(layer: (day: number) => W): (day: number) => W {
  const known = new Map<number, W>();
  return (day) => {
    let windows = known.get(day);
    if (windows === undefined) {
      windows = layer(day);
      known.set(day, windows);
    }
    return windows;
  };
}

/** A calendar whose names and dates were checked (`calendarNameFaults`). */
export class Calendar {
  readonly #file: CalendarFile;
  readonly #exceptions: ReadonlyMap<number, number>;
  /** What holds on a day (days since 1970). */
  readonly day: (day: number) => CalendarDay;

  constructor(file: CalendarFile) {
    this.day = remembered((day) => this.#resolve(day));
    this.#file = file;
    this.#exceptions = indexByDay(file.exceptions ?? []);
  }

  #resolve(day: number): CalendarDay {
    const exceptionIndex = this.#exceptions.get(day);
    const exception = exceptionIndex === undefined ? undefined : this.#file.exceptions?.[exceptionIndex];
    const dayType = this.dayType(day);
    const base = this.#file.dayTypes[dayType];
    const basePath = pointer('calendar', 'dayTypes', dayType);
    const ownPath = pointer('calendar', 'exceptions', exceptionIndex ?? 0);
    const coveragePath = `${exception?.coverage === undefined ? basePath : ownPath}/coverage`;
    const modesPath = `${exception?.modes === undefined ? basePath : ownPath}/modes`;
    return {
      dayType,
      coverage: windowsOf(exception?.coverage ?? base?.coverage ?? [], coveragePath),
      modes: modeWindowsOf(exception?.modes ?? base?.modes ?? [], modesPath),
      coveragePath,
      modesPath,
    };
  }

  dayType(day: number): string {
    const index = this.#exceptions.get(day);
    const as = index === undefined ? undefined : this.#file.exceptions?.[index]?.as;
    return as === undefined ? this.#baseType(day) : resolveDayType(this.#file, as);
  }

  #baseType(day: number): string {
    return this.#file.week[WEEKDAYS[weekdayIndex(day)] ?? 'monday'];
  }

  modeLayer(mode: Mode): Layer {
    return remembered((day) => this.day(day).modes.filter((window) => window.mode === mode));
  }

  get coverageLayer(): Layer {
    return (day) => this.day(day).coverage;
  }

  scheduleLayer(name: string, schedule: ScheduleFile): Layer {
    const exceptions = indexByDay(schedule.exceptions ?? []);
    const path = pointer('schedules', name);
    const ofType = (dayType: string) => {
      const own = schedule.dayTypes;
      return own !== undefined && Object.hasOwn(own, dayType)
        ? windowsOf(own[dayType] ?? [], path + pointer('dayTypes', dayType))
        : windowsOf(schedule.daily ?? [], `${path}/daily`);
    };
    return remembered((day) => {
      const index = exceptions.get(day);
      const exception = index === undefined ? undefined : schedule.exceptions?.[index];
      if (exception?.windows !== undefined) {
        return windowsOf(exception.windows, path + pointer('exceptions', index ?? 0, 'windows'));
      }
      return ofType(exception?.as === undefined ? this.dayType(day) : resolveDayType(this.#file, exception.as));
    });
  }

  /** All layers of a plan by the key that `CompiledPlan.schedules` gives them. */
  layers(schedules: Readonly<Record<string, ScheduleFile>>): Map<string, Layer> {
    const layers = new Map<string, Layer>();
    for (const mode of MODES) layers.set(`mode:${mode}`, this.modeLayer(mode));
    layers.set('coverage', this.coverageLayer);
    layers.set('always', () => [{ from: 0, to: DAY_MINUTES, path: '' }]);
    for (const [name, schedule] of Object.entries(schedules)) layers.set(name, this.scheduleLayer(name, schedule));
    return layers;
  }
}

/** `as` names a day type, or a weekday whose day type it then means. */
function resolveDayType(calendar: CalendarFile, as: string): string {
  if (Object.hasOwn(calendar.dayTypes, as)) return as;
  const weekday = WEEKDAYS.find((name) => name === as);
  return weekday === undefined ? as : calendar.week[weekday];
}

/** The layer's windows over `[fromMs, toMs)` as UTC intervals. */
export function utcIntervals(layer: Layer, clock: LocalClock, fromMs: number, toMs: number): Intervals {
  const pairs: [number, number][] = [];
  // A window reaches into the next day at most; a second day more allows for what the clock may skip.
  for (let day = clock.dayAt(fromMs) - 2; day <= clock.dayAt(toMs) + 1; day += 1) {
    for (const window of layer(day)) {
      const from = clock.instantMs(day * DAY_MINUTES + window.from);
      const to = clock.instantMs(day * DAY_MINUTES + window.to);
      pairs.push([Math.max(from, fromMs), Math.min(to, toMs)]);
    }
  }
  return normalise(pairs);
}

/** The layer on the local clock, on these days only, in minutes since 1970. */
export function localIntervals(layer: Layer, days: Iterable<number>): Intervals {
  const pairs: [number, number][] = [];
  for (const day of days) {
    for (const window of windowsOn(layer, day)) pairs.push([window.from, window.to]);
  }
  return normalise(pairs);
}

/** Windows that touch a day, those of the day before too, clipped to it; in minutes since 1970. */
export function windowsOn<W extends DayWindow>(layer: (day: number) => readonly W[], day: number): W[] {
  const [start, end] = [day * DAY_MINUTES, (day + 1) * DAY_MINUTES];
  return [day - 1, day].flatMap((first) =>
    layer(first)
      .map((window) => ({
        ...window,
        from: Math.max(start, first * DAY_MINUTES + window.from),
        to: Math.min(end, first * DAY_MINUTES + window.to),
      }))
      .filter((window) => window.from < window.to),
  );
}

interface DatedFile {
  readonly date: string;
  readonly through?: string;
}

/** First and last day, inclusive, or null where a date is not real. */
export function daysOf(dated: DatedFile): [first: number, last: number] | null {
  const first = dayNumber(dated.date);
  const last = dayNumber(dated.through ?? dated.date);
  return first === null || last === null ? null : [first, last];
}

function indexByDay(exceptions: readonly DatedFile[]): Map<number, number> {
  const byDay = new Map<number, number>();
  exceptions.forEach((exception, index) => {
    const [first, last] = daysOf(exception) ?? [0, -1];
    for (let day = first; day <= last; day += 1) byDay.set(day, index);
  });
  return byDay;
}

function windowsOf(files: readonly WindowFile[], path: string): DayWindow[] {
  return files.map((file, index) => ({ ...minutesOf(file), path: path + pointer(index) }));
}

function modeWindowsOf(files: readonly ModeWindowFile[], path: string): ModeWindow[] {
  return files.map((file, index) => ({ mode: file.mode, ...minutesOf(file), path: path + pointer(index) }));
}

function minutesOf(file: WindowFile): { from: number; to: number } {
  const from = minuteOfDay(file.from);
  const to = minuteOfDay(file.to);
  return { from, to: to <= from ? to + DAY_MINUTES : to };
}
