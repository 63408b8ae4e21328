import { CLOCK_AHEAD_MS, HORIZON_MS, MAX_FENCE_SIGMA_M, MAX_TRACK_SIGMA_M } from '../../../src/model/limits.js';
import type { VisitVersion } from '../../../src/model/visit.js';
import { HOUR, MINUTE, T0 } from '../../engine/support.js';
import { handsOver, ORDER_RULE } from '../district.js';
import type { PlanSpec, Scenario } from '../scenario.js';
import { fixKey } from '../world/trackers.js';
import type { WorldRun } from '../world/world.js';
import { type Folded, isResumed, type TimedEntry } from './decoded-log.js';

/** What can go wrong in a seed, by who it befalls. The summary says in how many seeds each did. */
export const FAULTS = {
  fleet: [
    'reordered',
    'duplicated',
    'delayed',
    'backlog',
    'beyond the horizon',
    'week-old backlog',
    'clock ahead',
    'clock hours ahead',
    'clock behind',
    'reboot',
    'drift',
    'silence',
    'two positions at once',
    'no position',
    '0° N 0° E',
    'kilometres off',
    'clock hours behind',
    'week rollover',
    'frozen time',
    'frozen position',
    'out of area',
    '5,000 km away',
    'coordinates × 0.1',
    'sign lost',
    'coordinates swapped',
    'useless tracker told',
    'power cut',
    'battery told',
    'far too dense',
    'vague receiver',
    'position by Wi-Fi',
    'position by a cell',
    'no satellites but a figure',
    'stale position after a sleep',
    'a place in doubt',
    'late first fix',
    'just before the horizon',
    'call for help',
    'call for help late',
    'call for help beyond the horizon',
  ],
  archive: [
    'archive killed',
    'two archivers',
    'part not written',
    'archive read while trimmed',
    'log restored older than the archive',
  ],
  network: ['lost request', 'lost reply', 'lost ack'],
  servers: [
    'two engines',
    'kill at append',
    'kill at tick',
    'kill at read',
    'kill at open',
    'kill at commit',
    'kill at tell',
    'kill at pointer',
    'kill at file',
    'kill at plan',
    'standstill',
    'outage',
    'wrong clock',
    'clock far ahead refused',
    'poison entry',
    'log ahead of the clock',
    'split commits',
  ],
  redis: ['killed', 'full', 'failover', 'log trimmed', 'snapshot missing', 'snapshot corrupt'],
  people: [
    'plan change',
    'plan change within a visit',
    'operation order',
    'a gap at an order’s post',
    'place removed with a unit inside',
    'unit removed',
    'tracker handed over',
    'two trackers claim a unit',
    'action',
    'action repeated',
    'action refused',
    'action on a closed alert',
    'action on no alert',
    'call ended by a person',
    'task',
    'log resumed',
    'log resumed by two at once',
    'statement',
    'statement ended by a position',
    'slow subscriber',
    'subscriber resumed',
  ],
  processes: [
    'server killed for real',
    'standby killed for real',
    'archive killed for real',
    'Redis killed for real',
    'two deployments on one Redis',
  ],
} as const;

export type FaultName = (typeof FAULTS)[keyof typeof FAULTS][number];

/** The faults that a run truly had: as its log, its processes and the people in it say. */
export function metIn(run: WorldRun, log: readonly TimedEntry[], folded: Folded): FaultName[] {
  const { scenario, deaths } = run;
  const { server, subscribers } = scenario;
  const met: Partial<Record<FaultName, boolean>> = {
    ...metByFleet(scenario, log),
    ...metByPeople(scenario, log, folded),
    'useless tracker told': folded.alerts.some(({ rule }) => rule === 'tracker-useless'),
    'out of area': [...folded.state.units.values()].some(({ head }) => (head?.counts.outOfArea ?? 0) > 0),
    'far too dense': (folded.state.counts.flags['too-dense'] ?? 0) > 0,
    silence: folded.alerts.some(({ rule }) => rule === 'tracker-silence'),
    'lost request': server.lostRequests > 0,
    'lost reply': server.lostReplies > 0,
    'lost ack': server.lostAcks > 0,
    'two engines': server.processes > 1,
    'split commits': server.writesPerCall < 1_000,
    'poison entry': run.redis.skipped.size > 0,
    'clock far ahead refused': run.redis.refusedAhead > 0,
    'log trimmed': run.redis.floor > 0,
    failover: run.hasFailedOver,
    'slow subscriber': subscribers.some(({ everyMs }) => everyMs > MINUTE),
    'subscriber resumed': subscribers.some(({ lostAnswers }) => lostAnswers > 0),
  };
  for (const call of deaths) met[`kill at ${call}` as FaultName] = true;
  for (const fault of scenario.faults) {
    if (fault.kind === 'redis-kill') met.killed = true;
    else if (fault.kind === 'redis-full') met.full = true;
    else if (fault.kind === 'pause') met.standstill = true;
    else if (fault.kind === 'outage') met.outage = true;
    else if (fault.kind === 'clock') met['wrong clock'] = true;
    else if (fault.kind === 'log-ahead') {
      met['log ahead of the clock'] = true;
      met['log resumed'] = log.some((_, index) => isResumed(log, index));
      met['log resumed by two at once'] = met['log resumed'] && fault.resumedBy > 1;
    } else if (fault.kind === 'snapshot-spoilt') met[fault.missing ? 'snapshot missing' : 'snapshot corrupt'] = true;
  }
  return Object.values(FAULTS)
    .flat()
    .filter((name) => met[name] === true);
}

function metByFleet(scenario: Scenario, log: readonly TimedEntry[]): Partial<Record<FaultName, boolean>> {
  const newest = new Map<string, number>();
  const seen = new Set<string>();
  const instants = new Set<string>();
  const said = new Map<string, Set<string>>();
  const met: Partial<Record<FaultName, boolean>> = {};
  for (const { atMs, entry } of log) {
    if (entry.kind !== 'fixes') continue;
    for (const { tracker, fixes } of entry.batches) {
      for (const fix of fixes) {
        const lateMs = atMs - fix.eventTimeMs;
        const key = fixKey(tracker, fix);
        const instant = `${tracker}/${fix.eventTimeMs}`;
        if (fix.eventTimeMs < (newest.get(tracker) ?? 0)) met.reordered = true;
        if (seen.has(key)) met.duplicated = true;
        else if (instants.has(instant)) met['two positions at once'] = true;
        if (lateMs > MINUTE) met.delayed = true;
        if (lateMs > HORIZON_MS) met['beyond the horizon'] = true;
        if (lateMs > 24 * HOUR) met['week-old backlog'] = true;
        if (lateMs < -CLOCK_AHEAD_MS) met['clock ahead'] = true;
        if (lateMs < -HOUR) met['clock hours ahead'] = true;
        if (lateMs > 25 * MINUTE && lateMs <= HORIZON_MS) met['just before the horizon'] = true;
        if (lateMs > 7 * HOUR && lateMs < 9 * HOUR) met['clock hours behind'] = true;
        if (lateMs > 1_000 * 7 * 24 * HOUR) met['week rollover'] = true;
        if (fix.power === false) met['power cut'] = true;
        if (fix.batteryPercent !== null) met['battery told'] = true;
        said.set(instant, (said.get(instant) ?? new Set()).add(key));
        if ((said.get(instant)?.size ?? 0) > 5) met['frozen time'] = true;
        const accuracyDm = fix.accuracyDm ?? 0;
        if (accuracyDm > 10 * MAX_FENCE_SIGMA_M && accuracyDm <= 10 * MAX_TRACK_SIGMA_M) met['vague receiver'] = true;
        if (accuracyDm === 650) met['position by Wi-Fi'] = true;
        if (accuracyDm > 10 * MAX_TRACK_SIGMA_M) met['position by a cell'] = true;
        if (fix.satellites === 0 && fix.hdopCenti !== null) met['no satellites but a figure'] = true;
        if (fix.sos === true) {
          met['call for help'] = true;
          if (lateMs > MINUTE) met['call for help late'] = true;
          if (lateMs > HORIZON_MS) met['call for help beyond the horizon'] = true;
        }
        if (fix.position === null) met['no position'] = true;
        else if (fix.position.lngE7 === 0 && fix.position.latE7 === 0) met['0° N 0° E'] = true;
        newest.set(tracker, Math.max(newest.get(tracker) ?? 0, fix.eventTimeMs));
        seen.add(key);
        instants.add(instant);
      }
    }
  }
  const { fixes, deliveries, stays, plans } = scenario;
  const delivered = new Set<number>();
  for (const { fixes: indices } of deliveries) {
    if (indices.length > 1 && indices.every((index) => delivered.has(index))) met.reboot = true;
    else if (indices.length > 1) met.backlog = true;
    for (const index of indices) delivered.add(index);
  }
  for (const { misplaced } of fixes) if (misplaced !== undefined) met[misplaced] = true;
  met['stale position after a sleep'] = fixes.some(({ kept }) => kept === true);
  met['a place in doubt'] = stays.some(({ kind }) => kind === 'doubtful');
  met['late first fix'] =
    plans[0]?.units.some(({ tracker, duty }) => {
      const own = fixes.filter((fix) => fix.tracker === tracker && fix.ms > 0);
      return own.length > 0 && own.every(({ ms }) => ms >= (duty?.[0] ?? 0) + 8 * MINUTE);
    }) === true;
  met['frozen position'] =
    stays.some(({ kind }) => kind === 'useless') &&
    fixes.some(({ speedCmps, at }, i) => {
      const before = fixes[i - 1];
      return speedCmps === 900 && before?.speedCmps === 900 && before.at?.[0] === at?.[0] && before.at?.[1] === at?.[1];
    });
  met.drift = stays.some(({ kind }) => kind === 'drifting');
  met['kilometres off'] = fixes.some(({ at }) => at !== undefined && at[0] > 23_000);
  // Fixes are listed as they were taken, tracker by tracker.
  met['clock behind'] = fixes.some(({ tracker, ms }, index) => {
    const before = fixes[index - 1];
    return (
      before?.tracker === tracker && ms > 0 && ms < before.ms - 15_000 && plans.every((_, at) => !handsOver(plans, at))
    );
  });
  return met;
}

function metByPeople(
  { plans, acts, tasks }: Scenario,
  log: readonly TimedEntry[],
  { alerts, visits, state }: Folded,
): Partial<Record<FaultName, boolean>> {
  const actions = log.flatMap(({ entry }) => (entry.kind === 'action' ? [entry.actionId] : []));
  const met: Partial<Record<FaultName, boolean>> = {
    action: actions.length > 0,
    'action repeated': new Set(actions).size < actions.length,
    'action refused': alerts.some(({ change }) => change === 'refused'),
    'action on a closed alert': acts.some(({ about }, index) => about === 'closed' && actions.includes(`act-${index}`)),
    'action on no alert': acts.some(({ about }, index) => about === 'unknown' && actions.includes(`act-${index}`)),
    'call ended by a person': alerts.some(({ change }) => change === 'resolved'),
    task: tasks.length > 0,
    statement: log.some(({ entry }) => entry.kind === 'statement'),
    'statement ended by a position': [...state.units.values()].some(({ head }) => (head?.outranked.length ?? 0) > 0),
  };
  const [first, second] = plans;
  if (first === undefined || second === undefined) return met;
  const open = openAt(visits, T0 + second.inForceMs);
  const isGone = (id: string, key: 'places' | 'units'): boolean => second[key].every((one) => one.id !== id);
  met['operation order'] = second.order !== undefined;
  met['a gap at an order’s post'] = alerts.some(({ ruleId }) => ruleId === ORDER_RULE);
  met['plan change'] = true;
  met['plan change within a visit'] = open.length > 0;
  met['place removed with a unit inside'] = open.some(({ place }) => isGone(place, 'places'));
  met['unit removed'] = first.units.some(({ id }) => isGone(id, 'units'));
  met['tracker handed over'] = handsOver(plans, 1);
  met['two trackers claim a unit'] = claimsTwice(first, second);
  return met;
}

/** Visits that stand and reach over an instant. */
function openAt(visits: readonly VisitVersion[], ms: number): VisitVersion[] {
  const last = new Map(visits.map((visit) => [visit.visitId, visit]));
  return [...last.values()].filter(
    ({ kind, state, innerFromMs, outerToMs }) =>
      kind === 'visit' && state !== 'retracted' && innerFromMs < ms && (outerToMs ?? ms) >= ms,
  );
}

/** A tracker that the first plan does not know speaks for a unit whose old tracker goes on. */
function claimsTwice(first: PlanSpec, second: PlanSpec): boolean {
  const known = new Set(first.units.map(({ tracker }) => tracker));
  return second.units.some(({ tracker }) => !known.has(tracker));
}
