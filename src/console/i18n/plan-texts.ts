import type { PassBy, RuleKind, StrengthCount, StrengthScope } from '../../model/plan.js';

/** What the view of the plan says. */
export interface PlanTexts {
  readonly asks: Readonly<
    Record<
      Exclude<
        RuleKind,
        | 'checkpoint-window'
        | 'debt'
        | 'predictable'
        | 'route-pass'
        | 'strength'
        | 'duty-strength'
        | 'bunching'
        | 'off-zone'
        | 'speeding'
        | 'lights'
      >,
      (limit: string) => string
    >
  > & {
    readonly 'checkpoint-window': (grace: string, absence: string) => string;
    readonly debt: (credit: string, worth: number, clear: string) => string;
    readonly predictable: (revisits: number, within: string) => string;
    readonly 'route-pass': (every: string, within: string, by: PassBy) => string;
    readonly strength: (atLeast: number, counts: StrengthCount, hold: string) => string;
    readonly 'duty-strength': (
      atLeast: number,
      counts: StrengthCount,
      scope: StrengthScope,
      hold: string,
      metres: number | null,
    ) => string;
    readonly bunching: (atLeast: number, withinM: number, hold: string) => string;
    readonly 'off-zone': (beyondM: number, hold: string) => string;
    readonly speeding: (kmh: string, hold: string) => string;
    readonly lights: (leastPercent: number) => string;
  };
  readonly bindsUntil: (at: string, schedule: string) => string;
  readonly restsUntil: (at: string, schedule: string) => string;
  readonly never: (schedule: string) => string;
  readonly title: (version: number) => string;
  readonly since: (at: string) => string;
  readonly holds: (places: number, units: number, rules: number) => string;
  readonly expandedTo: (day: string) => string;
  readonly next: (version: number, at: string) => string;
  readonly by: (actor: string, reason: string) => string;
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
  readonly orders: {
    readonly title: string;
    readonly none: string;
    readonly order: string;
    readonly changes: string;
    readonly by: string;
    readonly places: (names: string) => string;
    readonly closed: (names: string) => string;
    readonly units: (callsigns: string) => string;
    readonly modes: (modes: string) => string;
    readonly rules: (count: number) => string;
    readonly ended: (actor: string, reason: string) => string;
    readonly act: Readonly<Record<'made' | 'ended', (order: string, reason: string) => string>>;
  };
  readonly history: {
    readonly title: string;
    readonly version: string;
    readonly inForce: string;
    readonly by: string;
    readonly why: string;
    readonly files: string;
    readonly state: Readonly<Record<'waiting' | 'in-force' | 'past' | 'withdrawn', string>>;
    readonly span: (from: string, to: string | null) => string;
  };
  readonly check: {
    readonly title: string;
    readonly hint: string;
    readonly choose: string;
    readonly drop: string;
    readonly waits: string;
    readonly tooLong: (seconds: number) => string;
    readonly right: (district: string) => string;
    readonly faults: (count: number) => string;
    readonly more: (count: number) => string;
    readonly file: string;
    readonly path: string;
    readonly reason: string;
    readonly show: (number: number) => string;
    readonly warning: string;
    readonly ignored: (name: string, count: number) => string;
    readonly ignoredOfRoads: (names: string, more: number) => string;
    readonly roads: (count: number) => string;
    readonly others: (names: string) => string;
    readonly isCut: string;
    readonly changes: (count: number) => string;
    readonly moreChanges: (count: number) => string;
    readonly nothingApplied: string;
  };
}

const many = (count: number, noun: string): string => (count === 1 ? `1 ${noun}` : `${count} ${noun}s`);

export const PLAN_EN: PlanTexts = {
  asks: {
    'zone-gap': (limit) => `somebody at least every ${limit}`,
    'checkpoint-gap': (limit) => `somebody at least every ${limit}`,
    'route-gap': (limit) => `somebody at least every ${limit}`,
    strength: (atLeast, counts, hold) => `at least ${atLeast} ${counts}, short for no longer than ${hold}`,
    'duty-strength': (atLeast, counts, scope, hold, metres) =>
      `at least ${atLeast} ${counts} on hand in the ${scope}, short for no longer than ${hold}${metres === null ? '' : `; each to move ${metres} m`}`,
    'checkpoint-window': (grace, absence) =>
      `manned from its start to its end, each by ${grace}, away for no longer than ${absence} in all`,
    debt: (credit, worth, clear) =>
      `a credit of ${credit} that falls while nobody is there; each minute there is worth ${worth}, and ${clear} ends an alert`,
    predictable: (revisits, within) =>
      `no ${revisits} visits in a row that an onlooker could have guessed to within ${within}`,
    'route-pass': (every, within, by) =>
      `each stretch, and a whole pass of a ${by} within ${within}, at least every ${every}`,
    'dwell-short': (limit) => `visits of ${limit} or more`,
    'dwell-long': (limit) => `no stand longer than ${limit}`,
    bunching: (atLeast, withinM, hold) =>
      `fewer than ${atLeast} units within ${withinM} m of one of them for ${hold} while a place has nobody`,
    'off-zone': (beyondM, hold) => `no more than ${beyondM} m outside its zones for ${hold}`,
    lights: (leastPercent) => `the lightbar on for ${leastPercent} % of a visit`,
    speeding: (kmh, hold) => `no faster than ${kmh} km/h for ${hold}`,
    'tracker-silence': () => 'a tracker that reports',
  },
  bindsUntil: (at, schedule) => `binds until ${at} (${schedule})`,
  restsUntil: (at, schedule) => `rests; binds from ${at} (${schedule})`,
  never: (schedule) => `rests: the plan has no more of “${schedule}”`,
  title: (version) => `Plan in force: version ${version}`,
  since: (at) => `since ${at}`,
  holds: (places, units, rules) => `${many(places, 'place')}, ${many(units, 'unit')}, ${many(rules, 'rule')}`,
  expandedTo: (day) => `its calendar reaches to ${day}`,
  next: (version, at) => `Next: version ${version} from ${at}`,
  by: (actor, reason) => `published by ${actor}: ${reason}`,
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
  units: (count) => many(count, 'unit'),
  orders: {
    title: 'Operation orders',
    none: 'None stands or waits.',
    order: 'Order',
    changes: 'Changes',
    by: 'Made by',
    places: (names) => `more places: ${names}`,
    closed: (names) => `closed: ${names}`,
    units: (callsigns) => `on duty: ${callsigns}`,
    modes: (modes) => `modes: ${modes}`,
    rules: (count) => many(count, 'rule'),
    ended: (actor, reason) => `ended early by ${actor}: ${reason}`,
    act: {
      made: (order, reason) => `operation order “${order}”: ${reason}`,
      ended: (order, reason) => `operation order “${order}” ended early: ${reason}`,
    },
  },
  history: {
    title: 'All plans, the newest first',
    version: 'Version',
    inForce: 'In force',
    by: 'Published by',
    why: 'Why',
    files: 'the files of the server',
    state: { waiting: 'waits', 'in-force': 'in force', past: 'past', withdrawn: 'never took effect' },
    span: (from, to) => (to === null ? `from ${from}` : `${from} to ${to}`),
  },
  check: {
    title: 'Check district files',
    hint: 'Drop a district folder anywhere here, or choose one. It is checked in this page as “beatwatch district check” does it: nothing is sent, nothing is applied.',
    choose: 'Choose a folder…',
    drop: 'Drop it: the folder is checked, not applied',
    waits: 'Checking…',
    tooLong: (seconds) => `The check did not end within ${seconds} s, and was stopped.`,
    right: (district) => `No fault in the files of “${district}”.`,
    faults: (count) => many(count, 'fault'),
    more: (count) => `and ${count} more, which are not listed`,
    file: 'File',
    path: 'Where in it',
    reason: 'What is wrong',
    show: (number) => `Show fault ${number} on the map`,
    warning: 'Allowed, and hardly meant',
    ignored: (name, count) => `“${name}” says nothing here and is ignored (${count} times)`,
    ignoredOfRoads: (names, more) =>
      `Of the roads, this says nothing here and is ignored: ${names}${more > 0 ? ` and ${more} more` : ''}`,
    roads: (count) => `${count} roads to draw the map on`,
    others: (names) => `Other files there, which nobody looks at: ${names}`,
    changes: (count) =>
      count === 0
        ? 'It changes nothing of the plan in force'
        : `It would change the plan in force in ${count === 1 ? 'one thing' : `${count} things`}`,
    moreChanges: (count) => `and ${count} more`,
    isCut: 'There are too many positions: not all places are drawn.',
    nothingApplied: 'The plan in force is as it was. “beatwatch district publish” publishes such files.',
  },
};

export const PLAN_ZH: PlanTexts = {
  asks: {
    'zone-gap': (limit) => `至少每${limit}有人`,
    'checkpoint-gap': (limit) => `至少每${limit}有人`,
    'route-gap': (limit) => `至少每${limit}有人`,
    strength: (atLeast, counts, hold) =>
      `至少${atLeast}${counts === 'officers' ? '名警力' : '个警组'}，不足不超过${hold}`,
    'duty-strength': (atLeast, counts, scope, hold, metres) =>
      `${scope === 'reserve' ? '备勤' : '全辖区'}在岗至少${atLeast}${counts === 'officers' ? '名警力' : '个警组'}，不足不超过${hold}${metres === null ? '' : `；动中备勤${metres}米`}`,
    'checkpoint-window': (grace, absence) => `全时段值守，到岗离岗允许${grace}，累计脱岗不超过${absence}`,
    debt: (credit, worth, clear) => `额度${credit}，无人时递减，在场1分钟抵${worth}分钟，恢复到${clear}解除`,
    predictable: (revisits, within) => `连续${revisits}次到访不得被旁观者预测到（误差${within}以内）`,
    'route-pass': (every, within, by) =>
      `每${every}巡到每一路段，并由${by === 'team' ? '班组合计' : '单个警组'}在${within}内完整巡逻一次`,
    'dwell-short': (limit) => `每次停留不少于${limit}`,
    'dwell-long': (limit) => `停留不超过${limit}`,
    bunching: (atLeast, withinM, hold) => `有岗点无人时，${withinM}米内聚集不得达${atLeast}个警组并超过${hold}`,
    'off-zone': (beyondM, hold) => `离开责任片区${beyondM}米以外不超过${hold}`,
    lights: (leastPercent) => `亮灯时间不少于${leastPercent}%`,
    speeding: (kmh, hold) => `车速不超过${kmh}公里/小时（持续${hold}）`,
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
  by: (actor, reason) => `${actor}发布：${reason}`,
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
  orders: {
    title: '专项勤务令',
    none: '没有生效或待生效的勤务令。',
    order: '勤务令',
    changes: '变更内容',
    by: '下达人',
    places: (names) => `增设：${names}`,
    closed: (names) => `撤销：${names}`,
    units: (callsigns) => `上岗：${callsigns}`,
    modes: (modes) => `勤务模式：${modes}`,
    rules: (count) => `规则${count}条`,
    ended: (actor, reason) => `${actor}提前结束：${reason}`,
    act: {
      made: (order, reason) => `勤务令“${order}”：${reason}`,
      ended: (order, reason) => `勤务令“${order}”提前结束：${reason}`,
    },
  },
  history: {
    title: '历次方案（最新在前）',
    version: '版本',
    inForce: '生效时间',
    by: '发布人',
    why: '原因',
    files: '服务器文件',
    state: { waiting: '待生效', 'in-force': '现行', past: '已失效', withdrawn: '从未生效' },
    span: (from, to) => (to === null ? `${from}起` : `${from}至${to}`),
  },
  check: {
    title: '检查辖区文件',
    hint: '把辖区文件夹拖到这里，或选择一个文件夹。检查在本页内进行，与“beatwatch district check”相同：不上传，不生效。',
    choose: '选择文件夹…',
    drop: '松开即检查，不会生效',
    waits: '正在检查…',
    tooLong: (seconds) => `检查超过${seconds}秒未完成，已停止。`,
    right: (district) => `“${district}”的文件没有错误。`,
    faults: (count) => `${count}处错误`,
    more: (count) => `另有${count}处未列出`,
    file: '文件',
    path: '位置',
    reason: '问题（英文原文）',
    show: (number) => `在地图上查看第${number}处`,
    warning: '允许，但多半不是本意（英文原文）',
    ignored: (name, count) => `“${name}”在此无意义，已忽略（${count}次）`,
    ignoredOfRoads: (names, more) =>
      `道路文件中以下内容在此无意义，已忽略：${names}${more > 0 ? ` 等，另${more}项` : ''}`,
    roads: (count) => `地图底图道路${count}条`,
    others: (names) => `其他文件不检查：${names}`,
    changes: (count) => (count === 0 ? '与现行方案无差别' : `与现行方案相比有${count}处变更`),
    moreChanges: (count) => `另有${count}处`,
    isCut: '坐标过多，未全部绘出。',
    nothingApplied: '现行方案不变。用“beatwatch district publish”发布后才会生效。',
  },
};
