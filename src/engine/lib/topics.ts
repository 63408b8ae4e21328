import type { AlertEvidence, AlertRule, AlertSubject } from '../../model/alert.js';
import type { Names, PlanPlace, PlanRule, PlanUnit } from '../../model/plan.js';
import type { Episode } from './episodes.js';
import type { Span } from './reconcile.js';

/** What an alert of a rule would be about. */
export interface AlertTopic {
  readonly rule: PlanRule;
  /** What the alert is called; the rule's kind but for `network-outage`, which its tracker-silence rule brings with it. */
  readonly alertRule: AlertRule;
  /** Part of the alert's id; `<unit>@<place>` for visits. */
  readonly subjectKey: string;
  readonly subject: AlertSubject;
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

export function placeTopic(rule: PlanRule, place: PlanPlace): AlertTopic {
  return {
    rule,
    alertRule: rule.kind,
    subjectKey: place.id,
    subject: { kind: 'place', id: place.id },
    place,
    unit: null,
  };
}

export function unitTopic(rule: PlanRule, unit: PlanUnit): AlertTopic {
  return { rule, alertRule: rule.kind, subjectKey: unit.id, subject: { kind: 'unit', id: unit.id }, place: null, unit };
}

export function visitTopic(rule: PlanRule, unit: PlanUnit, place: PlanPlace): AlertTopic {
  return {
    rule,
    alertRule: rule.kind,
    subjectKey: `${unit.id}@${place.id}`,
    subject: { kind: 'unit', id: unit.id },
    place,
    unit,
  };
}

export function networkTopic(rule: PlanRule, district: string): AlertTopic {
  return {
    rule,
    alertRule: 'network-outage',
    subjectKey: district,
    subject: { kind: 'district', id: district },
    place: null,
    unit: null,
  };
}

/** Key of a topic's alerts in the state. */
export function bookKey(topic: AlertTopic): string {
  return `${topic.rule.id}|${topic.subjectKey}`;
}
