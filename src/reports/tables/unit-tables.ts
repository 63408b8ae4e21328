import type { Names } from '../../model/plan.js';
import { dataQuality } from '../data-quality.js';
import type { ReportPeriod, ReportUnit } from '../period.js';
import { ratio } from '../presence.js';
import { type SilenceTimes, silencesOf } from '../silences.js';
import { lengthMs } from '../spans.js';
import { bounds, type Field, type ReportTable, seconds, tableOf } from '../table.js';
import { ACTIVITIES, type Activity, type Utilisation, utilisationOf } from '../utilisation.js';

/** Rows about units are in the order of their ids, never of how well they did. */
const UNIT_FIELDS: readonly Field<{ readonly of: ReportUnit }>[] = [
  { name: 'unit', kind: 'id', title: { zh: '编号', en: 'Unit' }, of: ({ of }) => of.unit },
  { name: 'callsign', kind: 'text', title: { zh: '呼号', en: 'Callsign' }, of: ({ of }) => of.callsign },
  { name: 'group', kind: 'id', title: { zh: '组', en: 'Group' }, of: ({ of }) => of.group },
];

const ACTIVITY_WORDS: Readonly<Record<Activity, Names>> = {
  task: { zh: '任务', en: 'Task' },
  checkpoint: { zh: '必到点', en: 'Checkpoint' },
  route: { zh: '巡线', en: 'Route' },
  silent: { zh: '失联', en: 'Silent' },
  standing: { zh: '久停', en: 'Standing' },
  elsewhere: { zh: '其他', en: 'Elsewhere' },
};

interface UseRow {
  readonly of: ReportUnit;
  readonly use: Utilisation;
}

/** How units spent their time on duty. */
export function unitTables(period: ReportPeriod): ReportTable[] {
  const byUnit = new Map(period.units.map((unit) => [unit.unit, unit]));
  const rows = utilisationOf(period).flatMap((use): UseRow[] => {
    const of = byUnit.get(use.unit);
    return of === undefined ? [] : [{ of, use }];
  });
  const table = tableOf<UseRow>(
    'utilisation',
    { zh: '勤务时间构成', en: 'How units spent their duty' },
    [
      ...UNIT_FIELDS,
      { name: 'dutyS', kind: 'seconds', title: { zh: '在勤', en: 'On duty' }, of: ({ use }) => seconds(use.dutyMs) },
      ...ACTIVITIES.map(
        (activity): Field<UseRow> => ({
          name: `${activity}Share`,
          kind: 'share',
          title: ACTIVITY_WORDS[activity],
          of: ({ use }) => ratio(use.times[activity], use.dutyMs),
        }),
      ),
      ...bounds<UseRow>(
        { low: 'checkpointS', high: 'checkpointHighS' },
        'seconds',
        { zh: '必到点时间', en: 'Time at checkpoints' },
        ({ use }) => [seconds(use.times.checkpoint), seconds(use.checkpointHighMs)],
      ),
      ...bounds<UseRow>(
        { low: 'routeS', high: 'routeHighS' },
        'seconds',
        { zh: '巡线时间', en: 'Time on routes' },
        ({ use }) => [seconds(use.times.route), seconds(use.routeHighMs)],
      ),
    ],
    rows,
  );
  return [table];
}

const CAUSE_WORDS: Readonly<Record<SilenceTimes['cause'], Names>> = {
  'no-report': { zh: '无上报', en: 'No report' },
  'power-cut': { zh: '断电', en: 'Power cut' },
  network: { zh: '网络中断', en: 'Network away' },
  server: { zh: '服务器停机', en: 'Server away' },
  'no-position': { zh: '无定位', en: 'No position' },
};

const CAUSE_FIELDS: readonly Field<SilenceTimes>[] = [
  { name: 'cause', kind: 'code', title: { zh: '原因', en: 'Cause' }, codes: CAUSE_WORDS, of: ({ cause }) => cause },
  { name: 'episodes', kind: 'count', title: { zh: '次数', en: 'Episodes' }, of: ({ episodes }) => episodes },
  { name: 'silentS', kind: 'seconds', title: { zh: '时长', en: 'Time' }, of: ({ silentMs }) => seconds(silentMs) },
  { name: 'dutyShare', kind: 'share', title: { zh: '占勤务时间', en: 'Share of duty' }, of: ({ share }) => share },
];

/** How long trackers said nothing, and why; and what their fixes were worth. */
export function trackerTables({ units }: ReportPeriod): ReportTable[] {
  const byUnit = units.flatMap((of) => silencesOf([of]).map((times) => ({ of, ...times })));
  return [
    tableOf('silence', { zh: '终端失联原因', en: 'Silence of trackers by cause' }, CAUSE_FIELDS, silencesOf(units)),
    tableOf<(typeof byUnit)[number]>(
      'silence-by-unit',
      { zh: '各单元终端失联', en: 'Silence of trackers by unit' },
      [...UNIT_FIELDS, ...CAUSE_FIELDS],
      byUnit,
    ),
    quality(units),
  ];
}

function quality(units: readonly ReportUnit[]): ReportTable {
  const rows = units.map((of) => {
    const silentMs = silencesOf([of]).reduce((sum, times) => sum + times.silentMs, 0);
    return { of, silentMs, dutyMs: lengthMs(of.duty), ...dataQuality(of.fixes) };
  });
  return tableOf<(typeof rows)[number]>(
    'data-quality',
    { zh: '定位数据质量', en: 'Quality of the position data' },
    [
      ...UNIT_FIELDS,
      {
        name: 'expectedFixes',
        kind: 'count',
        title: { zh: '应收定位', en: 'Fixes expected' },
        of: ({ of }) => of.fixes.expected,
      },
      {
        name: 'receivedFixes',
        kind: 'count',
        title: { zh: '实收定位', en: 'Fixes received' },
        of: ({ received }) => received,
      },
      {
        name: 'completeness',
        kind: 'share',
        title: { zh: '完整率', en: 'Completeness' },
        of: ({ completeness }) => completeness,
      },
      {
        name: 'flaggedShare',
        kind: 'share',
        title: { zh: '未采用占比', en: 'Share not used' },
        of: ({ flaggedShare }) => flaggedShare,
      },
      {
        name: 'outlierShare',
        kind: 'share',
        title: { zh: '漂移占比', en: 'Share of outliers' },
        of: ({ outlierShare }) => outlierShare,
      },
      {
        name: 'silentS',
        kind: 'seconds',
        title: { zh: '失联', en: 'Silent' },
        of: ({ silentMs }) => seconds(silentMs),
      },
      {
        name: 'silentShare',
        kind: 'share',
        title: { zh: '失联占比', en: 'Silent share' },
        of: ({ silentMs, dutyMs }) => ratio(silentMs, dutyMs),
      },
    ],
    rows,
  );
}
