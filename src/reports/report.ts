import type { Names } from '../model/plan.js';
import type { ReportPeriod } from './period.js';
import type { ReportTable } from './table.js';
import { alertTables } from './tables/alert-tables.js';
import { checkpointTables } from './tables/checkpoint-tables.js';
import { deliveryTables } from './tables/delivery-tables.js';
import { dwellTables } from './tables/dwell-tables.js';
import { presenceTables } from './tables/presence-tables.js';
import { trackerTables, unitTables } from './tables/unit-tables.js';
import { visitTables } from './tables/visit-tables.js';

interface ReportSpec {
  readonly title: Names;
  /** What the numbers are, for people who read them on a wall. */
  readonly note: Names;
  readonly tables: (period: ReportPeriod) => ReportTable[];
}

/** Every report, in the order of the page. */
export const REPORTS = {
  presence: {
    title: { zh: '见警率', en: 'Presence' },
    note: {
      zh: '见警率＝见警时间÷（须见警时间－不明时间）。此公式为本系统自定，并非官方口径。下限把不明算作无警，上限把不明算作见警。',
      en: 'Presence rate = covered time / (required time − unknown time). The formula is our own, not an official one. The lower bound takes unknown time for uncovered, the upper bound for covered.',
    },
    tables: presenceTables,
  },
  checkpoints: {
    title: { zh: '必到点', en: 'Checkpoints' },
    note: {
      zh: '“不明”：无人确认到过，但失联的单元可能到过。',
      en: '“Unknown”: nobody was seen there, and a silent unit may have been.',
    },
    tables: checkpointTables,
  },
  visits: {
    title: { zh: '到访间隔', en: 'Visits and intervals' },
    note: {
      zh: '至少、至多：按最短与最长的可能。距上次见警的时间只计须见警时段，每个时段从零算起。变异系数近零，即规律如钟。',
      en: 'At least and at most: by the shortest and the longest possibility. Time since somebody was there counts in required time only, and begins at zero with each stretch of it. A CV near 0 means visits like clockwork.',
    },
    tables: visitTables,
  },
  dwell: {
    title: { zh: '停留时长', en: 'Length of visits' },
    note: {
      zh: '一次到访归于开始之日，按全长计。至少：时长确在该档。至多：时长可能在该档。',
      en: 'A visit belongs to the day on which it began, with its whole length. At least: its length is in the bin for certain. At most: it may be.',
    },
    tables: dwellTables,
  },
  delivery: {
    title: { zh: '应到与实到', en: 'Delivered against ordered' },
    note: {
      zh: '应到：使空档不超过规则所限的最少次数，每次按规则要求的时长计。此算法为本系统自定。',
      en: 'Ordered: the fewest visits that leave no gap longer than the rule allows, each as long as the rules ask. The calculation is our own.',
    },
    tables: deliveryTables,
  },
  units: {
    title: { zh: '勤务时间', en: 'Time on duty' },
    note: {
      zh: '各项占比之和为100%。按编号排列，不作排名；不得单独作为处分依据。',
      en: 'The shares of a row sum to 100 %. Rows are in the order of ids and are no ranking; alone they are no basis for discipline.',
    },
    tables: unitTables,
  },
  trackers: {
    title: { zh: '终端与数据', en: 'Trackers and data' },
    note: {
      zh: '只计在勤时间。失联是设备的事实，不说明人员行为。',
      en: 'Only time on duty counts. Silence is a fact about a device, and says nothing about conduct.',
    },
    tables: trackerTables,
  },
  alerts: {
    title: { zh: '告警质量', en: 'Alerts' },
    note: {
      zh: '每小时与洪峰只计须处置的告警。洪峰：十分钟内十条以上。撤回占比近似误报率。',
      en: 'The rate and the floods count only alerts that ask somebody to act. A flood: ten or more within ten minutes. The retracted share stands for false alarms.',
    },
    tables: alertTables,
  },
} as const satisfies Readonly<Record<string, ReportSpec>>;

export type ReportName = keyof typeof REPORTS;
export const REPORT_NAMES = Object.keys(REPORTS) as ReportName[];

export interface Report {
  readonly name: ReportName;
  readonly title: Names;
  readonly note: Names;
  readonly tables: readonly ReportTable[];
}

export function makeReport(name: ReportName, period: ReportPeriod): Report {
  const { title, note, tables } = REPORTS[name];
  return { name, title, note, tables: tables(period) };
}
