import type { AlertEvidence, AlertRule, AlertSubject, AlertVersion } from '../../model/alert.js';
import { SUBJECT_KINDS } from '../../model/alert-id.js';
import { unreachable } from '../../model/errors.js';
import { type AlertBook, formatAlertBook } from '../../model/fold-keys.js';
import type { GapRule, Names, PlanPlace, PlanRule, PlanUnit } from '../../model/plan.js';
import { placeSubject, type Subject, unitSubject } from '../../model/subject.js';
import type { Episode } from './episodes.js';
import type { Span } from './reconcile.js';

/** What an alert of a rule would be about. */
export interface AlertTopic {
  readonly rule: PlanRule;
  /** What the alert is called; the rule's kind but for what a tracker-silence rule brings with it. */
  readonly alertRule: AlertRule;
  readonly subject: Subject;
  readonly place: { readonly id: string; readonly name: Names } | null;
  readonly unit: { readonly id: string; readonly callsign: string } | null;
}

/** What a rule finds about a topic now: the input of the alert book. */
export interface Judgement {
  readonly topic: AlertTopic;
  readonly episodes: readonly Episode[];
  /** What shows that nothing was wrong over a span that an alert once told; for gaps, who was there. */
  readonly disproof?: (span: Span) => AlertEvidence;
}

export function isGapRule(rule: PlanRule): rule is GapRule {
  return rule.kind === 'zone-gap' || rule.kind === 'checkpoint-gap' || rule.kind === 'route-gap';
}

export function placeTopic(rule: PlanRule, place: PlanPlace): AlertTopic {
  return {
    rule,
    alertRule: rule.kind,
    subject: placeSubject(place.id),
    place,
    unit: null,
  };
}

export function unitTopic(rule: PlanRule, unit: PlanUnit): AlertTopic {
  return { rule, alertRule: rule.kind, subject: unitSubject(unit.id), place: null, unit };
}

/** What a tracker-silence rule finds of one that talks. */
export function uselessTopic(rule: PlanRule, unit: PlanUnit): AlertTopic {
  return { ...unitTopic(rule, unit), alertRule: 'tracker-useless' };
}

export function visitTopic(rule: PlanRule, unit: PlanUnit, place: PlanPlace): AlertTopic {
  return {
    rule,
    alertRule: rule.kind,
    subject: { kind: 'visit', unit: unit.id, place: place.id },
    place,
    unit,
  };
}

export function networkTopic(rule: PlanRule, district: string): AlertTopic {
  return {
    rule,
    alertRule: 'network-outage',
    subject: { kind: 'network', district, rule: rule.id },
    place: null,
    unit: null,
  };
}

/** Where the state holds a topic's alerts. */
export function bookOf({ rule, alertRule, subject }: AlertTopic): AlertBook {
  return { rule: alertRule, ruleId: rule.id, subject };
}

export function bookKey(topic: AlertTopic): string {
  return formatAlertBook(bookOf(topic));
}

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
      return { kind, district: subject.id, rule: ruleId };
    default:
      return unreachable(kind);
  }
}
