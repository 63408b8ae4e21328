import { type Dwell, type DwellBin, dwellOf } from '../dwell.js';
import type { ReportPeriod, ReportPlace } from '../period.js';
import { presenceRate, presenceTimes, ratio } from '../presence.js';
import { bounds, type ReportTable, tableOf } from '../table.js';
import { inPageOrder, PLACE_FIELDS } from './place-fields.js';
import { UNKNOWN_SHARE } from './presence-tables.js';
import { begunIn } from './visit-tables.js';

interface PlaceRow {
  readonly place: ReportPlace;
  readonly dwell: Dwell;
}

/** How long visits lasted, over all places of the period. */
export function dwellOfPeriod(period: ReportPeriod): Dwell {
  return dwellOf(
    period.places.flatMap((place) => begunIn(place, period)),
    period.days.at(-1)?.toMs ?? 0,
  );
}

/** How long visits lasted: the histogram over all places, the stays of 10 to 16 minutes by place, and the histogram by place. */
export function dwellTables(period: ReportPeriod): ReportTable[] {
  const toMs = period.days.at(-1)?.toMs ?? 0;
  const rows = inPageOrder(period.places).map((place) => ({ place, dwell: dwellOf(begunIn(place, period), toMs) }));
  return [histogram(dwellOfPeriod(period)), goal(period, rows), byPlace(rows)];
}

const BIN_COUNTS = bounds<{ readonly bin: DwellBin }>(
  { low: 'visitsLow', high: 'visitsHigh' },
  'count',
  { zh: '到访次数', en: 'Visits' },
  ({ bin }) => [bin.low, bin.high],
);
const BIN_FIELDS = [
  { name: 'fromMin', kind: 'count', title: { zh: '自（分）', en: 'From, min' }, of: ({ bin }: BinRow) => bin.fromMin },
  { name: 'toMin', kind: 'count', title: { zh: '不足（分）', en: 'Below, min' }, of: ({ bin }: BinRow) => bin.toMin },
  ...BIN_COUNTS,
  {
    name: 'visitsInner',
    kind: 'count',
    title: { zh: '按最短', en: 'By the shortest' },
    of: ({ bin }: BinRow) => bin.inner,
  },
  {
    name: 'visitsOuter',
    kind: 'count',
    title: { zh: '按最长', en: 'By the longest' },
    of: ({ bin }: BinRow) => bin.outer,
  },
] as const;
interface BinRow {
  readonly bin: DwellBin;
}

function histogram({ bins }: Dwell): ReportTable {
  return tableOf<BinRow>(
    'dwell',
    { zh: '停留时长分布', en: 'How long visits lasted' },
    BIN_FIELDS,
    bins.map((bin) => ({ bin })),
  );
}

function byPlace(rows: readonly PlaceRow[]): ReportTable {
  return tableOf<BinRow & { readonly place: ReportPlace }>(
    'dwell-by-place',
    { zh: '各地点停留时长分布', en: 'How long visits lasted, by place' },
    [...PLACE_FIELDS, ...BIN_FIELDS],
    rows.flatMap(({ place, dwell }) => dwell.bins.map((bin) => ({ place, bin }))),
  );
}

function goal(period: ReportPeriod, rows: readonly PlaceRow[]): ReportTable {
  const whole = period.days.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
  return tableOf<PlaceRow>(
    'dwell-goal',
    { zh: '停留10至16分钟的到访', en: 'Visits of 10 to 16 minutes' },
    [
      ...PLACE_FIELDS,
      { name: 'visits', kind: 'count', title: { zh: '到访次数', en: 'Visits' }, of: ({ dwell }) => dwell.visits },
      ...bounds<PlaceRow>(
        { low: 'goalVisitsLow', high: 'goalVisitsHigh' },
        'count',
        { zh: '10至16分钟', en: '10 to 16 minutes' },
        ({ dwell }) => [dwell.goalLow, dwell.goalHigh],
      ),
      ...bounds<PlaceRow>(
        { low: 'goalShareLow', high: 'goalShareHigh' },
        'share',
        { zh: '占比', en: 'Share' },
        ({ dwell }) => [ratio(dwell.goalLow, dwell.visits), ratio(dwell.goalHigh, dwell.visits)],
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
}
