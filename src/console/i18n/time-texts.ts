import type { CertaintyThen } from '../time/presence-then.js';

/** What the view of the record says. */
export interface TimeTexts {
  readonly ask: {
    readonly subject: string;
    readonly district: string;
    readonly places: string;
    readonly units: string;
    readonly day: string;
    readonly time: string;
    readonly timeHint: string;
    readonly purpose: string;
    readonly purposeHint: string;
    readonly show: string;
    readonly loading: (what: string) => string;
    readonly first: string;
    readonly cut: (rows: number) => string;
    readonly missing: string;
    readonly changedPlan: (version: number) => string;
  };
  readonly told: {
    readonly label: string;
    readonly asTold: string;
    readonly asSettled: string;
    readonly asToldMeans: string;
    readonly asLatestMeans: (settled: boolean) => string;
  };
  readonly scrub: string;
  readonly typed: string;
  readonly earlier: string;
  readonly later: string;
  readonly timeline: string;
  readonly noEvents: string;
  readonly span: {
    readonly visit: (unit: string, from: string, to: string) => string;
    readonly cross: (unit: string, at: string) => string;
    readonly hole: (from: string, to: string) => string;
    readonly open: string;
  };
  readonly legend: {
    readonly visit: string;
    readonly gap: string;
    readonly doubt: string;
    readonly hole: string;
    readonly alert: string;
  };
  readonly at: (clock: string) => string;
  readonly seenThen: (count: number) => string;
  readonly notRead: (why: string) => string;
  readonly inHole: string;
  readonly alertsThen: (count: number) => string;
  readonly noAlerts: string;
  readonly retracted: string;
  readonly version: (version: number, of: number) => string;
  readonly presence: string;
  readonly nobodySeen: string;
  readonly certainty: Readonly<Record<CertaintyThen, string>>;
  readonly heat: {
    readonly title: string;
    readonly fromVisits: string;
    readonly fromReport: string;
    readonly none: string;
    readonly cell: (share: string, hour: string) => string;
  };
  readonly dwell: {
    readonly title: string;
    readonly minutes: (from: number, to: number | null) => string;
    readonly inner: string;
    readonly outer: string;
    readonly visits: (count: number) => string;
  };
  readonly export: {
    readonly title: string;
    readonly traces: string;
    readonly visits: string;
    readonly alerts: string;
    readonly print: string;
    readonly reports: string;
    readonly notSettled: string;
    readonly pack: string;
    readonly page: string;
    readonly saving: string;
    readonly saved: (name: string) => string;
  };
}

export const TIME_EN: TimeTexts = {
  ask: {
    subject: 'Of',
    district: 'The whole district',
    places: 'Places',
    units: 'Units',
    day: 'Day',
    time: 'Time',
    timeHint: 'The instant to look at first. Left empty: the latest.',
    purpose: 'Why you look',
    purposeHint: 'It stands beside this read in the access record.',
    show: 'Show',
    loading: (what) => `Reading ${what}…`,
    first: 'Choose what to look at, a day and a time of it, and say why.',
    cut: (rows) => `More than ${rows} rows: only the first are shown. Choose a unit or a place, or export.`,
    missing: 'A part of this record is gone: it need not be kept any more, or was lost.',
    changedPlan: (version) => `Places are drawn as the plan in force has them; that day version ${version} held.`,
  },
  told: {
    label: 'As it was',
    asTold: 'told then',
    asSettled: 'known now',
    asToldMeans: 'What the console had said by that instant.',
    asLatestMeans: (settled) =>
      settled
        ? 'The latest versions; the table of presence is that of the settled report.'
        : 'The latest versions; the day is not settled yet.',
  },
  scrub: 'Instant',
  typed: 'Go to a time',
  earlier: 'A minute earlier',
  later: 'A minute later',
  timeline: 'Timeline',
  noEvents: 'Nothing is on record.',
  span: {
    visit: (unit, from, to) => `${unit}: ${from} – ${to}`,
    cross: (unit, at) => `${unit} passed through at ${at}`,
    hole: (from, to) => `not heard: ${from} – ${to}`,
    open: 'goes on',
  },
  legend: { visit: 'visit', gap: 'gap, sure', doubt: 'gap, in doubt', hole: 'not heard', alert: 'other alert' },
  at: (clock) => `At ${clock}`,
  seenThen: (count) => `${count} units seen in the five minutes before`,
  notRead: (why) => `Where the units were could not be read: ${why}`,
  inHole: 'not heard',
  alertsThen: (count) => `Alerts open then (${count})`,
  noAlerts: 'No alert was open then.',
  retracted: 'retracted since',
  version: (version, of) => `version ${version} of ${of}`,
  presence: 'Who was there',
  nobodySeen: 'nobody was seen there',
  certainty: {
    inside: 'inside',
    possible: 'may have been',
    unknown: 'not heard then, so nobody knows',
    'off-duty': 'off duty then, and not heard',
  },
  heat: {
    title: 'Presence by place and hour',
    fromVisits: 'Share of each hour with a visit, by what is told so far: never more than was seen.',
    fromReport: 'Presence rate of the settled report: covered time by required time that is known.',
    none: 'No visit is on record.',
    cell: (share, hour) => `${share} of ${hour}`,
  },
  dwell: {
    title: 'How long visits lasted',
    minutes: (from, to) => (to === null ? `${from} min and more` : `${from} – ${to} min`),
    inner: 'at least (seen inside)',
    outer: 'at most (surely outside)',
    visits: (count) => `${count} visits`,
  },
  export: {
    title: 'Take it with you',
    traces: 'Traces',
    visits: 'Visits',
    alerts: 'Alerts',
    print: 'Print this page',
    reports: 'Reports of the day',
    notSettled: 'The day is not settled yet: its reports come at noon of the next day.',
    pack: 'Daily pack (zip)',
    page: 'All reports, a page to print',
    saving: 'Making the file…',
    saved: (name) => `Saved as ${name}.`,
  },
};

export const TIME_ZH: TimeTexts = {
  ask: {
    subject: '对象',
    district: '全辖区',
    places: '点位',
    units: '警组',
    day: '日期',
    time: '时间',
    timeHint: '首先查看的时刻；不填则为最新。',
    purpose: '查询事由',
    purposeHint: '事由与本次查询一并留痕。',
    show: '查询',
    loading: (what) => `正在读取${what}…`,
    first: '请选择对象、日期和时间，并填写事由。',
    cut: (rows) => `超过${rows}行，仅显示前面部分。请选择单个警组或点位，或导出。`,
    missing: '该记录有一部分已不存在：已超过保存期限，或已丢失。',
    changedPlan: (version) => `点位按现行方案绘制；当日为第${version}版方案。`,
  },
  told: {
    label: '口径',
    asTold: '当时所报',
    asSettled: '现在所知',
    asToldMeans: '截至该时刻平台已告知的内容。',
    asLatestMeans: (settled) => (settled ? '最新版本；到岗表取自已结算的报表。' : '最新版本；当日尚未结算。'),
  },
  scrub: '时刻',
  typed: '跳到时间',
  earlier: '早一分钟',
  later: '晚一分钟',
  timeline: '时间轴',
  noEvents: '没有记录。',
  span: {
    visit: (unit, from, to) => `${unit}：${from} – ${to}`,
    cross: (unit, at) => `${unit}于${at}经过`,
    hole: (from, to) => `无信号：${from} – ${to}`,
    open: '进行中',
  },
  legend: { visit: '到访', gap: '空岗（确定）', doubt: '空岗（疑似）', hole: '无信号', alert: '其他告警' },
  at: (clock) => `${clock}时`,
  seenThen: (count) => `此前五分钟内有${count}个警组的位置`,
  notRead: (why) => `未能读取各警组的位置：${why}`,
  inHole: '无信号',
  alertsThen: (count) => `当时未结束的告警（${count}）`,
  noAlerts: '当时没有未结束的告警。',
  retracted: '后已撤回',
  version: (version, of) => `第${version}版，共${of}版`,
  presence: '谁在场',
  nobodySeen: '未见有人在场',
  certainty: {
    inside: '在内',
    possible: '可能在内',
    unknown: '当时未上报，无从得知',
    'off-duty': '当时不在岗且无信号',
  },
  heat: {
    title: '各点位分时见警',
    fromVisits: '每小时有到访的时间占比，按目前所知：只少不多。',
    fromReport: '已结算报表的见警率：见警时间占已知应见警时间。',
    none: '没有到访记录。',
    cell: (share, hour) => `${hour} ${share}`,
  },
  dwell: {
    title: '停留时长分布',
    minutes: (from, to) => (to === null ? `${from}分钟及以上` : `${from} – ${to}分钟`),
    inner: '至少（在内所见）',
    outer: '至多（确在外为止）',
    visits: (count) => `${count}次`,
  },
  export: {
    title: '导出',
    traces: '轨迹',
    visits: '到访',
    alerts: '告警',
    print: '打印本页',
    reports: '当日报表',
    notSettled: '当日尚未结算：次日中午后出报表。',
    pack: '每日报表包（zip）',
    page: '全部报表（打印页）',
    saving: '正在生成文件…',
    saved: (name) => `已保存为${name}。`,
  },
};
