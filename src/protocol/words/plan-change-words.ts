import type { Names } from '../../model/plan.js';
import type { FieldChange, PlanChange, ShapeSummary } from '../../model/plan-change.js';
import { exactDurationOf } from './durations.js';

const ABOUT: Readonly<Record<PlanChange['about'], Names>> = {
  district: { zh: '辖区', en: 'district' },
  place: { zh: '地点', en: 'place' },
  unit: { zh: '警力', en: 'unit' },
  rule: { zh: '规则', en: 'rule' },
  escalation: { zh: '逐级报告', en: 'escalation' },
};
const CHANGE: Readonly<Record<Exclude<PlanChange['change'], 'changed'>, Names>> = {
  added: { zh: '新增', en: 'is new' },
  removed: { zh: '取消', en: 'is taken out' },
};
const FIELDS: Readonly<Record<string, Names>> = {
  nameZh: { zh: '中文名', en: 'name in Chinese' },
  nameEn: { zh: '英文名', en: 'name in English' },
  timeZone: { zh: '时区', en: 'time zone' },
  area: { zh: '定位有效范围', en: 'area' },
  possibleForMs: { zh: '失联存疑时长', en: 'longest doubt of a silence' },
  denseFactor: { zh: '定位过密倍数', en: 'dense factor' },
  kind: { zh: '类型', en: 'kind' },
  stopAllowed: { zh: '允许停留', en: 'stopping allowed' },
  tier: { zh: '等级', en: 'tier' },
  callsign: { zh: '呼号', en: 'call sign' },
  group: { zh: '班组', en: 'group' },
  crewCount: { zh: '人数', en: 'crew' },
  tracker: { zh: '定位终端', en: 'tracker' },
  expectedIntervalMs: { zh: '上报间隔', en: 'report interval' },
  severity: { zh: '级别', en: 'severity' },
  thresholdMs: { zh: '空岗时限', en: 'threshold' },
  graceMs: { zh: '宽限', en: 'grace' },
  absenceMs: { zh: '累计脱岗上限', en: 'longest absence in all' },
  handoverMs: { zh: '交接时限', en: 'longest handover' },
  creditMs: { zh: '额度', en: 'credit' },
  worth: { zh: '在场抵换倍数', en: 'worth of presence' },
  clearMs: { zh: '解除额度', en: 'balance that ends an alert' },
  revisits: { zh: '可预测的间隔数', en: 'intervals that make a rhythm' },
  withinMs: { zh: '预测误差', en: 'how near a guess is' },
  mergeMs: { zh: '合并到访的间隔', en: 'longest break of a visit' },
  leastIntervalMs: { zh: '最短到访间隔', en: 'shortest interval of visits' },
  everyMs: { zh: '巡逻间隔', en: 'interval of passes' },
  passWithinMs: { zh: '单次巡逻时限', en: 'longest pass' },
  by: { zh: '完成方式', en: 'passes by' },
  minPresenceMs: { zh: '最短在岗', en: 'shortest presence' },
  atLeast: { zh: '应有数量', en: 'wanted' },
  counts: { zh: '计数方式', en: 'counted' },
  holdMs: { zh: '持续时限', en: 'time to hold' },
  withinM: { zh: '聚集距离（米）', en: 'metres that make a bunch' },
  exceptPlaces: { zh: '不计聚集的地点', en: 'places where units may be together' },
  zones: { zh: '责任片区', en: 'zones of groups' },
  scope: { zh: '统计范围', en: 'scope' },
  movedMetres: { zh: '动中备勤距离（米）', en: 'metres to move' },
  movedWithinMs: { zh: '动中备勤时限', en: 'time to move in' },
  beyondM: { zh: '允许离开距离', en: 'metres allowed outside' },
  limits: { zh: '限速', en: 'limits' },
  toleranceCmps: { zh: '超速容差', en: 'tolerance' },
  exempt: { zh: '豁免条件', en: 'exempt' },
  leastPercent: { zh: '亮灯比例', en: 'share with lights on' },
  minVisitMs: { zh: '最短停留', en: 'shortest visit' },
  maxStandMs: { zh: '最长停留', en: 'longest stand' },
  unitKinds: { zh: '警力类型', en: 'kinds of units' },
  places: { zh: '地点', en: 'places' },
  units: { zh: '警力', en: 'units' },
  escalationOrder: { zh: '逐级报告的先后', en: 'order of escalations' },
  severities: { zh: '级别', en: 'severities' },
  kinds: { zh: '告警类型', en: 'kinds of alerts' },
  groups: { zh: '班组', en: 'groups' },
  steps: { zh: '步骤', en: 'steps' },
};
const SHAPES: Readonly<Record<ShapeSummary['type'], Names>> = {
  polygon: { zh: '多边形', en: 'polygon' },
  circle: { zh: '圆', en: 'circle' },
  corridor: { zh: '走廊', en: 'corridor' },
};
/** Words that a plan has for a few values, by field; English has them as they are. */
const VALUES_ZH: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  severity: { high: '高', medium: '中', low: '低' },
  counts: { units: '警组', officers: '人数' },
  scope: { district: '全辖区', reserve: '备勤' },
  by: { unit: '单个警组', team: '班组合计' },
  exempt: { task: '任务期间', 'task-and-lights': '任务期间且开警灯' },
};
/** Ids of a list that are named one by one. */
const NAMED = 5;

/** A change of a plan as a person reads it, in Chinese and English. */
export function planChangeWords({ about, id, name, change, fields }: PlanChange): Names {
  const kind = ABOUT[about];
  const isNamed = about !== 'rule' && about !== 'district' && about !== 'escalation';
  const subject = {
    zh: `${kind.zh}${isNamed && name.zh !== id ? `${name.zh}（${id}）` : id}`,
    en: `${kind.en} ${isNamed && name.en !== id ? `${name.en} (${id})` : id}`,
  };
  if (change !== 'changed')
    return { zh: `${CHANGE[change].zh}${subject.zh}`, en: `${subject.en} ${CHANGE[change].en}` };
  const said = fields.map(fieldWords);
  return {
    zh: `${subject.zh}：${said.map(({ zh }) => zh).join('；')}`,
    en: `${subject.en}: ${said.map(({ en }) => en).join('; ')}`,
  };
}

function fieldWords(field: FieldChange): Names {
  switch (field.is) {
    case 'value': {
      const name = FIELDS[field.field] ?? { zh: field.field, en: field.field };
      const [before, after] = [valueWords(field.field, field.before), valueWords(field.field, field.after)];
      return { zh: `${name.zh}由${before.zh}改为${after.zh}`, en: `${name.en} ${after.en} instead of ${before.en}` };
    }
    case 'list':
      return listWords(field);
    case 'hours':
      return hoursWords(field);
    case 'shape':
      return shapeWords(field);
  }
}

function valueWords(field: string, value: Extract<FieldChange, { readonly is: 'value' }>['before']): Names {
  if (value === null) return { zh: '无', en: 'none' };
  if (typeof value === 'boolean') return value ? { zh: '是', en: 'yes' } : { zh: '否', en: 'no' };
  if (typeof value === 'number' && field.endsWith('Ms')) return exactDurationOf(value);
  return { zh: VALUES_ZH[field]?.[String(value)] ?? String(value), en: String(value) };
}

function listWords({ field, added, removed }: Extract<FieldChange, { readonly is: 'list' }>): Names {
  const name = FIELDS[field] ?? { zh: field, en: field };
  const parts = [
    ...(added.length === 0 ? [] : [{ zh: `增加${name.zh}${idsZh(added)}`, en: `also ${name.en} ${idsEn(added)}` }]),
    ...(removed.length === 0
      ? []
      : [{ zh: `减少${name.zh}${idsZh(removed)}`, en: `no longer ${name.en} ${idsEn(removed)}` }]),
  ];
  return { zh: parts.map(({ zh }) => zh).join('，'), en: parts.map(({ en }) => en).join(', ') };
}

function idsZh(ids: readonly string[]): string {
  const named = ids.slice(0, NAMED).join('、');
  return ids.length > NAMED ? `${named}等${ids.length}个` : named;
}

function idsEn(ids: readonly string[]): string {
  const named = ids.slice(0, NAMED).join(', ');
  return ids.length > NAMED ? `${named} and ${ids.length - NAMED} more` : named;
}

function hoursWords({ firstDay, days, ofDays, before, after }: Extract<FieldChange, { readonly is: 'hours' }>): Names {
  const on = {
    zh: `${firstDay}（${ofDays}天中${days}天不同）`,
    en: `on ${firstDay} (${days} of ${ofDays} days differ)`,
  };
  return {
    zh: `${on.zh}时段由${before || '无'}改为${after || '无'}`,
    en: `hours ${on.en}: ${after || 'none'} instead of ${before || 'none'}`,
  };
}

function shapeWords({ movedM, before, after }: Extract<FieldChange, { readonly is: 'shape' }>): Names {
  const [a, b] = [outlineWords(before), outlineWords(after)];
  const isSame = a.en === b.en;
  const [zh, en] = movedM === 0 ? ['', ''] : [`，中心移动${movedM}米`, `, its middle ${movedM} m away`];
  return {
    zh: `范围${isSame ? `仍为${b.zh}` : `由${a.zh}改为${b.zh}`}${zh}`,
    en: `${isSame ? `another ${b.en}` : `${b.en} instead of ${a.en}`}${en}`,
  };
}

function outlineWords({ type, vertices, reachM }: ShapeSummary): Names {
  const { zh, en } = SHAPES[type];
  if (type === 'circle') return { zh: `半径${reachM}米的${zh}`, en: `${en} of ${reachM} m` };
  const reach =
    reachM === null ? { zh: '', en: '' } : { zh: `两侧${reachM}米、`, en: ` ${reachM} m wide on each side` };
  return { zh: `${reach.zh}${vertices}个顶点的${zh}`, en: `${en} of ${vertices} vertices${reach.en}` };
}
