import type { AlertVersion } from '../../../src/model/alert.js';
import { intersect, subtract } from '../../../src/model/intervals.js';
import { STRENGTH_CLEAR_MS } from '../../../src/model/limits.js';
import type { PlanRule } from '../../../src/model/plan.js';
import type { VisitVersion } from '../../../src/model/visit.js';
import { type Folded, holesOf, type TimedEntry } from './decoded-log.js';
import type { Violation } from './violation.js';

/** The visits of each unit and place that stand, kept up as versions come. */
export class Alternation {
  readonly #standing = new Map<string, Map<string, VisitVersion>>();
  #checked = 0;

  /** After an entry: of the standing visits of a unit to a place none overlaps another, and only the last may be open. */
  check(visits: readonly VisitVersion[]): Violation[] {
    const touched = new Set<string>();
    for (; this.#checked < visits.length; this.#checked += 1) {
      const visit = visits[this.#checked] as VisitVersion;
      if (visit.kind !== 'visit') continue;
      const key = `${visit.unit}|${visit.place}`;
      const known = this.#standing.get(key) ?? new Map<string, VisitVersion>();
      this.#standing.set(key, known);
      if (visit.state === 'retracted') known.delete(visit.visitId);
      else known.set(visit.visitId, visit);
      touched.add(key);
    }
    return [...touched].flatMap((key) => oddPair(key, [...(this.#standing.get(key)?.values() ?? [])]));
  }
}

function oddPair(key: string, visits: readonly VisitVersion[]): Violation[] {
  const inOrder = [...visits].sort((a, b) => a.innerFromMs - b.innerFromMs);
  for (const [index, after] of inOrder.entries()) {
    const before = inOrder[index - 1];
    if (before === undefined) continue;
    if (before.innerToMs === null || before.innerToMs >= after.innerFromMs) {
      const detail = `${key}: a visit from ${before.innerFromMs} to ${before.innerToMs} is followed by one from ${after.innerFromMs}`;
      return [{ invariant: 'alternation', detail }];
    }
  }
  return [];
}

/** O1: an action has at most one visible effect, and changes only the version that it names. */
export function checkActions(log: readonly TimedEntry[], { alerts }: Folded): Violation[] {
  const named = new Map<string, number>();
  for (const { entry } of log) if (entry.kind === 'action') named.set(entry.actionId, entry.alertVersion);
  const done = new Set<string>();
  const versions = new Map<string, AlertVersion>();
  for (const alert of alerts) {
    const before = versions.get(alert.alertId);
    if (alert.change !== 'refused') versions.set(alert.alertId, alert);
    const { actionId } = alert.evidence;
    if (alert.cause !== 'operator' || actionId === undefined) continue;
    if (done.has(actionId)) return [{ invariant: 'actions', detail: `${actionId} was carried out twice` }];
    done.add(actionId);
    const isStale = named.get(actionId) !== before?.version;
    if (alert.change !== 'refused' && isStale) {
      const detail = `${actionId} is for version ${named.get(actionId)}, ${alert.change} came after ${before?.version}`;
      return [{ invariant: 'actions', detail }];
    }
  }
  return [];
}

/** T3: a gap is certain only if there is one in the time that the server could see, by the least threshold of any plan. */
export function checkOutages(log: readonly TimedEntry[], { alerts }: Folded): Violation[] {
  const holes = holesOf(log);
  const lastMs = log.at(-1)?.atMs ?? 0;
  const standing = new Map(alerts.map((alert) => [alert.alertId, alert]));
  for (const { alertId, logId, ruleId, condition, episodes } of standing.values()) {
    if (condition === 'retracted') continue;
    for (const { fromMs, toMs, certainty } of episodes) {
      if (certainty !== 'uncovered') continue;
      const shortestMs = shortestDoubtMs(log, ruleId);
      const outages = holes.filter(([holeMs, endMs]) => endMs - holeMs >= shortestMs).flat();
      const span = [fromMs - beforeMs(log, ruleId), toMs ?? lastMs];
      const seen = subtract(span, outages);
      let longestMs = 0;
      for (let i = 0; i < seen.length; i += 2) longestMs = Math.max(longestMs, (seen[i + 1] ?? 0) - (seen[i] ?? 0));
      if (intersect(span, outages).length === 0 || longestMs >= leastLimitMs(log, ruleId)) continue;
      return [{ invariant: 'outages', detail: `${alertId} (${logId}) is certain with ${longestMs} ms in sight` }];
    }
  }
  return [];
}

/** How long before its episodes begin a rule counts: a route is late, and a balance at nothing, only once its time is over; a gap from its start. */
function beforeMs(log: readonly TimedEntry[], ruleId: string): number {
  return rulesOf(log, ruleId).some(({ kind }) => kind === 'route-pass' || kind === 'debt')
    ? leastLimitMs(log, ruleId)
    : 0;
}

/** How long an outage is before it takes certainty away: enough units for less than STRENGTH_CLEAR_MS end no shortfall. */
function shortestDoubtMs(log: readonly TimedEntry[], ruleId: string): number {
  const isOfStrength = rulesOf(log, ruleId).some(({ kind }) => kind === 'strength' || kind === 'duty-strength');
  return isOfStrength ? STRENGTH_CLEAR_MS : 0;
}

function leastLimitMs(log: readonly TimedEntry[], ruleId: string): number {
  const limits = rulesOf(log, ruleId).flatMap((rule) => {
    if (rule.kind === 'strength' || rule.kind === 'duty-strength') return [rule.holdMs];
    if (rule.kind === 'route-pass') return [rule.everyMs];
    // Its balance fell to nothing in sight.
    if (rule.kind === 'debt') return [1];
    if (rule.kind === 'checkpoint-window') return [Math.min(rule.graceMs, rule.handoverMs)];
    return 'graceMs' in rule ? [rule.thresholdMs] : [];
  });
  return Math.min(...limits);
}

/** A rule in each of the plans that have it. */
function rulesOf(log: readonly TimedEntry[], ruleId: string): PlanRule[] {
  const rules = log.flatMap(({ entry }) => (entry.kind === 'plan' ? entry.plan.rules : []));
  return rules.filter(({ id }) => id === ruleId);
}
