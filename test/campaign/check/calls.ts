import { CHATTER_EPISODES, CLOCK_AHEAD_MS, HORIZON_MS } from '../../../src/model/limits.js';
import { formatLogId } from '../../../src/model/log-id.js';
import { T0 } from '../../engine/support.js';
import type { PlanSpec, Scenario } from '../scenario.js';
import { type Folded, isResumed, type TimedEntry } from './decoded-log.js';
import type { Violation } from './violation.js';

/** What a unit's trackers said of a call, in the order of their times. */
interface Word {
  readonly ms: number;
  readonly says: boolean | null;
  /** Neither from the future nor later than the horizon. */
  readonly inTime: boolean;
}

/**
 * Whoever calls for help is heard: with the entry that brings such a fix an alert of its unit stands that began no later than it.
 * And heard once: no more alerts than the fixes, put in order, have stretches that call; where the tracker says yes or no and
 * nobody intervenes just as many.
 */
export function checkCalls(scenario: Scenario, log: readonly TimedEntry[], folded: Folded): Violation[] {
  const units = new Set(scenario.plans.flatMap((plan) => plan.units.map(({ id }) => id)));
  return [...units].flatMap((unit) => {
    const said = checkUnit(scenario, log, folded, unit);
    return said === null ? [] : [{ invariant: 'calls', detail: `${unit}: ${said}` } as const];
  });
}

function checkUnit(
  scenario: Scenario,
  log: readonly TimedEntry[],
  { alerts, state }: Folded,
  unit: string,
): string | null {
  const told = alerts.filter((alert) => alert.rule === 'sos' && alert.unit === unit);
  const plans = scenario.plans.slice(0, state.plans.at(-1)?.plan.version ?? state.resumed?.planVersion ?? 0);
  const order = new Map(log.map(({ id }, index) => [formatLogId(id), index]));
  const resumes = [...log.keys()].filter((index) => isResumed(log, index));
  const words = new Map<string, Word>();
  for (const [index, { id, atMs, entry }] of log.entries()) {
    if (entry.kind !== 'fixes' || index === 0) continue;
    for (const { tracker, fixes, rejected } of entry.batches) {
      if (rejected.some(({ sos }) => sos === true) && unitOf(plans, tracker, [atMs]) === unit) {
        const ms = possibleMs(log, resumes, index, atMs);
        words.set(`${tracker}/refused/${formatLogId(id)}`, { ms, says: true, inTime: false });
        const isHeard = told.some(({ logId }) => (order.get(logId) ?? log.length) <= index);
        if (!isHeard) return `nothing is told of a refused fix with ${formatLogId(id)}`;
      }
      for (const fix of fixes) {
        const lateMs = atMs - fix.eventTimeMs;
        const inTime = lateMs >= -CLOCK_AHEAD_MS && lateMs <= HORIZON_MS;
        const asked = inTime ? [fix.eventTimeMs, atMs] : [atMs, fix.eventTimeMs];
        if (unitOf(plans, tracker, asked) !== unit) continue;
        const ms = lateMs < -CLOCK_AHEAD_MS ? atMs : fix.eventTimeMs;
        const name = `${tracker}/${ms}/${fix.sos}`;
        const word = { ms: possibleMs(log, resumes, index, ms), says: fix.sos };
        words.set(name, { ...word, inTime: inTime || words.get(name)?.inTime === true });
        if (fix.sos !== true) continue;
        const isHeard = told.some(({ logId, fromMs }) => (order.get(logId) ?? log.length) <= index && fromMs <= ms);
        if (!isHeard) return `nothing is told of ${fix.eventTimeMs} with ${formatLogId(id)}`;
      }
    }
  }
  const all = [...words.values()].sort((a, b) => a.ms - b.ms || Number(b.says === true) - Number(a.says === true));
  const calls = new Set(told.map(({ alertId }) => alertId)).size;
  const most = stretchesOf(all, (says) => says !== true);
  if (calls > most) return `${calls} alerts for ${most} stretches that call`;
  const isPlain =
    all.every(({ says, inTime }) => says !== null && inTime) && told.every(({ change }) => change !== 'resolved');
  return isPlain && most < CHATTER_EPISODES && calls < most ? `${calls} alerts for ${most} stretches that call` : null;
}

/** A time that no clock can have had yet when the log was resumed later counts as the time of that. */
function possibleMs(log: readonly TimedEntry[], resumes: readonly number[], index: number, ms: number): number {
  const later = resumes.filter((at) => at > index).map((at) => (log[at] as TimedEntry).atMs);
  return later.reduce((possible, atMs) => (possible > atMs + CLOCK_AHEAD_MS ? atMs : possible), ms);
}

/** Whose the tracker was at the first of these times at which it was somebody's. */
function unitOf(plans: readonly PlanSpec[], tracker: string, asked: readonly number[]): string | null {
  for (const ms of asked) {
    const plan = plans.findLast(({ inForceMs }) => T0 + inForceMs <= ms) ?? plans[0];
    const unit = plan?.units.find((one) => one.tracker === tracker);
    if (unit !== undefined) return unit.id;
  }
  return null;
}

function stretchesOf(words: readonly Word[], ends: (says: boolean | null) => boolean): number {
  let stretches = 0;
  let calls = false;
  for (const { says } of words) {
    if (says === true && !calls) stretches += 1;
    if (says === true || ends(says)) calls = says === true;
  }
  return stretches;
}
