import { type Delivery, deliveryAt } from '../orders.js';
import type { ReportPeriod, ReportPlace } from '../period.js';
import { presenceRate, presenceTimes } from '../presence.js';
import { bounds, minutes, type ReportTable, tableOf } from '../table.js';
import { staysAt } from '../visit-spans.js';
import { inPageOrder, PLACE_FIELDS } from './place-fields.js';
import { UNKNOWN_SHARE } from './presence-tables.js';

interface Row {
  readonly place: ReportPlace;
  readonly found: Delivery;
}

/** What the plan asked for at each place, and what it got. */
export function deliveryTables(period: ReportPeriod): ReportTable[] {
  const whole = period.days.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  const toMs = period.days.at(-1)?.toMs ?? 0;
  const rows = inPageOrder(period.places).map((place) => ({
    place,
    found: deliveryAt(place, staysAt(place, period), whole, toMs),
  }));
  const table = tableOf<Row>(
    'delivery',
    { zh: '应到与实到', en: 'Delivered against ordered' },
    [
      ...PLACE_FIELDS,
      {
        name: 'orderedVisits',
        kind: 'count',
        title: { zh: '应到次数', en: 'Visits ordered' },
        of: ({ found }) => found.orderedVisits,
      },
      ...bounds<Row>(
        { low: 'deliveredVisitsLow', high: 'deliveredVisitsHigh' },
        'count',
        { zh: '实到次数', en: 'Visits delivered' },
        ({ found }) => [found.visitsLow, found.visitsHigh],
      ),
      ...bounds<Row>(
        { low: 'visitShareLow', high: 'visitShareHigh' },
        'share',
        { zh: '次数占比', en: 'Share of visits' },
        ({ found }) => [found.visitShareLow, found.visitShareHigh],
      ),
      {
        name: 'orderedMinutes',
        kind: 'minutes',
        title: { zh: '应到分钟', en: 'Minutes ordered' },
        of: ({ found }) => minutes(found.orderedMs),
      },
      ...bounds<Row>(
        { low: 'deliveredMinutesLow', high: 'deliveredMinutesHigh' },
        'minutes',
        { zh: '实到分钟', en: 'Minutes delivered' },
        ({ found }) => [minutes(found.deliveredLowMs), minutes(found.deliveredHighMs)],
      ),
      ...bounds<Row>(
        { low: 'minuteShareLow', high: 'minuteShareHigh' },
        'share',
        { zh: '分钟占比', en: 'Share of minutes' },
        ({ found }) => [found.timeShareLow, found.timeShareHigh],
      ),
      {
        name: 'unknownShare',
        kind: 'share',
        title: UNKNOWN_SHARE,
        of: ({ place }) => presenceRate(presenceTimes(place, whole)).unknownShare,
      },
    ],
    rows,
  );
  return [table];
}
