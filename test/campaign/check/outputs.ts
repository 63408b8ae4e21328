import { MAX_APPEND_AHEAD_MS } from '../../../src/log/district-log.js';
import { canonicalJson } from '../../../src/model/canonical-json.js';
import { compareLogIds, formatLogId } from '../../../src/model/log-id.js';
import { engineFold } from '../../../src/runner/fold.js';
import { DISTRICT } from '../district.js';
import { hashWrites } from '../world/redis-model.js';
import { fixKey } from '../world/trackers.js';
import type { WorldRun } from '../world/world.js';
import type { Folded, TimedEntry } from './decoded-log.js';
import type { Invariant, Violation } from './violation.js';

/** No acknowledged fix is missing from the log. */
export function checkAcknowledged({ acknowledged }: WorldRun, log: readonly TimedEntry[]): Violation[] {
  const logged = new Set<string>();
  for (const { entry } of log) {
    if (entry.kind !== 'fixes') continue;
    for (const { tracker, fixes } of entry.batches) for (const fix of fixes) logged.add(fixKey(tracker, fix));
  }
  const missing = acknowledged.flatMap(({ fixes }) => fixes.filter((key) => !logged.has(key)));
  if (missing.length === 0) return [];
  return [{ invariant: 'acknowledged fixes', detail: `${missing.length} are not in the log, first ${missing[0]}` }];
}

/** In the end an engine has committed the whole log, and no commit ever moved the cursor back. */
export function checkCursor({ scenario, redis, engines }: WorldRun): Violation[] {
  const { cursor, lastId, setBacks, oddPointers, oddTrims, mostAheadMs } = redis;
  const violations: Violation[] = [];
  if (cursor === null || compareLogIds(cursor.logId, lastId) !== 0) {
    const at = cursor === null ? 'nowhere' : formatLogId(cursor.logId);
    const detail = `the cursor is at ${at}, the log ends at ${formatLogId(lastId)}; engines: ${engines.join(' / ')}`;
    violations.push({ invariant: 'at rest', detail });
  }
  if (oddPointers > 0) {
    const detail = `${oddPointers} snapshot pointers replaced a newer one or were ahead of the cursor`;
    violations.push({ invariant: 'pointer', detail });
  }
  if (oddTrims > 0) {
    const detail = `${oddTrims} times the log was trimmed beyond what the snapshot or the archive needs`;
    violations.push({ invariant: 'trimming', detail });
  }
  if (scenario.server.clock === 'wall' && mostAheadMs > MAX_APPEND_AHEAD_MS) {
    violations.push({ invariant: 'log time', detail: `an entry is ${mostAheadMs} ms ahead of Redis's time` });
  }
  if (setBacks > 0) violations.push({ invariant: 'cursor', detail: `${setBacks} commits moved it back` });
  return violations;
}

/** Streams are numbered without a hole and equal the fold's, and so does hot state. */
export function checkOutputs({ redis }: WorldRun, folded: Folded): Violation[] {
  return [
    ...checkStream('alerts', redis.alerts, folded.alerts),
    ...checkStream('visits', redis.visits, folded.visits),
    ...checkHot(redis.hashes, folded, DISTRICT),
  ];
}

/** Every hash that is given holds what the fold has told it. */
export function checkHot(
  got: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
  { state }: Folded,
  district: string,
): Violation[] {
  const violations: Violation[] = [];
  const hashes = new Map<string, Map<string, unknown>>();
  for (const { to, field, value } of hashWrites(engineFold(district).takeHot(state))) {
    const fields = hashes.get(to) ?? new Map<string, unknown>();
    hashes.set(to, fields);
    if (value === null) fields.delete(field);
    else fields.set(field, value);
  }
  for (const [hash, fields] of got) {
    const text = textOf(fields);
    const expected = textOf(hashes.get(hash) ?? new Map());
    if (text !== expected) violations.push(violation('fold of the log', `${hash}: ${firstDifference(text, expected)}`));
  }
  return violations;
}

/** The stream is dense, and says what the fold does. */
export function checkStream(
  name: string,
  got: readonly { readonly transition: number }[],
  expected: readonly { readonly transition: number }[],
): Violation[] {
  const odd = got.findIndex(({ transition }, index) => transition !== index + 1);
  if (odd >= 0) return [violation('dense ids', `${name}: got ${got[odd]?.transition} in the place of ${odd + 1}`)];
  const other = expected.findIndex((version, index) => canonicalJson(version) !== textAt(got, index));
  if (other >= 0) {
    const difference = firstDifference(textAt(got, other), canonicalJson(expected[other]));
    return [violation('fold of the log', `${name} ${other + 1}: ${difference}`)];
  }
  if (got.length === expected.length) return [];
  return [violation('fold of the log', `${got.length} ${name}, the fold comes to ${expected.length}`)];
}

/** What each subscriber has seen is the stream, whatever it lost on the way. */
export function checkSubscribers({ redis, seen, hasFailedOver }: WorldRun): Violation[] {
  // A failover may take back what was told: there is no promise about that.
  if (hasFailedOver) return [];
  return seen.flatMap(({ alerts, resyncs }, index) => {
    if (resyncs > 0) return [violation('subscribers', `subscriber ${index} was told to begin anew`)];
    const odd = redis.alerts.findIndex((alert, at) => canonicalJson(alert) !== textAt(alerts, at));
    if (odd < 0 && alerts.length === redis.alerts.length) return [];
    return [
      violation(
        'subscribers',
        `subscriber ${index} has ${alerts.length} of ${redis.alerts.length}; ${odd + 1} differs`,
      ),
    ];
  });
}

/** The archive has every entry. */
export function checkArchive({ scenario, archive, history, troubles }: WorldRun): Violation[] {
  const violations = troubles
    .filter(({ invariant }) => invariant === 'archive')
    .slice(0, 1)
    .map(({ detail }) => violation('archive', detail));
  if (!scenario.server.archives) return violations;
  const odd = history.findIndex(({ id, payload }, index) => {
    const copy = archive.entries[index];
    return copy === undefined || compareLogIds(copy.id, id) !== 0 || !Buffer.from(copy.payload).equals(payload);
  });
  if (odd < 0) return violations;
  return [...violations, violation('archive', `entry ${odd + 1} of ${history.length} is not in the archive`)];
}

function violation(invariant: Invariant, detail: string): Violation {
  return { invariant, detail };
}

function textAt(list: readonly unknown[], index: number): string {
  return index < list.length ? canonicalJson(list[index]) : 'nothing';
}

function textOf(fields: ReadonlyMap<string, unknown>): string {
  return canonicalJson(Object.fromEntries([...fields].sort(([a], [b]) => (a < b ? -1 : 1))));
}

function firstDifference(got: string, expected: string): string {
  let at = 0;
  while (at < got.length && got[at] === expected[at]) at += 1;
  const from = Math.max(0, at - 60);
  return `got …${got.slice(from, at + 80)}…, expected …${expected.slice(from, at + 80)}…`;
}
