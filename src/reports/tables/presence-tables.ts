import type { Names } from '../../model/plan.js';
import { type ClockHour, clockHours } from '../hours.js';
import { placeTimes, type PlaceTimes } from '../minutes.js';
import type { ReportPeriod, ReportPlace } from '../period.js';
import { presenceRate, type PresenceTimes, presenceTimes, sumOfPresence } from '../presence.js';
import { bounds, type Field, minutes, type ReportTable, seconds, tableOf } from '../table.js';
import { staysAt } from '../visit-spans.js';
import { inPageOrder, PLACE_FIELDS, PLACE_KIND_WORDS } from './place-fields.js';

interface Timed {
  readonly times: PresenceTimes;
}

export const UNKNOWN_SHARE: Names = { zh: '不明占比', en: 'Unknown share' };

/** The columns of a presence rate, with what it is made of. */
const RATE_FIELDS: readonly Field<Timed>[] = [
  {
    name: 'presenceRate',
    kind: 'share',
    title: { zh: '见警率', en: 'Presence rate' },
    of: ({ times }) => presenceRate(times).rate,
  },
  ...bounds<Timed>(
    { low: 'presenceRateLow', high: 'presenceRateHigh' },
    'share',
    { zh: '见警率上下限', en: 'Bounds of the rate' },
    ({ times }) => [presenceRate(times).low, presenceRate(times).high],
  ),
  { name: 'unknownShare', kind: 'share', title: UNKNOWN_SHARE, of: ({ times }) => presenceRate(times).unknownShare },
  {
    name: 'requiredS',
    kind: 'seconds',
    title: { zh: '须见警', en: 'Required' },
    of: ({ times }) => seconds(times.requiredMs),
  },
  {
    name: 'coveredS',
    kind: 'seconds',
    title: { zh: '见警', en: 'Covered' },
    of: ({ times }) => seconds(times.coveredMs),
  },
  {
    name: 'unknownS',
    kind: 'seconds',
    title: { zh: '不明', en: 'Unknown' },
    of: ({ times }) => seconds(times.unknownMs),
  },
  {
    name: 'uncoveredS',
    kind: 'seconds',
    title: { zh: '无警', en: 'Uncovered' },
    of: ({ times }) => seconds(times.uncoveredMs),
  },
];

interface PlaceRow extends Timed {
  readonly place: ReportPlace;
  readonly spent: PlaceTimes;
}

const MINUTE_FIELDS: readonly Field<PlaceRow>[] = [
  ...bounds<PlaceRow>(
    { low: 'unitMinutesLow', high: 'unitMinutesHigh' },
    'minutes',
    { zh: '单元分钟', en: 'Unit-minutes' },
    ({ spent }) => [minutes(spent.unitLowMs), minutes(spent.unitHighMs)],
  ),
  ...bounds<PlaceRow>(
    { low: 'patrolMinutesLow', high: 'patrolMinutesHigh' },
    'minutes',
    { zh: '巡逻分钟', en: 'Patrol-minutes' },
    ({ spent }) => [minutes(spent.patrolLowMs), minutes(spent.patrolHighMs)],
  ),
];

/** Presence by kind of place, by place, and by place and hour of the local clock. */
export function presenceTables(period: ReportPeriod): ReportTable[] {
  const whole = period.days.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  const rows = inPageOrder(period.places).map(
    (place): PlaceRow => ({
      place,
      times: presenceTimes(place, whole),
      spent: placeTimes(staysAt(place, period), place.required),
    }),
  );
  return [
    byKind(rows),
    byHour(period),
    tableOf(
      'presence',
      { zh: '各地点见警率', en: 'Presence by place' },
      [...PLACE_FIELDS, ...RATE_FIELDS, ...MINUTE_FIELDS],
      rows,
    ),
  ];
}

function byKind(rows: readonly PlaceRow[]): ReportTable {
  const kinds = [...new Set(rows.map(({ place }) => place.kind))];
  return tableOf<Timed & { readonly kind: string; readonly places: number }>(
    'presence-by-kind',
    { zh: '各类地点见警率', en: 'Presence by kind of place' },
    [
      {
        name: 'kind',
        kind: 'code',
        title: { zh: '类别', en: 'Kind' },
        codes: PLACE_KIND_WORDS,
        of: ({ kind }) => kind,
      },
      { name: 'places', kind: 'count', title: { zh: '地点数', en: 'Places' }, of: ({ places }) => places },
      ...RATE_FIELDS,
    ],
    kinds.map((kind) => {
      const own = rows.filter(({ place }) => place.kind === kind);
      return { kind, places: own.length, times: sumOfPresence(own.map(({ times }) => times)) };
    }),
  );
}

/** Only hours in which presence was required. */
function byHour(period: ReportPeriod): ReportTable {
  const hours = clockHours(period.timeZone, period.days);
  const rows = inPageOrder(period.places).flatMap((place) =>
    hours
      .map((hour): { place: ReportPlace; hour: ClockHour } & Timed => ({
        place,
        hour,
        times: presenceTimes(place, hour.spans),
      }))
      .filter(({ times }) => times.requiredMs > 0),
  );
  return tableOf<(typeof rows)[number]>(
    'presence-by-hour',
    { zh: '各地点分时见警率', en: 'Presence by place and hour' },
    [
      ...PLACE_FIELDS,
      { name: 'hour', kind: 'hour', title: { zh: '时段', en: 'Hour' }, of: ({ hour }) => hour.hour },
      ...RATE_FIELDS,
    ],
    rows,
  );
}
