import type { AlertEvidence, Certainty } from '../../model/alert.js';
import { unreachable } from '../../model/errors.js';
import { formatAlertBook } from '../../model/fold-keys.js';
import type { TaskRecord } from '../../model/hot.js';
import { NETWORK_OUTAGE_MS } from '../../model/limits.js';
import type { Watched } from '../../model/subject.js';
import type { EngineState } from '../state.js';
import type { Span } from './reconcile.js';
import { type AlertTopic, networkTopic } from './topics.js';

/** What a rule found, as far as it matters to whether somebody need act on it. */
interface AlertEpisodeFacts extends Span {
  readonly certainty: Certainty;
  readonly evidence: AlertEvidence;
}

/**
 * What makes an alert one that nobody need act on (domain 2.15): a task of its unit or at its place, or the network outage
 * that stands for a silent tracker. It is recorded all the same. Null: nothing does.
 */
export function suppressorOf(state: EngineState, topic: AlertTopic, finding: AlertEpisodeFacts): string | null {
  for (const id of [...state.tasks.keys()].sort()) {
    const task = state.tasks.get(id) as TaskRecord;
    if (explains(task, topic) && coversNow(task, finding, state.nowMs)) return `task:${id}`;
  }
  switch (topic.alertRule) {
    case 'tracker-silence':
      return networkOutageOf(state, topic, finding);
    case 'zone-gap':
    case 'checkpoint-gap':
    case 'route-gap':
      return outageBehind(state, finding);
    case 'dwell-short':
    case 'dwell-long':
    case 'network-outage':
    case 'tracker-useless':
    case 'sos':
      return null;
    default:
      return unreachable(topic.alertRule);
  }
}

/** When a unit is busy: an escort or an incident. Sorted, not disjoint. */
export function busyPairs(state: EngineState, unitId: string, untilMs: number): [from: number, to: number][] {
  const pairs: [number, number][] = [];
  for (const task of state.tasks.values()) {
    if ((task.task === 'escort' || task.task === 'incident') && task.units.includes(unitId))
      pairs.push([task.fromMs, task.toMs ?? untilMs]);
  }
  return pairs;
}

function explains(task: TaskRecord, topic: AlertTopic): boolean {
  const unit = topic.unit !== null && task.units.includes(topic.unit.id);
  if (task.task === 'maintenance') return unit || (topic.place !== null && task.places.includes(topic.place.id));
  return unit && (topic.alertRule === 'dwell-short' || topic.alertRule === 'dwell-long');
}

/** An alert that goes on is suppressed while the task does; one that is over, when the task touched it. */
function coversNow(task: TaskRecord, { fromMs, toMs }: Span, nowMs: number): boolean {
  // Closed before it began.
  if (task.toMs === task.fromMs) return false;
  if (toMs === null) return task.fromMs <= nowMs && (task.toMs === null || nowMs < task.toMs);
  return task.fromMs <= toMs && (task.toMs === null || fromMs < task.toMs);
}

/** A silence that goes on is suppressed while the outage does; one that is over, when they were at the same time. */
function networkOutageOf(state: EngineState, topic: AlertTopic, { fromMs, toMs }: Span): string | null {
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
 * all who may be are units that the outage hides. One that is certain, or older, or that another silent unit may fill, is not.
 */
function outageBehind(state: EngineState, { fromMs, certainty, evidence }: AlertEpisodeFacts): string | null {
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

/** When the next task of this unit or place begins or ends. */
export function nextTaskMs(state: EngineState, watched: Watched): number | null {
  let nextMs: number | null = null;
  for (const { units, places, fromMs, toMs } of state.tasks.values()) {
    const concerned = watched.kind === 'place' ? places.includes(watched.place) : units.includes(watched.unit);
    if (!concerned) continue;
    for (const atMs of [fromMs, toMs]) {
      if (atMs !== null && atMs > state.nowMs && (nextMs === null || atMs < nextMs)) nextMs = atMs;
    }
  }
  return nextMs;
}

export function hasTask(state: EngineState, unitId: string): boolean {
  for (const { units } of state.tasks.values()) if (units.includes(unitId)) return true;
  return false;
}
