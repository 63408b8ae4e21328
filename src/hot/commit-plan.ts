import { canonicalJson } from '../model/canonical-json.js';
import { assert } from '../model/errors.js';
import type { Commit, FixCounters, HotDelta } from '../model/hot.js';
import { MAX_FIELDS_PER_SCRIPT } from '../model/limits.js';
import { formatLogId } from '../model/log-id.js';

/** The hashes of a commit, in the order of the script's keys. */
export const COMMIT_HASHES = [
  'positions',
  'units',
  'coverage',
  'tasks',
  'plans',
  'openAlerts',
  'closedAlerts',
  'counters',
  'roster',
] as const;
export type CommitHash = (typeof COMMIT_HASHES)[number];

/** One write, dated by nothing: an absolute value, or a stream entry with its own number. */
export type CommitWrite =
  | { readonly to: 'alerts' | 'visits'; readonly transition: number; readonly json: string }
  | { readonly to: CommitHash; readonly field: string; readonly json: string | null };

/** What one script call writes. Only the last part of a commit moves the cursor. */
export interface CommitPart {
  readonly writes: readonly CommitWrite[];
  readonly movesCursor: boolean;
}

/** Keeps a script's time and one message's size in bounds even when the values are long. */
export const MAX_PART_BYTES = 1_048_576;
/** A live message above this carries only the numbers: read again. */
export const MAX_LIVE_BYTES = 262_144;

/** C3, C5: streams first, then hashes, the cursor last; at most MAX_FIELDS_PER_SCRIPT writes a part. At least one part. */
export function planCommit(commit: Commit): CommitPart[] {
  const writes = [...streamWrites(commit), ...hashWrites(commit)];
  const parts: CommitPart[] = [];
  let from = 0;
  let bytes = 0;
  writes.forEach((write, index) => {
    const size = write.json?.length ?? 0;
    if (index > from && (index - from === MAX_FIELDS_PER_SCRIPT || bytes + size > MAX_PART_BYTES)) {
      parts.push({ writes: writes.slice(from, index), movesCursor: false });
      from = index;
      bytes = 0;
    }
    bytes += size;
  });
  parts.push({ writes: writes.slice(from), movesCursor: true });
  return parts;
}

/**
 * Versions of alerts and visits are what two engines, or one before and after it loaded a snapshot, must write alike to the
 * byte; a restored object has its keys in another order.
 */
function streamWrites({ expected, target, outputs }: Commit): CommitWrite[] {
  const alerts = outputs.flatMap((output) => output.alerts);
  const visits = outputs.flatMap((output) => output.visits);
  assertDense('alerts', expected?.lastAlert ?? 0, target.lastAlert, alerts);
  assertDense('visits', expected?.lastVisit ?? 0, target.lastVisit, visits);
  return [
    ...alerts.map((alert): CommitWrite => ({ to: 'alerts', transition: alert.transition, json: canonicalJson(alert) })),
    ...visits.map((visit): CommitWrite => ({ to: 'visits', transition: visit.transition, json: canonicalJson(visit) })),
  ];
}

function assertDense(what: string, after: number, upTo: number, versions: readonly { transition: number }[]): void {
  assert(versions.length === upTo - after, `${versions.length} ${what} between ${after} and ${upTo}`);
  versions.forEach(({ transition }, index) => {
    assert(transition === after + index + 1, `${what} ${transition} in the place of ${after + index + 1}`);
  });
}

function hashWrites({ hot, counters }: Commit): CommitWrite[] {
  const writes: CommitWrite[] = [];
  const write = (to: CommitHash, values: Iterable<readonly [string, unknown]>, spell = JSON.stringify) => {
    for (const [field, value] of values) writes.push({ to, field, json: value === null ? null : spell(value) });
  };
  write('positions', hot.positions);
  write('units', hot.units);
  write('coverage', hot.coverage);
  write('tasks', hot.tasks);
  write('roster', hot.roster);
  write('plans', hot.plans);
  write('openAlerts', hot.openAlerts, canonicalJson);
  write('closedAlerts', hot.closedAlerts, canonicalJson);
  write('closedAlerts', reopened(hot));
  write('counters', counterFields(counters));
  return writes;
}

/** An alert is in one of the two hashes. */
function reopened(hot: HotDelta): [string, null][] {
  const open = [...hot.openAlerts].filter(([id, version]) => version !== null && !hot.closedAlerts.has(id));
  return open.map(([id]) => [id, null]);
}

function counterFields({ flags, ...counters }: FixCounters): [string, number][] {
  return [
    ...Object.entries(counters),
    ...Object.entries(flags).map(([flag, n]): [string, number] => [`flag:${flag}`, n]),
  ];
}

/** The message on `live`: see keys.ts. */
export function liveMessage({ target, hot }: Commit): string {
  const head = { logId: formatLogId(target.logId), lastAlert: target.lastAlert, lastVisit: target.lastVisit };
  const { positions, units, coverage, tasks } = hot;
  const full = JSON.stringify({
    ...head,
    positions: Object.fromEntries(positions),
    units: Object.fromEntries(units),
    coverage: Object.fromEntries(coverage),
    tasks: Object.fromEntries(tasks),
  });
  return full.length <= MAX_LIVE_BYTES ? full : JSON.stringify(head);
}
