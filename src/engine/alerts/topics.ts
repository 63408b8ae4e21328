import type { AlertEvidence, AlertRule, AlertSubject, AlertVersion } from '../../model/alert.js';
import { SUBJECT_KINDS } from '../../model/alert-id.js';
import { unreachable } from '../../model/errors.js';
import { type AlertBook, formatAlertBook } from '../../model/fold-keys.js';
import type { Names, PlanPlace, PlanRule, PlanUnit } from '../../model/plan.js';
import { placeSubject, scopeSubject, type Subject, unitSubject } from '../../model/subject.js';
import type { Span } from '../told/reconcile.js';
import type { Episode } from './episodes.js';

/** What an alert of a rule would be about. */
export interface AlertTopic {
  readonly rule: PlanRule;
  /** What the alert is called; the rule's kind but for what a tracker-silence rule brings with it. */
  readonly alertRule: AlertRule;
  readonly subject: Subject;
  readonly place: { readonly id: string; readonly name: Names } | null;
  readonly unit: { readonly id: string; readonly callsign: string } | null;
  /** Where the state holds its alerts. */
  readonly key: string;
}

/** What a rule finds about a topic now: the input of the alert book. */
export interface Judgement {
  readonly topic: AlertTopic;
  readonly episodes: readonly Episode[];
  /** What shows that nothing was wrong over a span that an alert once told; for gaps, who was there. */
  readonly disproof?: (span: Span) => AlertEvidence;
  /** What makes it one that nobody need act on: a task, or an alert that stands for it. It is recorded all the same. Null, absent: nothing. */
  readonly suppressor?: (found: Found) => string | null;
}

/** What a rule found, as far as it matters to whether somebody need act on it. */
export type Found = Pick<AlertVersion, 'fromMs' | 'toMs' | 'certainty' | 'evidence'>;

export function placeTopic(rule: PlanRule, place: PlanPlace): AlertTopic {
  const ofRule = placeTopics.get(rule) ?? new WeakMap<PlanPlace, AlertTopic>();
  const known = ofRule.get(place);
  if (known !== undefined) return known;
  const topic = topicOf({ rule, alertRule: rule.kind, subject: placeSubject(place.id), place, unit: null });
  placeTopics.set(rule, ofRule.set(place, topic));
  return topic;
}

/** Made anew each time: kept, those of a unit would take more memory than all else that is known of one that says nothing. */
export function unitTopic(rule: PlanRule, unit: PlanUnit): AlertTopic {
  return topicOf({ rule, alertRule: rule.kind, subject: unitSubject(unit.id), place: null, unit });
}

/** What a tracker-silence rule finds of one that talks. */
export function uselessTopic(rule: PlanRule, unit: PlanUnit): AlertTopic {
  return topicOf({ rule, alertRule: 'tracker-useless', subject: unitSubject(unit.id), place: null, unit });
}

export function visitTopic(rule: PlanRule, unit: PlanUnit, place: PlanPlace): AlertTopic {
  const subject = { kind: 'visit', unit: unit.id, place: place.id } as const;
  return topicOf({ rule, alertRule: rule.kind, subject, place, unit });
}

/** `district`: whose plan the rule is of. */
export function networkTopic(rule: PlanRule, district: string): AlertTopic {
  const known = networkTopics.get(rule);
  if (known?.district === district) return known.topic;
  const subject = { kind: 'network', district, rule: rule.id } as const;
  const topic = topicOf({ rule, alertRule: 'network-outage', subject, place: null, unit: null });
  networkTopics.set(rule, { district, topic });
  return topic;
}

/** `district`: whose plan the rule is of. */
export function scopeTopic(rule: PlanRule, district: string): AlertTopic {
  const subject = scopeSubject(district, rule.id);
  return topicOf({ rule, alertRule: rule.kind, subject, place: null, unit: null });
}

function topicOf({ rule, alertRule, subject, place, unit }: Omit<AlertTopic, 'key'>): AlertTopic {
  const key = formatAlertBook({ rule: alertRule, ruleId: rule.id, subject });
  return { rule, alertRule, subject, place, unit, key };
}

/** Where the state holds the alerts of a topic. */
export function bookOfTopic({ rule, alertRule, subject }: AlertTopic): AlertBook {
  return { rule: alertRule, ruleId: rule.id, subject };
}

/** Topics of a plan's rules, made when they are first asked for: most are asked for whenever their place is judged. */
const placeTopics = new WeakMap<PlanRule, WeakMap<PlanPlace, AlertTopic>>();
const networkTopics = new WeakMap<PlanRule, { readonly district: string; readonly topic: AlertTopic }>();

/** Where the state holds an alert of which only a version is known. */
export function bookOfVersion(version: AlertVersion): AlertBook {
  return { rule: version.rule, ruleId: version.ruleId, subject: subjectOfVersion(version) };
}

/** What an alert is about, as its versions say it to readers. */
export function alertSubject(subject: Subject): AlertSubject {
  switch (subject.kind) {
    case 'place':
      return { kind: 'place', id: subject.place };
    case 'unit':
    case 'visit':
      return { kind: 'unit', id: subject.unit };
    case 'network':
    case 'scope':
      return { kind: 'district', id: subject.district };
    default:
      return unreachable(subject);
  }
}

function subjectOfVersion({ rule, ruleId, subject, place, unit }: AlertVersion): Subject {
  const kind = SUBJECT_KINDS[rule];
  switch (kind) {
    case 'place':
      return placeSubject(subject.id);
    case 'unit':
      return unitSubject(subject.id);
    case 'visit':
      return { kind, unit: unit ?? '', place: place ?? '' };
    case 'network':
    case 'scope':
      return { kind, district: subject.id, rule: ruleId };
    default:
      return unreachable(kind);
  }
}
