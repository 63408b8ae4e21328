import type { AlertRule } from '../../model/alert.js';
import type { TaskKind } from '../../model/log-entry.js';
import type { UnitKind } from '../../model/plan.js';
import type { UnitAvailability } from '../../protocol/nearest-units.js';

/** What the live view says beside board, map and alerts. */
export interface LiveTexts {
  readonly rules: Readonly<Record<AlertRule, string>>;
  readonly kinds: Readonly<Record<UnitKind, string>>;
  readonly filter: {
    readonly title: string;
    readonly severity: string;
    readonly rule: string;
    readonly all: string;
    readonly unacknowledged: string;
    readonly mine: string;
    readonly mineMeans: string;
    readonly hidden: (count: number) => string;
    readonly clear: string;
    readonly flood: (count: number) => string;
    readonly moreOf: (rule: string, count: number) => string;
  };
  readonly sound: {
    readonly off: string;
    readonly on: string;
    readonly waits: string;
    readonly none: string;
  };
  readonly nearest: {
    readonly title: string;
    readonly none: string;
    readonly nobody: string;
    readonly asked: (at: string) => string;
    readonly old: (age: string) => string;
    readonly again: string;
    readonly againMeans: string;
    readonly inside: string;
    readonly away: (distance: string) => string;
    readonly upTo: (least: string, most: string) => string;
    readonly seen: (age: string) => string;
    readonly lastSeen: (distance: string, age: string) => string;
    readonly stated: (place: string, age: string) => string;
    readonly unknown: string;
    readonly straight: string;
    readonly availability: Readonly<Record<UnitAvailability, string>>;
    readonly show: string;
    readonly send: string;
  };
  readonly detail: {
    readonly nothing: string;
    readonly close: string;
    readonly rules: string;
    readonly noRules: string;
    readonly follow: string;
    readonly unfollow: string;
    readonly seen: (age: string) => string;
    readonly neverSeen: string;
    readonly lastHeard: (age: string) => string;
    readonly crew: (count: number) => string;
    readonly inPlaces: (places: string) => string;
    readonly nowhere: string;
    readonly tasks: string;
    readonly noTasks: string;
    readonly offDuty: string;
  };
  readonly orders: {
    readonly newTask: string;
    readonly newStatement: string;
    readonly task: string;
    readonly kinds: Readonly<Record<TaskKind, string>>;
    readonly until: string;
    readonly untilClosed: string;
    readonly minutes: (count: number) => string;
    readonly close: string;
    readonly taskIs: (kind: string, until: string | null, reason: string) => string;
    readonly isAt: string;
    readonly isNotAt: string;
    readonly takenBack: string;
    readonly place: string;
    readonly note: string;
    readonly statementIs: (place: string, until: string, actor: string) => string;
    readonly statementIsNot: (places: string, until: string, actor: string) => string;
    readonly done: string;
    readonly logged: string;
  };
  readonly evidence: {
    readonly title: string;
    readonly lastSeen: (unit: string, at: string) => string;
    readonly came: (unit: string, at: string) => string;
    readonly stands: (unit: string) => string;
    readonly bridged: (unit: string, from: string, to: string) => string;
    readonly possible: (unit: string) => string;
    readonly notReporting: (unit: string, since: string) => string;
    readonly silent: (unit: string) => string;
    readonly stated: (unit: string, place: string, at: string) => string;
    readonly statedNot: (unit: string, at: string) => string;
    readonly position: (accuracy: string, at: string) => string;
    readonly doubted: (at: string) => string;
  };
  readonly unshelve: string;
  readonly shelvedUntil: (at: string) => string;
  readonly acknowledgeSaying: string;
}

export const LIVE_EN: LiveTexts = {
  rules: {
    'zone-gap': 'Gap in a zone',
    'checkpoint-gap': 'Gap at a checkpoint',
    'route-gap': 'Gap on a route',
    'checkpoint-window': 'Late, away or left early',
    debt: 'Presence owed',
    predictable: 'Visits can be guessed',
    'route-pass': 'Route not patrolled',
    strength: 'Too few units',
    'duty-strength': 'Too few on duty',
    bunching: 'Units together',
    'dwell-short': 'Visit too short',
    'dwell-long': 'Stand too long',
    'off-zone': 'Out of its zone',
    speeding: 'Too fast',
    lights: 'Lightbar off',
    'tracker-silence': 'Silent tracker',
    'network-outage': 'Network away',
    'tracker-useless': 'Useless tracker',
    sos: 'Call for help',
  },
  kinds: { car: 'car', motorcycle: 'motorcycle', foot: 'foot' },
  filter: {
    title: 'Show',
    severity: 'Severity',
    rule: 'Rule',
    all: 'all',
    unacknowledged: 'Not acknowledged',
    mine: 'Mine',
    mineMeans: 'Alerts that you were the last to act on',
    hidden: (count) => `${count} hidden by the filter`,
    clear: 'Show all',
    flood: (count) => `Flood: ${count} alerts in ten minutes. High ones are listed, the others are counts.`,
    moreOf: (rule, count) => `${count} × ${rule}`,
  },
  sound: {
    off: 'Sound off',
    on: 'Sound on',
    waits: 'Sound waits: click or press a key once',
    none: 'No sound in this browser',
  },
  nearest: {
    title: 'Who can go there',
    none: 'Choose a place or an alert.',
    nobody: 'Nobody is on duty.',
    asked: (at) => `as of ${at}`,
    old: (age) => `${age} old`,
    again: 'Ask again',
    againMeans: 'Each answer stands in the access record',
    inside: 'there',
    away: (distance) => distance,
    upTo: (least, most) => `${least} – ${most}`,
    seen: (age) => `seen ${age} ago`,
    lastSeen: (distance, age) => `not current: ${distance} off ${age} ago`,
    stated: (place, age) => `by radio at ${place}, ${age} ago`,
    unknown: 'no position',
    straight: 'Straight distances, not by road. Who is not heard counts by the furthest it may be.',
    availability: {
      free: 'free',
      tasked: 'on a task',
      maintenance: 'maintenance',
      'out-of-service': 'out of service',
    },
    show: 'Show on the map',
    send: 'Send',
  },
  detail: {
    nothing: 'Choose a place, a unit or an alert.',
    close: 'Close',
    rules: 'Rules here',
    noRules: 'No rule of the plan names this place.',
    follow: 'Follow',
    unfollow: 'Stop following',
    seen: (age) => `position of ${age} ago`,
    neverSeen: 'no position yet',
    lastHeard: (age) => `heard ${age} ago`,
    crew: (count) => `crew of ${count}`,
    inPlaces: (places) => `in ${places}`,
    nowhere: 'in none of the places',
    tasks: 'Tasks',
    noTasks: 'No task.',
    offDuty: 'off duty',
  },
  orders: {
    newTask: 'New task',
    newStatement: 'By radio',
    task: 'Task',
    kinds: { escort: 'Escort', incident: 'Incident', maintenance: 'Maintenance', 'out-of-service': 'Out of service' },
    until: 'For',
    untilClosed: 'until closed',
    minutes: (count) => `${count} min`,
    close: 'End it',
    taskIs: (kind, until, reason) => `${kind}${until === null ? '' : ` until ${until}`}: ${reason}`,
    isAt: 'is at',
    isNotAt: 'is not at',
    takenBack: 'take it back',
    place: 'Place',
    note: 'Note',
    statementIs: (place, until, actor) => `By radio at ${place} until ${until} (${actor})`,
    statementIsNot: (places, until, actor) => `By radio not at ${places} until ${until} (${actor})`,
    done: 'Done.',
    logged: 'It is logged; the engine has not come to it yet.',
  },
  evidence: {
    title: 'What it rests on',
    lastSeen: (unit, at) => `${unit} was here, until ${at}`,
    came: (unit, at) => `${unit} came, at ${at}`,
    stands: (unit) => `${unit} stands here`,
    bridged: (unit, from, to) => `${unit} went out of sight here at ${from}, and was seen again here at ${to}`,
    possible: (unit) => `${unit} may have been there: it was last seen here`,
    notReporting: (unit, since) => `${unit} counts as not there: not heard since ${since}, when it was here`,
    silent: (unit) => `${unit} fell silent: it was last seen here`,
    stated: (unit, place, at) => `by radio at ${at}: ${unit} is at ${place}`,
    statedNot: (unit, at) => `by radio at ${at}: ${unit} is not here`,
    position: (accuracy, at) => `position of ${at}, accurate to ${accuracy}`,
    doubted: (at) => `position of ${at}, which cannot be right: too far to reach`,
  },
  unshelve: 'Unshelve',
  shelvedUntil: (at) => `shelved until ${at}`,
  acknowledgeSaying: 'Acknowledge, saying…',
};

export const LIVE_ZH: LiveTexts = {
  rules: {
    'zone-gap': '片区空档',
    'checkpoint-gap': '必到点空岗',
    'route-gap': '巡线空档',
    'checkpoint-window': '值守时段异常',
    debt: '巡逻欠账',
    predictable: '到访规律可预测',
    'route-pass': '路线巡逻超时',
    strength: '警力不足',
    'duty-strength': '在岗警力不足',
    bunching: '警力扎堆',
    'dwell-short': '停留过短',
    'dwell-long': '停留过长',
    'off-zone': '离开片区',
    speeding: '超速',
    lights: '未亮灯',
    'tracker-silence': '终端失联',
    'network-outage': '网络中断',
    'tracker-useless': '终端无效',
    sos: '求助',
  },
  kinds: { car: '汽车', motorcycle: '摩托车', foot: '步巡' },
  filter: {
    title: '显示',
    severity: '级别',
    rule: '规则',
    all: '全部',
    unacknowledged: '未签收',
    mine: '本人处理',
    mineMeans: '最后由您处理的告警',
    hidden: (count) => `筛选隐藏${count}条`,
    clear: '显示全部',
    flood: (count) => `告警集中：十分钟内${count}条。列出高级告警，其余只计数。`,
    moreOf: (rule, count) => `${rule} ${count}条`,
  },
  sound: {
    off: '声音已关',
    on: '声音已开',
    waits: '声音待启用：请点击或按任意键',
    none: '此浏览器不能发声',
  },
  nearest: {
    title: '谁能到场',
    none: '请选择点位或告警。',
    nobody: '无人在岗。',
    asked: (at) => `截至${at}`,
    old: (age) => `${age}前`,
    again: '重新查询',
    againMeans: '每次查询均留痕',
    inside: '在场',
    away: (distance) => distance,
    upTo: (least, most) => `${least} – ${most}`,
    seen: (age) => `${age}前的位置`,
    lastSeen: (distance, age) => `非当前位置：${age}前距${distance}`,
    stated: (place, age) => `${age}前电台报在${place}`,
    unknown: '无位置',
    straight: '为直线距离，非道路距离。失联警组按可能的最远距离排序。',
    availability: { free: '可派', tasked: '有任务', maintenance: '检修', 'out-of-service': '停用' },
    show: '在地图上查看',
    send: '派往',
  },
  detail: {
    nothing: '请选择点位、警组或告警。',
    close: '关闭',
    rules: '此处规则',
    noRules: '方案中没有针对此点位的规则。',
    follow: '跟随',
    unfollow: '停止跟随',
    seen: (age) => `${age}前的位置`,
    neverSeen: '尚无位置',
    lastHeard: (age) => `${age}前有信号`,
    crew: (count) => `${count}人`,
    inPlaces: (places) => `在${places}`,
    nowhere: '不在任何点位',
    tasks: '任务',
    noTasks: '无任务。',
    offDuty: '下岗',
  },
  orders: {
    newTask: '新任务',
    newStatement: '电台报告',
    task: '任务',
    kinds: { escort: '护送', incident: '处警', maintenance: '检修', 'out-of-service': '停用' },
    until: '时长',
    untilClosed: '至手动结束',
    minutes: (count) => `${count}分钟`,
    close: '结束',
    taskIs: (kind, until, reason) => `${kind}${until === null ? '' : `至${until}`}：${reason}`,
    isAt: '在',
    isNotAt: '不在',
    takenBack: '收回报告',
    place: '点位',
    note: '备注',
    statementIs: (place, until, actor) => `电台报在${place}，至${until}（${actor}）`,
    statementIsNot: (places, until, actor) => `电台报不在${places}，至${until}（${actor}）`,
    done: '已完成。',
    logged: '已记录，尚待判定。',
  },
  evidence: {
    title: '依据',
    lastSeen: (unit, at) => `${unit}在此，至${at}`,
    came: (unit, at) => `${unit}于${at}到此`,
    stands: (unit) => `${unit}停在此处`,
    bridged: (unit, from, to) => `${unit}于${from}在此失去信号，${to}在此恢复`,
    possible: (unit) => `${unit}可能到过：最后位置在此`,
    notReporting: (unit, since) => `${unit}视为不在：${since}起无信号，当时在此`,
    silent: (unit) => `${unit}失联：最后位置在此`,
    stated: (unit, place, at) => `${at}电台报告：${unit}在${place}`,
    statedNot: (unit, at) => `${at}电台报告：${unit}不在此`,
    position: (accuracy, at) => `${at}的位置，误差约${accuracy}`,
    doubted: (at) => `${at}的位置，不可信：无法到达`,
  },
  unshelve: '取消搁置',
  shelvedUntil: (at) => `搁置至${at}`,
  acknowledgeSaying: '签收并备注…',
};
