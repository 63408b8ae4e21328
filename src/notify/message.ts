import type { Claimed } from './notice-store.js';
import type { Names } from '../model/plan.js';
import type { NoticeRecord } from '../model/notice.js';

/** What is sent: one notice, or a digest of many. */
export interface Message {
  readonly id: string;
  readonly district: string;
  readonly districtName: Names;
  readonly timeZone: string | null;
  /** At least one. */
  readonly notices: readonly NoticeRecord[];
}

export function messageOf(
  { messageId, notices }: Claimed,
  district: Pick<Message, 'district' | 'districtName' | 'timeZone'>,
): Message {
  return { id: messageId, ...district, notices };
}

const TO: Readonly<Record<NoticeRecord['to'], Names>> = {
  crew: { zh: '车组', en: 'crew' },
  group: { zh: '班组', en: 'group' },
  duty: { zh: '值班领导', en: 'duty supervisor' },
  command: { zh: '指挥中心', en: 'command' },
};
const SEVERITY: Readonly<Record<NoticeRecord['facts']['severity'], Names>> = {
  high: { zh: '高', en: 'high' },
  medium: { zh: '中', en: 'medium' },
  low: { zh: '低', en: 'low' },
};
/** A digest names so many of its alerts in words. */
const NAMED = 10;

/** The message as people of a group read it: plain text, in one of the languages. */
export function textOf({ districtName, notices }: Message, language: keyof Names): string {
  const lines = notices.slice(0, NAMED).map((notice) => lineOf(notice, language));
  const [first] = notices;
  if (notices.length === 1 && first !== undefined) return `【${districtName[language]}】${lines[0]}`;
  const more = notices.length - lines.length;
  const zh = [
    `【${districtName.zh}】告警集中，共${notices.length}条：`,
    ...lines,
    ...(more > 0 ? [`另有${more}条`] : []),
  ];
  const en = [
    `【${districtName.en}】Many alerts at once, ${notices.length}:`,
    ...lines,
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
  return (language === 'zh' ? zh : en).join('\n');
}

function lineOf({ kind, to, step, facts }: NoticeRecord, language: keyof Names): string {
  const sentence = facts.sentence[language];
  if (kind === 'withdrawn') return language === 'zh' ? `撤回：${sentence}` : `Withdrawn: ${sentence}`;
  const severity = SEVERITY[facts.severity][language];
  return language === 'zh'
    ? `[${severity}] ${sentence}（第${step}步，${TO[to].zh}，请确认）`
    : `[${severity}] ${sentence} (step ${step}, ${TO[to].en}: please acknowledge)`;
}
