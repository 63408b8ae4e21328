import { formatAlertBook } from '../../model/fold-keys.js';
import type { TaskRecord } from '../../model/hot.js';
import { NETWORK_OUTAGE_MS } from '../../model/limits.js';
import { type AlertTopic, type Found, networkTopic } from '../alerts/topics.js';
import type { RuleScope } from './slice.js';

/** The task of an alert's unit, or at its place, that makes it one that nobody need act on; null: there is none. */
export function taskBehind({ tasks, nowMs }: RuleScope, topic: AlertTopic, found: Found): string | null {
  for (const id of [...tasks.keys()].sort()) {
    const task = tasks.get(id) as TaskRecord;
    if (explains(task, topic, found) && coversNow(task, found, nowMs)) return `task:${id}`;
  }
  return null;
}

function explains(task: TaskRecord, topic: AlertTopic, found: Found): boolean {
  const unit = topic.unit !== null && task.units.includes(topic.unit.id);
  if (task.task === 'maintenance') return unit || (topic.place !== null && task.places.includes(topic.place.id));
  if (!unit) return false;
  switch (topic.rule.kind) {
    case 'dwell-short':
    case 'dwell-long':
    case 'off-zone':
      return true;
    case 'speeding':
      return topic.rule.exempt === 'task' || found.evidence.speeding?.lights === 'on';
    default:
      return false;
  }
}

/** An alert that goes on is suppressed while the task does; one that is over, when the task touched it. */
function coversNow(task: TaskRecord, { fromMs, toMs }: Found, nowMs: number): boolean {
  // Closed before it began.
  if (task.toMs === task.fromMs) return false;
  if (toMs === null) return task.fromMs <= nowMs && (task.toMs === null || nowMs < task.toMs);
  return task.fromMs <= toMs && (task.toMs === null || fromMs < task.toMs);
}

/**
 * The network outage that stands for a silent tracker: a silence that goes on is suppressed while the outage does; one that is over, when
 * they were at the same time. Null: there is none.
 */
export function outageOfNetwork(state: RuleScope, topic: AlertTopic, { fromMs, toMs }: Found): string | null {
  const unitId = topic.unit?.id;
  if (unitId === undefined) return null;
  for (const { version } of state.alerts.get(networkTopic(topic.rule, state.district).key) ?? []) {
    if (version.condition === 'retracted') continue;
    if (version.evidence.units?.includes(unitId) !== true) continue;
    const covers = toMs === null ? version.toMs === null : version.fromMs <= toMs && (version.toMs ?? toMs) >= fromMs;
    if (covers) return version.alertId;
  }
  return null;
}

/**
 * The outage that alone explains a gap: it began with the outage or while it lasted, nobody knows whether somebody is there, and
 * all who may be are units that the outage hides. One that is certain, or older, or that another silent unit may fill, is not. Null: there
 * is none.
 */
export function outageBehind(state: RuleScope, { fromMs, certainty, evidence }: Found): string | null {
  const { possibleUnits = [] } = evidence;
  if (certainty !== 'unknown' || possibleUnits.length === 0) return null;
  for (const ruleId of [...state.networkOutages.keys()].sort()) {
    const subject = { kind: 'network', district: state.district, rule: ruleId } as const;
    const book = state.alerts.get(formatAlertBook({ rule: 'network-outage', ruleId, subject })) ?? [];
    for (const { version } of book) {
      const { units = [] } = version.evidence;
      const isWithin =
        fromMs >= version.fromMs - NETWORK_OUTAGE_MS && (version.toMs === null || fromMs <= version.toMs);
      if (version.condition !== 'retracted' && isWithin && possibleUnits.every((unit) => units.includes(unit)))
        return version.alertId;
    }
  }
  return null;
}
