import type { Names } from '../../model/plan.js';
import { type CheckpointDay, checkpointDay, type VisitedState } from '../checkpoint-days.js';
import type { ReportDaySpan, ReportPeriod, ReportPlace } from '../period.js';
import { presenceRate } from '../presence.js';
import { type ReportTable, seconds, tableOf } from '../table.js';
import { staysAt } from '../visit-spans.js';
import { inPageOrder, PLACE_FIELDS } from './place-fields.js';
import { UNKNOWN_SHARE } from './presence-tables.js';

export const VISITED_WORDS: Readonly<Record<VisitedState, Names>> = {
  visited: { zh: '已到', en: 'Visited' },
  possible: { zh: '不明', en: 'Unknown' },
  'not-visited': { zh: '未到', en: 'Not visited' },
  'not-required': { zh: '无要求', en: 'Not required' },
};

interface Row {
  readonly place: ReportPlace;
  readonly day: ReportDaySpan;
  readonly found: CheckpointDay;
}

/** Each checkpoint on each day: visited or not. */
export function checkpointTables(period: ReportPeriod): ReportTable[] {
  const checkpoints = inPageOrder(period.places).filter(({ kind }) => kind === 'checkpoint');
  const rows = period.days.flatMap((day) =>
    checkpoints.map((place): Row => ({ place, day, found: checkpointDay(place, staysAt(place, period), day) })),
  );
  const table = tableOf<Row>(
    'checkpoints',
    { zh: '必到点到访', en: 'Checkpoints visited or not' },
    [
      { name: 'day', kind: 'text', title: { zh: '日期', en: 'Day' }, of: ({ day }) => day.day },
      ...PLACE_FIELDS.filter(({ name }) => name !== 'kind'),
      {
        name: 'state',
        kind: 'code',
        title: { zh: '结果', en: 'Result' },
        codes: VISITED_WORDS,
        of: ({ found }) => found.state,
      },
      { name: 'stays', kind: 'count', title: { zh: '到访次数', en: 'Stays' }, of: ({ found }) => found.visits },
      { name: 'firstMs', kind: 'instant', title: { zh: '首次', en: 'First seen' }, of: ({ found }) => found.firstMs },
      { name: 'lastMs', kind: 'instant', title: { zh: '末次', en: 'Last seen' }, of: ({ found }) => found.lastMs },
      {
        name: 'requiredS',
        kind: 'seconds',
        title: { zh: '须见警', en: 'Required' },
        of: ({ found }) => seconds(found.times.requiredMs),
      },
      {
        name: 'coveredS',
        kind: 'seconds',
        title: { zh: '见警', en: 'Covered' },
        of: ({ found }) => seconds(found.times.coveredMs),
      },
      {
        name: 'unknownS',
        kind: 'seconds',
        title: { zh: '不明', en: 'Unknown' },
        of: ({ found }) => seconds(found.times.unknownMs),
      },
      {
        name: 'unknownShare',
        kind: 'share',
        title: UNKNOWN_SHARE,
        of: ({ found }) => presenceRate(found.times).unknownShare,
      },
    ],
    rows,
  );
  return [table];
}
