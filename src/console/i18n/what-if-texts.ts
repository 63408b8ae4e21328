/** What the trial of a plan on recorded hours says. */
export interface WhatIfTexts {
  readonly title: string;
  readonly hint: string;
  readonly from: string;
  readonly to: string;
  readonly operators: string;
  readonly go: string;
  readonly waits: string;
  readonly refused: (why: string) => string;
  readonly caption: (from: string, to: string) => string;
  readonly recorded: string;
  readonly tried: string;
  readonly rule: string;
  readonly severity: string;
  readonly alerts: string;
  readonly anHour: string;
  readonly all: string;
  readonly takenBack: string;
  readonly busiest: string;
  readonly hour: (asked: number, from: string) => string;
  readonly over: (budget: number) => string;
  readonly ofAll: (count: number, all: number) => string;
  readonly both: (count: number) => string;
  readonly isOpen: (until: string) => string;
  readonly added: (count: number) => string;
  readonly gone: (count: number) => string;
  readonly times: (count: number) => string;
  readonly retracted: string;
}

export const WHAT_IF_EN: WhatIfTexts = {
  title: 'Try it on recorded hours',
  hint: 'The server folds these hours twice, under the plans of that time and under this one. Nothing is applied, and nobody is told.',
  from: 'From',
  to: 'to',
  operators: 'People who act on alerts',
  go: 'Try it',
  waits: 'The recorded hours are folded; that can take minutes.',
  refused: (why) => `It was not tried: ${why}`,
  caption: (from, to) => `Alerts from ${from} to ${to}`,
  recorded: 'As recorded',
  tried: 'Under this plan',
  rule: 'Rule',
  severity: 'Severity',
  alerts: 'Alerts',
  anHour: 'an hour',
  all: 'All',
  takenBack: 'Taken back later',
  busiest: 'Busiest hour',
  hour: (asked, from) => `${asked} from ${from}`,
  over: (budget) => `Hours with more than ${budget}`,
  ofAll: (count, all) => (all === 0 ? '–' : `${count} of ${all}`),
  both: (count) => `${count === 1 ? '1 alert is' : `${count} alerts are`} told under both.`,
  isOpen: (until) => `The log ends at ${until}: what came later may have taken back some of the last alerts.`,
  added: (count) => (count === 0 ? 'Only under this plan: none' : `Only under this plan: ${count}`),
  gone: (count) => (count === 0 ? 'No more under this plan: none' : `No more under this plan: ${count}`),
  times: (count) => `${count} times`,
  retracted: 'taken back',
};

export const WHAT_IF_ZH: WhatIfTexts = {
  title: '用历史时段试算',
  hint: '服务器对该时段按当时方案和本方案各推算一遍。不生效，不通知任何人。',
  from: '自',
  to: '至',
  operators: '处警人数',
  go: '试算',
  waits: '正在推算历史时段，可能需要几分钟。',
  refused: (why) => `未能试算：${why}`,
  caption: (from, to) => `${from}至${to}的告警`,
  recorded: '当时方案',
  tried: '本方案',
  rule: '规则',
  severity: '级别',
  alerts: '告警数',
  anHour: '每小时',
  all: '合计',
  takenBack: '事后撤回',
  busiest: '最忙时段',
  hour: (asked, from) => `${from}起${asked}条`,
  over: (budget) => `每小时超过${budget}条的时段`,
  ofAll: (count, all) => (all === 0 ? '–' : `${count}/${all}`),
  both: (count) => `两种方案下均有${count}条告警。`,
  isOpen: (until) => `日志截至${until}：之后的数据可能已撤回其中最后几条告警。`,
  added: (count) => (count === 0 ? '仅本方案下有：无' : `仅本方案下有：${count}条`),
  gone: (count) => (count === 0 ? '本方案下不再有：无' : `本方案下不再有：${count}条`),
  times: (count) => `${count}次`,
  retracted: '已撤回',
};
