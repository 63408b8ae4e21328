import type { AlertRule } from './alert.js';
import { formatLogId, isLogId, type LogId, parseLogId } from './log-id.js';
import { parseSubjectName, type Subject, type SubjectKind, subjectName } from './subject.js';

/** What the alerts of each rule are about: an alert's id names its rule, so the kind of its subject follows. */
export const SUBJECT_KINDS = {
  'zone-gap': 'place',
  'checkpoint-gap': 'place',
  'route-gap': 'place',
  'checkpoint-window': 'place',
  debt: 'place',
  predictable: 'place',
  'route-pass': 'place',
  strength: 'place',
  'duty-strength': 'scope',
  bunching: 'scope',
  'dwell-short': 'visit',
  'dwell-long': 'unit',
  'off-zone': 'unit',
  speeding: 'unit',
  lights: 'visit',
  'tracker-silence': 'unit',
  'network-outage': 'network',
  'tracker-useless': 'unit',
  sos: 'unit',
} as const satisfies Readonly<Record<AlertRule, SubjectKind>>;

/** What an alert's id says. It is frozen (E5). */
export interface AlertId {
  readonly rule: AlertRule;
  /** What the alert is about; its kind is the one that SUBJECT_KINDS has for the rule. */
  readonly subject: Subject;
  /** Its start as first raised, event time, ms. */
  readonly fromMs: number;
  /** The entry that raised it. */
  readonly logId: LogId;
  /** 1, 2, 3 …: which of the alerts that are otherwise the same. */
  readonly ordinal: number;
}

/** `<rule>:<subject>:<from>:<log id>`, and `:<ordinal>` from the second on. */
export function formatAlertId({ rule, subject, fromMs, logId, ordinal }: AlertId): string {
  const id = `${rule}:${subjectName(subject)}:${fromMs}:${formatLogId(logId)}`;
  return ordinal === 1 ? id : `${id}:${ordinal}`;
}

/** The first id of its kind that is not taken. */
export function newAlertId(id: Omit<AlertId, 'ordinal'>, taken: ReadonlySet<string>): string {
  for (let ordinal = 1; ; ordinal += 1) {
    const text = formatAlertId({ ...id, ordinal });
    if (!taken.has(text)) return text;
  }
}

/** Null: no alert has such an id. */
export function parseAlertId(text: string): AlertId | null {
  const [rule = '', name = '', from = '', log = '', ordinal = '1', ...more] = text.split(':');
  if (more.length > 0 || !isAlertRule(rule) || !isLogId(log)) return null;
  const subject = parseSubjectName(SUBJECT_KINDS[rule], name);
  if (subject === null) return null;
  const id = { rule, subject, fromMs: Number(from), logId: parseLogId(log), ordinal: Number(ordinal) };
  return isWhole(id.fromMs) && isWhole(id.ordinal) && formatAlertId(id) === text ? id : null;
}

export function isAlertRule(text: string): text is AlertRule {
  return Object.hasOwn(SUBJECT_KINDS, text);
}

function isWhole(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
