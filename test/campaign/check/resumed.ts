import { decodeSnapshot, encodeSnapshot } from '../../../src/codec/snapshot-codec.js';
import { dumpState, restoreState } from '../../../src/engine/snapshot.js';
import type { EngineState } from '../../../src/engine/state.js';
import { MAX_APPEND_AHEAD_MS } from '../../../src/log/district-log.js';
import { formatLogId } from '../../../src/model/log-id.js';
import { type Folded, foldEntries, isResumed, type TimedEntry } from './decoded-log.js';
import { idealLog } from './ideal-log.js';
import type { Violation } from './violation.js';

/** The part of a log in which time only goes on: what comes after its last `resume`, or the whole. */
export interface Tail {
  readonly log: readonly TimedEntry[];
  /** What was told before it, and in it. */
  readonly before: Told;
  readonly told: Folded;
  /** What is older was passed over. */
  readonly resumedAtMs: number;
  /** A state of its own to fold it from; null: none, it begins with the log. */
  readonly begin: () => EngineState | null;
}

type Told = Pick<Folded, 'alerts' | 'visits'>;

export function tailOf(log: readonly TimedEntry[], folded: Folded): Tail {
  const at = log.findLastIndex((_, index) => isResumed(log, index));
  if (at < 0) return { log, before: { alerts: [], visits: [] }, told: folded, resumedAtMs: 0, begin: () => null };
  const before = foldEntries(log.slice(0, at + 1));
  const bytes = encodeSnapshot(dumpState(before.state));
  const told = {
    state: folded.state,
    alerts: folded.alerts.slice(before.alerts.length),
    visits: folded.visits.slice(before.visits.length),
  };
  return {
    log: log.slice(at + 1),
    before,
    told,
    resumedAtMs: log[at]?.atMs ?? 0,
    begin: () => restoreState(decodeSnapshot(bytes)),
  };
}

/** The tail as it would have been had nothing gone wrong on the way, after what was told before it. */
export function undisturbedTail({ log, before, resumedAtMs, begin }: Tail): Folded {
  const { state, alerts, visits } = foldEntries(idealLog(log, resumedAtMs), undefined, begin());
  return { state, alerts: [...before.alerts, ...alerts], visits: [...before.visits, ...visits] };
}

/**
 * Log time goes back at a `resume` that finds the log as it was, and nowhere else. After it nothing of the false time stands: what was
 * told by `sinceMs` has ended by then, and everything else is retracted, but for calls for help. From there on log time is Redis's.
 */
export function checkResumes(log: readonly TimedEntry[], endMs: number): Violation[] {
  const back = log.findIndex(({ atMs }, i) => i > 0 && atMs < (log[i - 1]?.atMs ?? 0) && !isResumed(log, i));
  if (back >= 0) return [violation(log, back, `log time goes back to ${log[back]?.atMs}`)];
  const at = log.findLastIndex((_, index) => isResumed(log, index));
  const entry = log[at]?.entry;
  if (entry?.kind !== 'resume') return [];
  const lastMs = log.at(-1)?.atMs ?? 0;
  if (lastMs > endMs + MAX_APPEND_AHEAD_MS) return [violation(log, at, `log time is ${lastMs} in the end`)];
  const { alerts, visits } = foldEntries(log.slice(0, at + 1));
  const standing = [...new Map(alerts.map((alert) => [alert.alertId, alert])).values()]
    .filter(({ rule, condition }) => rule !== 'sos' && condition !== 'retracted')
    .find(({ episodes }) => episodes.some(({ toMs }) => toMs === null || toMs > entry.sinceMs));
  if (standing !== undefined) return [violation(log, at, `${standing.alertId} goes on in the false time`)];
  const open = [...new Map(visits.map((visit) => [visit.visitId, visit])).values()].find(
    ({ state, innerToMs }) => state === 'open' || (state === 'closed' && (innerToMs ?? 0) > entry.sinceMs),
  );
  return open === undefined ? [] : [violation(log, at, `${open.visitId} goes on in the false time`)];
}

function violation(log: readonly TimedEntry[], at: number, what: string): Violation {
  const id = log[at]?.id;
  return { invariant: 'resumed', detail: `${id === undefined ? '' : formatLogId(id)}: ${what}` };
}
