import fc from 'fast-check';
import t from 'tap';
import { Calendar, utcIntervals } from '../../src/district/calendar.js';
import { coverageFaults, daysToCheck } from '../../src/district/calendar-faults.js';
import { intersect, normalise, pairsOf, subtract, unite } from '../../src/model/intervals.js';
import { dateText, dayNumber, LocalClock, weekdayIndex } from '../../src/district/local-time.js';
import type { CalendarFile, ScheduleFile } from '../../src/district/plan-schemas.js';
import type { Intervals } from '../../src/model/plan.js';

const at = (text: string) => Date.parse(text);
const texts = (intervals: Intervals) => pairsOf(intervals).map(([from, to]) => `${iso(from)}/${iso(to)}`);
const iso = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z');

const sameEveryDay = (dayType: string) =>
  ({
    monday: dayType,
    tuesday: dayType,
    wednesday: dayType,
    thursday: dayType,
    friday: dayType,
    saturday: dayType,
    sunday: dayType,
  }) as const;
const NO_MODES: CalendarFile = { dayTypes: { plain: { coverage: [], modes: [] } }, week: sameEveryDay('plain') };

/** A schedule of one daily window, in UTC. */
function daily(timeZone: string, from: string, to: string, first: string, last: string): string[] {
  const layer = new Calendar(NO_MODES).scheduleLayer('s', { daily: [{ from, to }] });
  return texts(utcIntervals(layer, new LocalClock(timeZone), at(first), at(last)));
}

const WORKDAY = {
  coverage: [{ from: '08:30', to: '20:00' }],
  modes: [
    { mode: 'peak', from: '08:30', to: '09:00' },
    { mode: 'off-peak', from: '09:00', to: '17:00' },
    { mode: 'low', from: '17:00', to: '20:00' },
  ],
} as const;
const REST_DAY = {
  coverage: [{ from: '10:00', to: '18:00' }],
  modes: [{ mode: 'peak', from: '10:00', to: '18:00' }],
} as const;
const CALENDAR = {
  dayTypes: {
    workday: { coverage: [...WORKDAY.coverage], modes: [...WORKDAY.modes] },
    'rest-day': { coverage: [...REST_DAY.coverage], modes: [...REST_DAY.modes] },
  },
  week: { ...sameEveryDay('workday'), saturday: 'rest-day', sunday: 'rest-day' },
  exceptions: [
    { date: '2026-10-01', through: '2026-10-07', as: 'rest-day', note: 'National Day' },
    { date: '2026-10-10', as: 'monday', note: 'a Saturday on which people work' },
    {
      date: '2026-10-15',
      coverage: [{ from: '00:00', to: '24:00' }],
      modes: [{ mode: 'peak', from: '00:00', to: '24:00' }],
    },
  ],
} satisfies CalendarFile;
const shanghai = new LocalClock('Asia/Shanghai');

t.test('windows are half-open to the millisecond', (t) => {
  const calendar = new Calendar(CALENDAR);
  const coverage = utcIntervals(calendar.coverageLayer, shanghai, at('2026-11-22T16:00Z'), at('2026-11-24T16:00Z'));
  const holds = (text: string) => pairsOf(coverage).some(([from, to]) => from <= at(text) && at(text) < to);
  t.notOk(holds('2026-11-23T08:29:59.999+08:00'));
  t.ok(holds('2026-11-23T08:30:00.000+08:00'));
  t.ok(holds('2026-11-23T19:59:59.999+08:00'));
  t.notOk(holds('2026-11-23T20:00:00.000+08:00'));
  t.end();
});

t.test('exceptions and make-up days', (t) => {
  const calendar = new Calendar(CALENDAR);
  const day = (date: string) => calendar.day(dayNumber(date) ?? 0);
  const modes = (date: string) => day(date).modes.map((window) => window.mode);
  t.same(modes('2026-09-30'), ['peak', 'off-peak', 'low'], 'Wednesday');
  t.same(modes('2026-10-01'), ['peak'], 'first day of the holiday');
  t.same(modes('2026-10-07'), ['peak'], 'last day of the holiday, inclusive');
  t.same(modes('2026-10-08'), ['peak', 'off-peak', 'low'], 'Thursday');
  t.same(modes('2026-10-10'), ['peak', 'off-peak', 'low'], 'a Saturday as Monday');
  t.same(modes('2026-10-11'), ['peak'], 'the Sunday after');
  t.equal(day('2026-10-15').dayType, 'workday', 'windows of its own leave the day type, which schedules follow');
  t.same(texts(utcIntervals(calendar.modeLayer('peak'), shanghai, at('2026-10-14T16:00Z'), at('2026-10-15T16:00Z'))), [
    '2026-10-14T16:00Z/2026-10-15T16:00Z',
  ]);

  const schedule: ScheduleFile = {
    daily: [{ from: '12:00', to: '13:00' }],
    dayTypes: { workday: [{ from: '07:20', to: '08:30' }] },
    exceptions: [
      { date: '2026-10-12', windows: [] },
      { date: '2026-10-13', as: 'rest-day' },
    ],
  };
  const layer = calendar.scheduleLayer('school-run', schedule);
  const starts = (date: string) => layer(dayNumber(date) ?? 0).map((window) => window.from / 60);
  t.same(starts('2026-09-30'), [7 + 1 / 3], 'a day type that it names');
  t.same(starts('2026-10-01'), [12], "a day type that it does not name, by the calendar's exception");
  t.same(starts('2026-10-10'), [7 + 1 / 3], 'a make-up day');
  t.same(starts('2026-10-12'), [], 'an exception of its own: nothing');
  t.same(starts('2026-10-13'), [12], 'an exception of its own: another day type');
  t.end();
});

t.test('windows across midnight', (t) => {
  t.same(daily('Asia/Shanghai', '22:00', '06:00', '2026-11-23T16:00Z', '2026-11-25T16:00Z'), [
    '2026-11-23T16:00Z/2026-11-23T22:00Z',
    '2026-11-24T14:00Z/2026-11-24T22:00Z',
    '2026-11-25T14:00Z/2026-11-25T16:00Z',
  ]);
  t.same(daily('Asia/Shanghai', '22:00', '24:00', '2026-11-23T16:00Z', '2026-11-24T16:00Z'), [
    '2026-11-24T14:00Z/2026-11-24T16:00Z',
  ]);
  t.same(
    daily('Asia/Shanghai', '00:00', '24:00', '2026-11-23T03:00Z', '2026-11-25T03:00Z'),
    ['2026-11-23T03:00Z/2026-11-25T03:00Z'],
    'days that meet are one interval',
  );
  t.end();
});

t.test('the hour that daylight saving skips, and the one that comes twice', (t) => {
  // Berlin: 29 March 2026, 02:00 is 03:00; 25 October 2026, 03:00 is 02:00. New York: 8 March and 1 November 2026.
  const night = (zone: string, from: string, to: string, date: string) =>
    daily(zone, from, to, `${date}T00:00Z`, iso(at(`${date}T00:00Z`) + 72_000_000));
  t.same(
    night('Europe/Berlin', '01:00', '04:00', '2026-03-29'),
    ['2026-03-29T00:00Z/2026-03-29T02:00Z'],
    'two hours instead of three',
  );
  t.same(
    night('Europe/Berlin', '01:00', '02:30', '2026-03-29'),
    ['2026-03-29T00:00Z/2026-03-29T01:00Z'],
    'ends in the gap: at the change',
  );
  t.same(
    night('Europe/Berlin', '02:30', '04:00', '2026-03-29'),
    ['2026-03-29T01:00Z/2026-03-29T02:00Z'],
    'begins in the gap: at the change',
  );
  t.same(night('Europe/Berlin', '02:10', '02:50', '2026-03-29'), [], 'all in the gap: nothing');
  t.same(
    daily('Europe/Berlin', '01:00', '04:00', '2026-10-24T12:00Z', '2026-10-25T12:00Z'),
    ['2026-10-24T23:00Z/2026-10-25T03:00Z'],
    'four hours instead of three',
  );
  t.same(
    daily('Europe/Berlin', '02:30', '04:00', '2026-10-24T12:00Z', '2026-10-25T12:00Z'),
    ['2026-10-25T00:30Z/2026-10-25T03:00Z'],
    'the first 02:30',
  );
  t.same(night('America/New_York', '01:30', '03:30', '2026-03-08'), ['2026-03-08T06:30Z/2026-03-08T07:30Z']);
  t.same(night('America/New_York', '01:30', '03:30', '2026-11-01'), ['2026-11-01T05:30Z/2026-11-01T08:30Z']);
  t.same(
    daily('Pacific/Apia', '06:00', '18:00', '2011-12-28T12:00Z', '2012-01-01T12:00Z').length,
    4,
    'a day that never was has no window',
  );
  t.same(
    daily('Australia/Lord_Howe', '01:00', '03:00', '2026-10-03T06:00Z', '2026-10-04T06:00Z'),
    ['2026-10-03T14:30Z/2026-10-03T16:00Z'],
    'half an hour of daylight saving',
  );
  t.end();
});

t.test('local times keep their order, and instants of existing times are those of Intl', (t) => {
  const minuteMs = 60_000;
  for (const zone of [
    'Asia/Shanghai',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'America/St_Johns',
  ]) {
    const clock = new LocalClock(zone);
    const shown = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    let before = Number.NEGATIVE_INFINITY;
    let missing = 0;
    const start = (dayNumber('2026-02-01') ?? 0) * 1_440;
    for (let minute = start; minute < start + 300 * 1_440; minute += 30) {
      const instant = clock.instantMs(minute);
      if (instant < before) return t.fail(`${zone}: ${minute} comes before its predecessor`);
      before = instant;
      const text = shown.format(instant).replace(' ', 'T');
      if (at(`${text}Z`) !== minute * minuteMs) missing += 1;
      else if (shown.format(instant - 3_600_000).replace(' ', 'T') === text)
        return t.fail(`${zone}: not the first ${text}`);
    }
    t.ok(missing <= 4, `${zone}: ${missing} half-hours are skipped`);
  }
  t.end();
});

t.test('a calendar that tiles its coverage tiles it in UTC too, whatever the clock does', (t) => {
  const calendar = new Calendar({
    dayTypes: {
      plain: {
        coverage: [{ from: '22:00', to: '09:00' }],
        modes: [
          { mode: 'low', from: '22:00', to: '02:30' },
          { mode: 'off-peak', from: '02:30', to: '03:00' },
          { mode: 'peak', from: '03:00', to: '09:00' },
        ],
      },
    },
    week: sameEveryDay('plain'),
  });
  const reported: string[] = [];
  coverageFaults(calendar, daysToCheck({ dayTypes: {}, week: sameEveryDay('plain') }, []), (path, reason) =>
    reported.push(path, reason),
  );
  t.same(reported, []);
  for (const zone of ['Europe/Berlin', 'America/New_York', 'Asia/Shanghai']) {
    const clock = new LocalClock(zone);
    const [from, to] = [at('2026-01-01T00:00Z'), at('2027-01-01T00:00Z')];
    const expand = (mode: 'peak' | 'off-peak' | 'low') => utcIntervals(calendar.modeLayer(mode), clock, from, to);
    const modes = [expand('peak'), expand('off-peak'), expand('low')] as const;
    t.same(unite(modes), utcIntervals(calendar.coverageLayer, clock, from, to), `${zone}: no hole`);
    t.same(intersect(modes[0], modes[1]).length, 0, `${zone}: no overlap`);
    t.same(intersect(modes[1], modes[2]).length, 0, `${zone}: no overlap`);
  }
  t.end();
});

t.test('any calendar: faults are reported exactly when some minute has the wrong number of modes', (t) => {
  const time = fc
    .integer({ min: 0, max: 47 })
    .map((half) => `${String(half >> 1).padStart(2, '0')}:${half % 2 ? '30' : '00'}`);
  const window = fc
    .record({ from: time, to: fc.oneof(time, fc.constant('24:00')) })
    .filter(({ from, to }) => from !== to);
  const modeWindow = fc
    .tuple(window, fc.constantFrom('peak' as const, 'low' as const))
    .map(([span, mode]) => ({ ...span, mode }));
  // Half of the days tile their coverage, so that sound calendars come up often.
  const tiled = fc.uniqueArray(time, { minLength: 2, maxLength: 4 }).map((times) => {
    const sorted = times.toSorted();
    const modes = sorted.slice(1).map((to, index) => ({ mode: 'peak' as const, from: sorted[index] ?? '', to }));
    return { coverage: [{ from: sorted[0] ?? '', to: sorted.at(-1) ?? '' }], modes };
  });
  const random = fc.record({
    coverage: fc.array(window, { maxLength: 2 }),
    modes: fc.array(modeWindow, { maxLength: 3 }),
  });
  const dayType = fc.oneof({ weight: 4, arbitrary: tiled }, { weight: 1, arbitrary: random });
  const tally = { sound: 0, faulty: 0 };
  fc.assert(
    fc.property(dayType, dayType, (a, b) => {
      const file: CalendarFile = {
        dayTypes: { a, b },
        week: { ...sameEveryDay('a'), wednesday: 'b' },
        exceptions: [{ date: '2026-01-16', as: 'b' }],
      };
      const calendar = new Calendar(file);
      const reported: string[] = [];
      coverageFaults(calendar, daysToCheck(file, []), (_, reason) => reported.push(reason));
      // The oracle counts modes half-hour by half-hour over four weeks around the exception.
      const first = dayNumber('2026-01-01') ?? 0;
      const counts = new Map<number, { modes: number; covered: boolean }>();
      for (let day = first; day < first + 28; day += 1) {
        const type = dateText(day) === '2026-01-16' || weekdayIndex(day) === 2 ? b : a;
        const each = (span: { from: string; to: string }, use: (slot: { modes: number; covered: boolean }) => void) => {
          const half = (text: string) => Number(text.slice(0, 2)) * 2 + (text.endsWith('30') ? 1 : 0);
          const to = half(span.to) <= half(span.from) ? half(span.to) + 48 : half(span.to);
          for (let slot = half(span.from); slot < to; slot += 1) {
            const key = day * 48 + slot;
            const state = counts.get(key) ?? { modes: 0, covered: false };
            use(state);
            counts.set(key, state);
          }
        };
        for (const span of type.coverage)
          each(span, (state) => {
            state.covered = true;
          });
        for (const span of type.modes)
          each(span, (state) => {
            state.modes += 1;
          });
      }
      const whole = [...counts].filter(([key]) => key >= (first + 1) * 48 && key < (first + 27) * 48);
      const sound = whole.every(([, { modes, covered }]) => modes === (covered ? 1 : 0));
      tally[sound ? 'sound' : 'faulty'] += 1;
      return sound === (reported.length === 0);
    }),
    { seed: 20_261_124, numRuns: 400 },
  );
  t.ok(tally.sound > 40 && tally.faulty > 40, JSON.stringify(tally));
  t.end();
});

t.test('interval arithmetic against sets of minutes', (t) => {
  const list = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 6 }).map((pairs) => normalise(pairs));
  const minutes = (intervals: Intervals) =>
    new Set(pairsOf(intervals).flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i)));
  const isClean = (intervals: Intervals) =>
    intervals.every((value, index) => index === 0 || value > (intervals[index - 1] ?? 0));
  fc.assert(
    fc.property(list, list, (a, b) => {
      const [inA, inB] = [minutes(a), minutes(b)];
      const results = [unite([a, b]), intersect(a, b), subtract(a, b)];
      const expected = [
        new Set([...inA, ...inB]),
        new Set([...inA].filter((m) => inB.has(m))),
        new Set([...inA].filter((m) => !inB.has(m))),
      ];
      return results.every(
        (result, index) => isClean(result) && sameSet(minutes(result), expected[index] ?? new Set()),
      );
    }),
    { seed: 1, numRuns: 500 },
  );
  t.pass('500 pairs of lists');
  t.end();
});

function sameSet(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  return a.size === b.size && [...a].every((value) => b.has(value));
}
