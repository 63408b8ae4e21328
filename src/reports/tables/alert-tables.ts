import type { AlertRule } from '../../model/alert.js';
import type { Names } from '../../model/plan.js';
import { alertQuality, type AlertQuality, type AlertSource, raisingsOf } from '../alert-quality.js';
import { deletedAlerts } from '../deleted-alerts.js';
import { clockHours } from '../hours.js';
import type { ReportPeriod } from '../period.js';
import { lengthMs } from '../spans.js';
import { type Field, minutes, type ReportColumn, type ReportTable, tableOf } from '../table.js';

export const RULE_WORDS: Readonly<Record<AlertRule, Names>> = {
  'zone-gap': { zh: '片区空档', en: 'Gap in a zone' },
  'checkpoint-gap': { zh: '必到点空岗', en: 'Gap at a checkpoint' },
  'checkpoint-window': { zh: '值守时段异常', en: 'Late, away or left early' },
  debt: { zh: '巡逻欠账', en: 'Presence owed' },
  predictable: { zh: '到访规律可预测', en: 'Visits can be guessed' },
  'route-pass': { zh: '路线巡逻超时', en: 'Route not patrolled' },
  'route-gap': { zh: '巡线空档', en: 'Gap on a route' },
  strength: { zh: '警力不足', en: 'Too few units' },
  'duty-strength': { zh: '在岗警力不足', en: 'Too few on duty' },
  bunching: { zh: '警力扎堆', en: 'Units together' },
  'dwell-short': { zh: '停留过短', en: 'Visit too short' },
  'dwell-long': { zh: '停留过长', en: 'Stand too long' },
  'off-zone': { zh: '离开片区', en: 'Out of its zone' },
  speeding: { zh: '超速', en: 'Too fast' },
  lights: { zh: '未亮灯', en: 'Lightbar off' },
  'tracker-silence': { zh: '终端失联', en: 'Silent tracker' },
  'network-outage': { zh: '网络中断', en: 'Network away' },
  'tracker-useless': { zh: '终端无效', en: 'Useless tracker' },
  sos: { zh: '求助', en: 'Call for help' },
};

const count = (name: string, zh: string, en: string, of: (quality: AlertQuality) => number): Field<AlertQuality> => ({
  name,
  kind: 'count',
  title: { zh, en },
  of,
});
const share = (
  name: string,
  zh: string,
  en: string,
  of: (quality: AlertQuality) => number | null,
): Field<AlertQuality> => ({
  name,
  kind: 'share',
  title: { zh, en },
  of,
});

const QUALITY_FIELDS: readonly Field<AlertQuality>[] = [
  count('raised', '告警数', 'Raised', ({ raised }) => raised),
  count('high', '高', 'High', ({ bySeverity }) => bySeverity.high),
  count('medium', '中', 'Medium', ({ bySeverity }) => bySeverity.medium),
  count('low', '低', 'Low', ({ bySeverity }) => bySeverity.low),
  count('suppressed', '无须处置', 'No action asked', ({ suppressed }) => suppressed),
  { name: 'perHour', kind: 'number', title: { zh: '每小时', en: 'An hour' }, of: ({ perHour }) => perHour },
  share('floodShare', '洪峰占比', 'In floods', ({ floodShare }) => floodShare),
  count('acknowledged', '已签收', 'Acknowledged', ({ acknowledged }) => acknowledged),
  {
    name: 'ackP50Minutes',
    kind: 'minutes',
    title: { zh: '签收中位', en: 'Median to ack' },
    of: ({ ackP50Ms }) => minutes(ackP50Ms),
  },
  {
    name: 'ackP90Minutes',
    kind: 'minutes',
    title: { zh: '签收九成', en: '90 % to ack' },
    of: ({ ackP90Ms }) => minutes(ackP90Ms),
  },
  count('retracted', '已撤回', 'Retracted', ({ retracted }) => retracted),
  share('retractedShare', '撤回占比', 'Share retracted', ({ retractedShare }) => retractedShare),
  share('unknownShare', '疑似占比', 'Share unknown', ({ unknownShare }) => unknownShare),
  count('chattering', '反复', 'Chattering', ({ chattering }) => chattering),
  count('reopened', '重现', 'Reopened', ({ reopened }) => reopened),
];

const DELETED_DAYS: ReportColumn = {
  name: 'deletedDays',
  kind: 'text',
  title: { zh: '告警已删除之日（统计不完整）', en: 'Days whose alerts were deleted: too few are counted' },
  page: 'none',
};

/** How good the alerts were: how many, how fast they were acknowledged, how many were wrong, and what raised most of them. */
export function alertTables(period: ReportPeriod): ReportTable[] {
  const { alerts, days, timeZone, places, units, name } = period;
  const names = new Map<string, Names>([
    ...units.map(({ unit, callsign }) => [unit, { zh: callsign, en: callsign }] as const),
    ...places.map((place) => [place.place, place.name] as const),
  ]);
  const nameOf = ({ subject }: AlertSource): Names => names.get(subject) ?? name;
  const periodMs = lengthMs(days.flatMap(({ fromMs, toMs }) => [fromMs, toMs]));
  const quality = alertQuality(alerts, periodMs);
  const raisings = raisingsOf(alerts);
  const hours = clockHours(timeZone, days).map(({ hour, spans }) => ({
    hour,
    hours: lengthMs(spans) / 3_600_000,
    raised: raisings.filter((atMs) =>
      spans.some((from, i) => i % 2 === 0 && atMs >= from && atMs < (spans[i + 1] ?? 0)),
    ).length,
  }));
  const tables = [
    tableOf('alerts', { zh: '告警质量', en: 'Quality of alerts' }, QUALITY_FIELDS, [quality]),
    tableOf<(typeof hours)[number]>(
      'alerts-by-hour',
      { zh: '各时段告警', en: 'Alerts by hour' },
      [
        { name: 'hour', kind: 'hour', title: { zh: '时段', en: 'Hour' }, of: ({ hour }) => hour },
        { name: 'raised', kind: 'count', title: { zh: '告警数', en: 'Raised' }, of: ({ raised }) => raised },
        {
          name: 'perHour',
          kind: 'number',
          title: { zh: '每小时', en: 'An hour' },
          of: ({ raised, hours }) => raised / hours,
        },
      ],
      hours,
    ),
    tableOf<AlertSource>(
      'alert-sources',
      { zh: '告警最多的来源', en: 'What raised most alerts' },
      [
        { name: 'rule', kind: 'code', title: { zh: '规则', en: 'Rule' }, codes: RULE_WORDS, of: ({ rule }) => rule },
        { name: 'subject', kind: 'id', title: { zh: '编号', en: 'Id' }, page: 'none', of: ({ subject }) => subject },
        {
          name: 'nameZh',
          kind: 'text',
          title: { zh: '对象', en: 'Subject (Chinese)' },
          page: 'zh',
          of: (one) => nameOf(one).zh,
        },
        {
          name: 'nameEn',
          kind: 'text',
          title: { zh: '对象（英文）', en: 'Subject' },
          page: 'en',
          of: (one) => nameOf(one).en,
        },
        { name: 'raised', kind: 'count', title: { zh: '告警数', en: 'Raised' }, of: ({ raised }) => raised },
        { name: 'share', kind: 'share', title: { zh: '占比', en: 'Share' }, of: (source) => source.share },
        {
          name: 'retracted',
          kind: 'count',
          title: { zh: '已撤回', en: 'Retracted' },
          of: ({ retracted }) => retracted,
        },
      ],
      quality.sources,
    ),
  ];
  const deleted = deletedAlerts(period).map(({ day }) => day);
  return tables.map((table) => withDeletedDays(table, deleted));
}

/** The table with the days whose alerts were deleted in each row, as a CSV file has nothing else to say them in: one without rows gets one that says no more. */
function withDeletedDays({ columns, rows, ...table }: ReportTable, days: readonly string[]): ReportTable {
  const said = days.length === 0 ? null : days.join(' ');
  const shown = rows.length === 0 && said !== null ? [columns.map(() => null)] : rows;
  return { ...table, columns: [...columns, DELETED_DAYS], rows: shown.map((row) => [...row, said]) };
}
