import { canonicalJson } from '../../../src/model/canonical-json.js';
import type { Folded } from './decoded-log.js';
import { differences, type Violation } from './violation.js';

/** Told of fixes that nothing else takes, too; `checkCalls` asks whether it is right. */
const TOLD_AT_ONCE = 'sos';

/** Silence, and what a tracker's words are good for, is judged on processing time by definition: what fell silent in one run did not in the other. */
const PROCESSING_TIME = ['tracker-silence', 'network-outage', 'tracker-useless'];

/** The verdicts and visits that stand, as texts in order. */
export function standingTexts({ alerts, visits }: Pick<Folded, 'alerts' | 'visits'>, withFinality = false): string[] {
  const lastAlerts = new Map(alerts.map((alert) => [alert.alertId, alert]));
  const lastVisits = new Map(visits.map((visit) => [visit.visitId, visit]));
  const verdicts = [...lastAlerts.values()]
    .filter(
      ({ condition, rule }) => condition !== 'retracted' && rule !== TOLD_AT_ONCE && !PROCESSING_TIME.includes(rule),
    )
    .map(({ rule, subject, place, fromMs, toMs, certainty, finality }) => ({
      rule,
      subject: subject.id,
      place,
      fromMs,
      toMs,
      certainty,
      ...(withFinality ? { finality } : {}),
    }));
  const stays = [...lastVisits.values()]
    .filter(({ state }) => state !== 'retracted')
    .map(({ unit, place, kind, state, innerFromMs, innerToMs, outerFromMs, outerToMs }) => ({
      visit: kind,
      unit,
      place,
      state,
      innerFromMs,
      innerToMs,
      outerFromMs,
      outerToMs,
    }));
  return [...verdicts, ...stays].map((one) => canonicalJson(one)).sort();
}

export function checkVerdicts(got: Folded, undisturbed: Folded): Violation[] {
  const detail = differences(standingTexts(got), standingTexts(undisturbed));
  return detail === null ? [] : [{ invariant: 'verdicts', detail }];
}
