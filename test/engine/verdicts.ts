import type { AlertVersion } from '../../src/model/alert.js';
import type { VisitVersion } from '../../src/model/visit.js';

/** A small seeded generator in [0, 1), the tests' own. */
export function random(seed: number): () => number {
  let a = seed * 0x9e3779b9;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let x = Math.imul(a ^ (a >>> 15), 1 | a);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The last version of each alert, in the order in which they were raised. */
export function latest(alerts: readonly AlertVersion[]): AlertVersion[] {
  const last = new Map<string, AlertVersion>();
  for (const alert of alerts) if (alert.change !== 'refused') last.set(alert.alertId, alert);
  return [...last.values()];
}

/** The last version of each visit. */
export function latestVisits(visits: readonly VisitVersion[]): VisitVersion[] {
  return [...new Map(visits.map((visit) => [visit.visitId, visit])).values()];
}

/** What is promised whatever the order of arrival: the verdicts that stand, and the visits. Sorted. */
export function standing(told: {
  readonly alerts: readonly AlertVersion[];
  readonly visits: readonly VisitVersion[];
}): {
  readonly visits: readonly object[];
  readonly alerts: readonly object[];
} {
  const visits = latestVisits(told.visits)
    .filter(({ state }) => state !== 'retracted')
    .map(({ unit, place, innerFromMs, innerToMs, outerFromMs, outerToMs }) => {
      return { unit, place, innerFromMs, innerToMs, outerFromMs, outerToMs };
    });
  const alerts = latest(told.alerts)
    .filter(({ condition }) => condition !== 'retracted')
    .map(({ rule, subject, place, unit, fromMs, toMs, condition, certainty }) => {
      return { rule, subject: subject.id, place, unit, fromMs, toMs, condition, certainty };
    });
  return { visits: visits.sort(byText), alerts: alerts.sort(byText) };
}

function byText(a: object, b: object): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}
