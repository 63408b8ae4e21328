import t from 'tap';
import type { DayRecord } from '../../src/model/day-record.js';
import { agesOf } from '../../src/reports/ages.js';
import { alertQuality } from '../../src/reports/alert-quality.js';
import { dwellOf } from '../../src/reports/dwell.js';
import { clockHours } from '../../src/reports/hours.js';
import { visitsNeeded } from '../../src/reports/orders.js';
import { namedRows } from '../../src/reports/page/named-rows.js';
import type { ReportVisit } from '../../src/reports/period.js';
import { periodOf, type ReportDay } from '../../src/reports/period-of.js';
import { makeReport, REPORT_NAMES, type ReportName } from '../../src/reports/report.js';
import { lengthMs } from '../../src/reports/spans.js';
import type { Cell } from '../../src/reports/table.js';
import { madeVersion } from './made-day.js';
import { clock, WORKED_DAY } from './worked-day.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** The worked day, but for what the test says of its record. */
function day(fields: Partial<DayRecord>): ReportDay {
  return { ...WORKED_DAY, record: { ...WORKED_DAY.record, ...fields } };
}

/** A table's rows by column. */
function rowsOf(days: readonly ReportDay[], report: ReportName, name: string): Readonly<Record<string, Cell>>[] {
  const table = makeReport(report, periodOf(days)).tables.find((one) => one.name === name);
  if (table === undefined) throw new Error(`got no table ${name}, expected one in ${report}`);
  return namedRows(table);
}

function visit(fields: Partial<ReportVisit>): ReportVisit {
  return {
    unit: 'car-1',
    kind: 'visit',
    innerFromMs: 0,
    innerToMs: 12 * MINUTE_MS,
    outerFromMs: 0,
    outerToMs: 12 * MINUTE_MS,
    ...fields,
  };
}

t.test('a day without duty has no rates, and every report of it can be made', async (t) => {
  const empty = day({
    places: WORKED_DAY.record.places.map((place) => ({
      ...place,
      required: [],
      covered: [],
      unknown: [],
      uncovered: [],
    })),
    units: WORKED_DAY.record.units.map((unit) => ({ ...unit, duty: [], silences: [] })),
    visits: [],
    plans: [],
  });
  const [row] = rowsOf([empty], 'presence', 'presence');
  t.match(row, { presenceRate: null, presenceRateLow: null, presenceRateHigh: null, unknownShare: null, requiredS: 0 });
  t.strictSame(rowsOf([empty], 'presence', 'presence-by-hour'), []);
  t.match(rowsOf([empty], 'visits', 'since-last-visit')[0], { p50MinutesHigh: null, ageWeightedMeanMinutes: null });
  t.match(rowsOf([empty], 'units', 'utilisation')[0], { dutyS: 0, elsewhereShare: null });
  t.match(rowsOf([empty], 'checkpoints', 'checkpoints')[0], { state: 'not-required', firstMs: null });
  t.match(rowsOf([empty], 'delivery', 'delivery')[0], { orderedVisits: 0, visitShareLow: null });
  for (const name of REPORT_NAMES) t.ok(makeReport(name, periodOf([empty])).tables.length > 0, name);
});

t.test('a day of which nothing is known has no rate, and says so', async (t) => {
  const [place] = WORKED_DAY.record.places;
  const unknown = day({
    places: place === undefined ? [] : [{ ...place, covered: [], unknown: place.required, uncovered: [] }],
    visits: [],
  });
  const expected = { presenceRate: null, presenceRateLow: 0, presenceRateHigh: 1, unknownShare: 1 };
  t.match(rowsOf([unknown], 'presence', 'presence')[0], expected);
  t.match(rowsOf([unknown], 'checkpoints', 'checkpoints')[0], { state: 'possible', stays: 0 });
  const ages = rowsOf([unknown], 'visits', 'since-last-visit')[0];
  t.match(ages, { maxMinutesLow: 0, maxMinutesHigh: 240, p50MinutesLow: 0, p50MinutesHigh: 120 });
});

t.test('a visit over midnight is one visit, as the later day knows it', async (t) => {
  const fromMs = clock('23:50');
  const base = {
    kind: 'visit',
    unit: 'car-1',
    place: 'square',
    innerFromMs: fromMs,
    fromHole: false,
    toHole: false,
  } as const;
  const first = day({ visits: [{ ...base, innerToMs: null, outerFromMs: clock('23:49'), outerToMs: null }] });
  const second = day({
    day: '2026-11-25',
    fromMs: clock('24:00'),
    toMs: clock('48:00'),
    visits: [{ ...base, innerToMs: clock('24:02'), outerFromMs: clock('23:49'), outerToMs: clock('24:03') }],
  });
  const [alone] = rowsOf([first], 'dwell', 'dwell-goal');
  t.match(alone, { visits: 1, goalVisitsLow: 0, goalVisitsHigh: 1 }, 'while it goes on it may become long enough');
  t.match(rowsOf([second], 'visits', 'visit-frequency')[0], { visits: 0 }, 'it belongs to the day on which it began');
  const [both] = rowsOf([first, second], 'dwell', 'dwell-goal');
  t.match(both, { visits: 1, goalVisitsLow: 1, goalVisitsHigh: 1 });
});

t.test('a visit that goes on has no upper length', async (t) => {
  const { bins, meanInnerMs, meanOuterMs } = dwellOf([visit({ innerToMs: null, outerToMs: null })], 4 * MINUTE_MS);
  t.strictSame(
    bins.map(({ low, high }) => [low, high]),
    [
      [0, 0],
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
      [0, 1],
    ],
  );
  t.equal(meanInnerMs, 4 * MINUTE_MS);
  t.equal(meanOuterMs, null);
});

t.test('a bin begins with its first minute and ends before the next', async (t) => {
  const of = (minutes: number) => {
    const ms = minutes * MINUTE_MS;
    const { bins, goalLow } = dwellOf([visit({ innerToMs: ms, outerToMs: ms })], ms);
    return [bins.findIndex(({ low }) => low === 1), goalLow];
  };
  t.strictSame([0, 2, 5, 10, 15.99, 16, 30, 600].map(of), [
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 1],
    [3, 1],
    [4, 0],
    [5, 0],
    [5, 0],
  ]);
});

t.test('passages are counted, and are no visits', async (t) => {
  t.equal(dwellOf([visit({ kind: 'cross' })], 0).visits, 0);
  const crossed = day({ visits: WORKED_DAY.record.visits.map((one) => ({ ...one, kind: 'cross' as const })) });
  t.match(rowsOf([crossed], 'visits', 'visit-frequency')[0], { visits: 0, crosses: 3, meanMinutesLow: null });
  t.match(rowsOf([crossed], 'presence', 'presence')[0], { unitMinutesLow: 0, unitMinutesHigh: 0 });
});

t.test('units off duty add no minutes', async (t) => {
  const off = day({ units: WORKED_DAY.record.units.filter(({ unit }) => unit !== 'car-1') });
  t.match(rowsOf([off], 'presence', 'presence')[0], { unitMinutesLow: 12, unitMinutesHigh: 15 });
});

t.test('ages of a place that is always covered are 0', async (t) => {
  const zero = { p50Ms: 0, p90Ms: 0, maxMs: 0, meanMs: 0, ageWeightedMeanMs: null };
  t.strictSame(agesOf([0, 100], [0, 100]), zero);
  t.strictSame(agesOf([], [0, 100]), { p50Ms: null, p90Ms: null, maxMs: null, meanMs: null, ageWeightedMeanMs: null });
  t.match(agesOf([0, 100, 1_000, 1_100], []), { maxMs: 100, meanMs: 50 }, 'each window begins at 0');
});

t.test('the fewest visits that a rule asks for', async (t) => {
  const order = { thresholdMs: 60, visitMs: 10 };
  t.strictSame(
    [0, 60, 61, 130, 131, 240].map((length) => visitsNeeded(length, order)),
    [0, 0, 1, 1, 2, 3],
  );
});

t.test('hours are those of the local clock, also where it changes', async (t) => {
  const hoursOf = (timeZone: string, fromMs: number, toMs: number) =>
    clockHours(timeZone, [{ day: '', fromMs, toMs, recordSha256: '', foldVersion: 1, alertsDeletedAtMs: null }]);
  const put = (timeZone: string, from: string, to: string) => {
    const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
    const hours = hoursOf(timeZone, fromMs, toMs);
    t.equal(
      hours.reduce((sum, { spans }) => sum + lengthMs(spans), 0),
      toMs - fromMs,
      `${timeZone}: the hours are the day`,
    );
    return new Map(hours.map(({ hour, spans }) => [hour, lengthMs(spans) / HOUR_MS]));
  };
  const back = put('Europe/Berlin', '2026-10-25T00:00+02:00', '2026-10-26T00:00+01:00');
  t.equal(back.get(2), 2, 'the hour that comes twice');
  t.equal(back.size, 24);
  const forward = put('Europe/Berlin', '2026-03-29T00:00+01:00', '2026-03-30T00:00+02:00');
  t.equal(forward.get(2), undefined, 'the hour that does not come');
  t.equal(forward.size, 23);
  t.equal(put('Asia/Kathmandu', '2026-11-24T00:00+05:45', '2026-11-25T00:00+05:45').get(23), 1);
  t.equal(put('Australia/Lord_Howe', '2026-04-05T00:00+11:00', '2026-04-06T00:00+10:30').get(1), 1.5);
});

t.test('floods, chatter and sources of alerts', async (t) => {
  const raised = (number: number, atMs: number, place = 'square') =>
    madeVersion({ alertId: `a${number}`, atMs, subject: { kind: 'place', id: place }, chattering: number === 0 });
  const calm = Array.from({ length: 9 }, (_, i) => raised(i, i * MINUTE_MS));
  t.equal(alertQuality(calm, HOUR_MS).floodShare, 0, 'nine are no flood');
  const flood = [...calm, raised(9, 10 * MINUTE_MS, 'bridge'), raised(10, 40 * MINUTE_MS, 'bridge')];
  const quality = alertQuality(flood, HOUR_MS);
  t.equal(quality.floodShare, 10 / 11);
  t.equal(quality.chattering, 1);
  t.strictSame(
    quality.sources.map(({ subject, raised: count }) => [subject, count]),
    [
      ['square', 9],
      ['bridge', 2],
    ],
  );
  t.equal(
    alertQuality([madeVersion({ version: 4 })], HOUR_MS).raised,
    0,
    'an alert that was raised before is no alert of the day',
  );
});
