import type { RuleKind } from '../../model/plan.js';

/** What the view of the plan says. */
export interface PlanTexts {
  readonly asks: Readonly<Record<RuleKind, (limit: string) => string>>;
  readonly bindsUntil: (at: string, schedule: string) => string;
  readonly restsUntil: (at: string, schedule: string) => string;
  readonly never: (schedule: string) => string;
  readonly title: (version: number) => string;
  readonly since: (at: string) => string;
  readonly holds: (places: number, units: number, rules: number) => string;
  readonly expandedTo: (day: string) => string;
  readonly next: (version: number, at: string) => string;
  readonly noNext: string;
  readonly none: string;
  readonly day: string;
  readonly dayBefore: string;
  readonly dayAfter: string;
  readonly today: string;
  readonly calendar: (day: string) => string;
  readonly modes: string;
  readonly rules: string;
  readonly duties: string;
  readonly nothing: string;
  readonly outside: string;
  readonly places: string;
  readonly choose: string;
  readonly rule: string;
  readonly asksFor: string;
  readonly now: string;
  readonly appliesTo: string;
  readonly units: (count: number) => string;
}

export const PLAN_EN: PlanTexts = {
  asks: {
    'zone-gap': (limit) => `somebody at least every ${limit}`,
    'checkpoint-gap': (limit) => `somebody at least every ${limit}`,
    'route-gap': (limit) => `somebody at least every ${limit}`,
    'dwell-short': (limit) => `visits of ${limit} or more`,
    'dwell-long': (limit) => `no stand longer than ${limit}`,
    'tracker-silence': () => 'a tracker that reports',
  },
  bindsUntil: (at, schedule) => `binds until ${at} (${schedule})`,
  restsUntil: (at, schedule) => `rests; binds from ${at} (${schedule})`,
  never: (schedule) => `rests: the plan has no more of “${schedule}”`,
  title: (version) => `Plan in force: version ${version}`,
  since: (at) => `since ${at}`,
  holds: (places, units, rules) => `${places} places, ${units} units, ${rules} rules`,
  expandedTo: (day) => `its calendar reaches to ${day}`,
  next: (version, at) => `Next: version ${version} from ${at}`,
  noNext: 'No other plan is known to follow.',
  none: 'No plan is in force yet.',
  day: 'Day',
  dayBefore: 'Day before',
  dayAfter: 'Day after',
  today: 'Today',
  calendar: (day) => `Calendar of ${day}`,
  modes: 'Modes of duty',
  rules: 'When rules bind',
  duties: 'When units are on duty',
  nothing: 'nothing that day',
  outside: 'The plan says nothing of this day: its calendar does not reach so far.',
  places: 'Rules by place',
  choose: 'Place',
  rule: 'Rule',
  asksFor: 'Asks for',
  now: 'Now, and why',
  appliesTo: 'Applies to',
  units: (count) => `${count} units`,
};

export const PLAN_ZH: PlanTexts = {
  asks: {
    'zone-gap': (limit) => `至少每${limit}有人`,
    'checkpoint-gap': (limit) => `至少每${limit}有人`,
    'route-gap': (limit) => `至少每${limit}有人`,
    'dwell-short': (limit) => `每次停留不少于${limit}`,
    'dwell-long': (limit) => `停留不超过${limit}`,
    'tracker-silence': () => '终端须上报',
  },
  bindsUntil: (at, schedule) => `生效至${at}（${schedule}）`,
  restsUntil: (at, schedule) => `未生效；${at}起生效（${schedule}）`,
  never: (schedule) => `未生效：方案中不再有“${schedule}”`,
  title: (version) => `现行方案：第${version}版`,
  since: (at) => `自${at}起`,
  holds: (places, units, rules) => `${places}个点位，${units}个警组，${rules}条规则`,
  expandedTo: (day) => `日历排至${day}`,
  next: (version, at) => `下一版：第${version}版，${at}起`,
  noNext: '目前没有后续方案。',
  none: '尚无生效的方案。',
  day: '日期',
  dayBefore: '前一天',
  dayAfter: '后一天',
  today: '今天',
  calendar: (day) => `${day}勤务日历`,
  modes: '勤务模式',
  rules: '规则生效时段',
  duties: '警组在岗时段',
  nothing: '当日无',
  outside: '方案日历未排至该日。',
  places: '各点位规则',
  choose: '点位',
  rule: '规则',
  asksFor: '要求',
  now: '当前是否生效及原因',
  appliesTo: '适用',
  units: (count) => `${count}个警组`,
};
