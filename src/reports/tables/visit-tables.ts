import { agesOf, type Ages } from '../ages.js';
import type { ReportPeriod, ReportPlace, ReportVisit } from '../period.js';
import { presenceRate, presenceTimes } from '../presence.js';
import { type Revisits, revisitsOf } from '../revisits.js';
import { union } from '../spans.js';
import { bounds, type Field, minutes, type ReportTable, tableOf } from '../table.js';
import { dwellOf } from '../dwell.js';
import { inPageOrder, PLACE_FIELDS } from './place-fields.js';
import { UNKNOWN_SHARE } from './presence-tables.js';

interface PlaceRow {
  readonly place: ReportPlace;
  readonly unknownShare: number | null;
}

/** How often places were visited, how long ago the last visit was, and how regularly the next one came. */
export function visitTables(period: ReportPeriod): ReportTable[] {
  const whole = period.days.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  const places = inPageOrder(period.places).map((place): PlaceRow => {
    const { unknownShare } = presenceRate(presenceTimes(place, whole));
    return { place, unknownShare };
  });
  return [frequency(period, places), sinceLast(places), revisits(period, places)];
}

/** The visits that began in the period: each belongs to the day on which it began. */
export function begunIn({ visits }: ReportPlace, { days }: Pick<ReportPeriod, 'days'>): ReportVisit[] {
  return visits.filter(({ innerFromMs }) =>
    days.some(({ fromMs, toMs }) => innerFromMs >= fromMs && innerFromMs < toMs),
  );
}

const UNKNOWN_FIELD: Field<PlaceRow> = {
  name: 'unknownShare',
  kind: 'share',
  title: UNKNOWN_SHARE,
  of: ({ unknownShare }) => unknownShare,
};

function frequency(period: ReportPeriod, places: readonly PlaceRow[]): ReportTable {
  const toMs = period.days.at(-1)?.toMs ?? 0;
  const rows = places.map(({ place, unknownShare }) => {
    const visits = begunIn(place, period);
    const crosses = visits.filter(({ kind }) => kind === 'cross').length;
    return { place, unknownShare, crosses, ...dwellOf(visits, toMs) };
  });
  return tableOf<(typeof rows)[number]>(
    'visit-frequency',
    { zh: '到访次数与时长', en: 'Visits and their length' },
    [
      ...PLACE_FIELDS,
      { name: 'visits', kind: 'count', title: { zh: '到访次数', en: 'Visits' }, of: ({ visits }) => visits },
      {
        name: 'visitsPerDay',
        kind: 'number',
        title: { zh: '日均到访', en: 'Visits a day' },
        of: ({ visits }) => (period.days.length === 0 ? null : visits / period.days.length),
      },
      { name: 'crosses', kind: 'count', title: { zh: '路过次数', en: 'Passages' }, of: ({ crosses }) => crosses },
      ...bounds<(typeof rows)[number]>(
        { low: 'meanMinutesLow', high: 'meanMinutesHigh' },
        'minutes',
        { zh: '平均停留', en: 'Mean stay' },
        ({ meanInnerMs, meanOuterMs }) => [minutes(meanInnerMs), minutes(meanOuterMs)],
      ),
      UNKNOWN_FIELD,
    ],
    rows,
  );
}

function sinceLast(places: readonly PlaceRow[]): ReportTable {
  interface Row extends PlaceRow {
    /** If somebody was there whenever that is unknown; and if nobody was. */
    readonly low: Ages;
    readonly high: Ages;
  }
  const rows = places.map(({ place, unknownShare }): Row => {
    const { required, covered, unknown } = place;
    return { place, unknownShare, low: agesOf(required, union(covered, unknown)), high: agesOf(required, covered) };
  });
  const age = (name: string, zh: string, en: string, of: (ages: Ages) => number | null): [Field<Row>, Field<Row>] =>
    bounds<Row>({ low: `${name}MinutesLow`, high: `${name}MinutesHigh` }, 'minutes', { zh, en }, ({ low, high }) => [
      minutes(of(low)),
      minutes(of(high)),
    ]);
  return tableOf<Row>(
    'since-last-visit',
    { zh: '距上次见警的时间', en: 'Time since somebody was last there' },
    [
      ...PLACE_FIELDS,
      ...age('p50', '中位', 'Median', ({ p50Ms }) => p50Ms),
      ...age('p90', '九成以内', '90 % within', ({ p90Ms }) => p90Ms),
      ...age('max', '最长', 'Longest', ({ maxMs }) => maxMs),
      ...age('mean', '平均', 'Mean', ({ meanMs }) => meanMs),
      {
        name: 'ageWeightedMeanMinutes',
        kind: 'minutes',
        title: { zh: '无警时平均', en: 'Mean while nobody is there' },
        of: ({ high }) => minutes(high.ageWeightedMeanMs),
      },
      UNKNOWN_FIELD,
    ],
    rows,
  );
}

function revisits(period: ReportPeriod, places: readonly PlaceRow[]): ReportTable {
  interface Row extends PlaceRow {
    readonly found: Revisits;
  }
  const toMs = period.days.at(-1)?.toMs ?? 0;
  const rows = places.map(
    ({ place, unknownShare }): Row => ({ place, unknownShare, found: revisitsOf(place.visits, place.required, toMs) }),
  );
  const percentile = (key: 'p10Ms' | 'p50Ms' | 'p90Ms' | 'p95Ms'): [Field<Row>, Field<Row>] => {
    const name = key.slice(0, 3);
    const percent = name.slice(1);
    return bounds<Row>(
      { low: `${name}MinutesLow`, high: `${name}MinutesHigh` },
      'minutes',
      { zh: `${percent}%分位`, en: `${percent}th percentile` },
      ({ found }) => [minutes(found.low[key]), minutes(found.high[key])],
    );
  };
  return tableOf<Row>(
    'revisits',
    { zh: '两次到访的间隔', en: 'Time from one visit to the next' },
    [
      ...PLACE_FIELDS,
      {
        name: 'intervals',
        kind: 'count',
        title: { zh: '间隔数', en: 'Intervals' },
        of: ({ found }) => found.intervals,
      },
      ...percentile('p10Ms'),
      ...percentile('p50Ms'),
      ...percentile('p90Ms'),
      ...percentile('p95Ms'),
      { name: 'cv', kind: 'number', title: { zh: '变异系数', en: 'CV' }, of: ({ found }) => found.cv },
      UNKNOWN_FIELD,
    ],
    rows,
  );
}
