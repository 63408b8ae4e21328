import { planCommit } from '../../../src/hot/commit-plan.js';
import type { CommitPart, CommitWrite } from '../../../src/hot/commit-plan.js';
import { BeatwatchError } from '../../../src/model/errors.js';
import type { Commit, Cursor, SnapshotPointer } from '../../../src/model/hot.js';
import type { FoldEntry } from '../../../src/model/log-entry.js';
import { compareLogIds, type LogId } from '../../../src/model/log-id.js';
import { sameCursor } from '../../../src/runner/cursor-steps.js';
import type { LoggedEntry } from '../../../src/runner/ports.js';
import type { Told } from '../../../src/runner/told.js';
import { alert } from '../../support/hot-records.js';
import type { Break } from './breaks.js';
import { contentOfTakeover, entryOf, logId } from './toy-fold.js';

/** Everything of one district that Redis holds, as an immutable value. */
export interface FakeRedis {
  /** Redis's run_id. */
  readonly run: number;
  /** Content of every entry that was ever appended in this history, one character each. */
  readonly log: string;
  /** The first entry that is still there; 1 is genesis. */
  readonly floor: number;
  readonly cursor: Cursor | null;
  /** Stream: number and alert id. */
  readonly alerts: readonly (readonly [number, string])[];
  /** The hash that stands for all of them. */
  readonly hot: Readonly<Record<string, string>>;
  readonly pointer: SnapshotPointer | null;
  readonly skipped: readonly number[];
  /** The engine whose commit in several calls began last. */
  readonly committing: number | null;
}

export function emptyRedis(log: string): FakeRedis {
  return { run: 0, log, floor: 1, cursor: null, alerts: [], hot: {}, pointer: null, skipped: [], committing: null };
}

/** How a commit's writes fall to script calls, each of them all or nothing. */
export type Cut =
  /** One call, as for every commit that is small. */
  | 'atomic'
  /** Each alert, and the rest: a large commit, or a script that broke off. */
  | 'streams'
  /** Each write, and the cursor. */
  | 'every';

const partsOf: Readonly<Record<Cut, WeakMap<Commit, readonly CommitPart[]>>> = {
  atomic: new WeakMap(),
  streams: new WeakMap(),
  every: new WeakMap(),
};

/** The real plan, cut finer. */
export function commitParts(commit: Commit, cut: Cut, broken: Break | null): readonly CommitPart[] {
  const known = partsOf[cut].get(commit);
  if (known !== undefined) return known;
  const parts = cutFiner(commit, cut, broken);
  partsOf[cut].set(commit, parts);
  return parts;
}

function cutFiner(commit: Commit, cut: Cut, broken: Break | null): readonly CommitPart[] {
  const whole = wholeCommit(commit, broken);
  if (cut === 'atomic') return [whole];
  const single = (write: CommitWrite): CommitPart => ({ writes: [write], movesCursor: false });
  const streams = whole.writes.filter(({ to }) => to === 'alerts');
  const hashes = whole.writes.filter(({ to }) => to === 'units');
  const parts =
    cut === 'streams'
      ? [...streams.map(single), { writes: hashes, movesCursor: true }]
      : [...streams.map(single), ...hashes.map(single), { writes: [], movesCursor: true }];
  return broken === 'cursor-first' ? [...parts.slice(-1), ...parts.slice(0, -1)] : parts;
}

function wholeCommit(commit: Commit, broken: Break | null): CommitPart {
  if (broken !== 'keep-committed-outputs')
    return { writes: planCommit(commit).flatMap(({ writes }) => writes), movesCursor: true };
  // planCommit would refuse outputs that do not fit the cursor: a protection of its own.
  const target = { ...commit.target, lastAlert: commit.expected?.lastAlert ?? 0 };
  const hashes = planCommit({ ...commit, target, outputs: [] }).flatMap(({ writes }) => writes);
  const alerts = commit.outputs.flatMap((output) => output.alerts);
  const streams = alerts.map(
    (one): CommitWrite => ({ to: 'alerts', transition: one.transition, json: JSON.stringify(one) }),
  );
  return { writes: [...streams, ...hashes], movesCursor: true };
}

export interface CommitCall {
  readonly part: CommitPart;
  readonly commit: Commit;
  readonly run: number;
  readonly engine: number;
  readonly isFirst: boolean;
  /** `appended`: the stream numbers its entries itself, so that only the cursor keeps a commit from being made twice. */
  readonly alertIds: 'numbered' | 'appended';
  readonly broken: Break | null;
}

/** The commit script (src/hot/commit-script.ts): the cursor that it found, and what Redis holds then. */
export function runCommit(
  redis: FakeRedis,
  call: CommitCall,
): { readonly redis: FakeRedis; readonly found: Cursor | null | 'other' } {
  const { part, commit, run, broken } = call;
  if (run !== redis.run && broken !== 'commit-to-any-run') throw runChanged();
  const found = redis.cursor;
  const isSame =
    sameCursor(found, commit.expected) || (broken === 'any-fold-commits' && sameButFold(found, commit.expected));
  const isExpected = isSame || (broken === 'cursor-first' && !call.isFirst);
  if (!isExpected && broken !== 'ignore-expected-cursor') return { redis, found };
  const isMine = call.isFirst || redis.committing === call.engine;
  if (!isMine && broken !== 'mixed-calls' && broken !== 'cursor-first') return { redis, found: 'other' };
  const committing = part.movesCursor ? null : call.engine;
  const alerts = [...redis.alerts];
  const hot = { ...redis.hot };
  const last = alerts.at(-1)?.[0] ?? 0;
  const first = part.writes.find(({ to }) => to === 'alerts');
  const firstNumber = first !== undefined && 'transition' in first ? first.transition : null;
  if (call.alertIds === 'numbered' && broken !== 'cursor-first') {
    const expectedLast = commit.expected?.lastAlert ?? 0;
    if (last < expectedLast || (firstNumber !== null && last < firstNumber - 1))
      throw new BeatwatchError('hot-stream', 'entries are missing');
  }
  for (const write of part.writes) {
    if (write.to === 'units' && 'field' in write) hot[write.field] = nameIn(write, 'places');
    if (!('transition' in write)) continue;
    if (call.alertIds === 'appended') alerts.push([alerts.length + 1, nameIn(write, 'alertId')]);
    else if (write.transition > last) alerts.push([write.transition, nameIn(write, 'alertId')]);
    else if (broken === 'rewrite-streams') throw new BeatwatchError('hot-refused', 'the id is equal or smaller');
  }
  const cursor = part.movesCursor ? commit.target : found;
  return { redis: { ...redis, alerts, hot, cursor, committing }, found: commit.expected };
}

function sameButFold(a: Cursor | null, b: Cursor | null): boolean {
  return sameCursor(a && { ...a, foldVersion: 0 }, b && { ...b, foldVersion: 0 });
}

const names = new WeakMap<CommitWrite, string>();

function nameIn(write: CommitWrite, field: string): string {
  const known = names.get(write);
  if (known !== undefined) return known;
  const name = String(write.json === null ? null : (JSON.parse(write.json) as Record<string, unknown>)[field]);
  names.set(write, name);
  return name;
}

export interface PointerCall {
  readonly pointer: SnapshotPointer;
  readonly archivedUpTo: LogId | null;
  readonly run: number;
  readonly broken: Break | null;
}

/** The snapshot script (src/hot/scripts.ts). */
export function runStorePointer(
  redis: FakeRedis,
  call: PointerCall,
): { readonly redis: FakeRedis; readonly stored: boolean } {
  const { pointer, archivedUpTo, run, broken } = call;
  if (run !== redis.run && broken !== 'point-on-any-run') throw runChanged();
  const { cursor } = redis;
  const at = pointer.cursor.logId;
  const isNewer =
    redis.pointer === null || compareLogIds(redis.pointer.cursor.logId, at) < 0 || broken === 'older-pointer';
  const isBehind = cursor !== null && compareLogIds(at, cursor.logId) <= 0;
  const stored = isNewer && isBehind && pointer.foldVersion >= (cursor?.foldVersion ?? 0);
  const standing = stored ? pointer : redis.pointer;
  if (archivedUpTo === null || standing === null) return { redis: { ...redis, pointer: standing }, stored };
  const toSnapshot = compareLogIds(archivedUpTo, standing.cursor.logId) < 0 ? archivedUpTo : standing.cursor.logId;
  const floor = (broken === 'trim-to-archive' ? archivedUpTo : toSnapshot).ms;
  const stands = floor >= redis.floor && floor <= redis.log.length;
  return { redis: { ...redis, pointer: standing, floor: stands ? floor : redis.floor }, stored };
}

export function runAddSkipped(redis: FakeRedis, id: LogId, run: number, broken: Break | null): FakeRedis {
  if (run !== redis.run && broken !== 'skip-on-any-run') throw runChanged();
  return redis.skipped.includes(id.ms) ? redis : { ...redis, skipped: [...redis.skipped, id.ms].sort() };
}

/** What the older fold told beyond the cursor; the last versions of its alerts matter to nobody here. */
export function readTold({ alerts, cursor }: FakeRedis, broken: Break | null): Told {
  const committed = cursor?.lastAlert ?? 0;
  const told = broken === 'forget-broken-off' ? [] : alerts.filter(([number]) => number > committed);
  const lastAlert = told.at(-1)?.[0] ?? committed;
  return { lastAlert, lastVisit: 0, alerts: told.map(([number, alertId]) => alert(number, { alertId })), visits: [] };
}

/** The fold script. */
export function runAppendFold(redis: FakeRedis, entry: FoldEntry, run: number): FakeRedis {
  if (run !== redis.run) throw runChanged();
  if (!sameCursor(redis.cursor, entry.base)) return redis;
  const { foldVersion, lastAlert, alerts: beyond } = entry;
  return { ...redis, log: redis.log + contentOfTakeover({ foldVersion, lastAlert, beyond }) };
}

/** The read script and the reader around it (src/log): up to `count` entries after one that must stand, or null when there is no more. */
export function runRead(
  redis: FakeRedis,
  after: LogId,
  digest: string | null,
  count: number,
  broken: Break | null,
): { readonly entries: readonly LoggedEntry[]; readonly digest: string | null; readonly atEnd: boolean } {
  const anchor = after.ms >= redis.floor ? digestAt(redis, after.ms) : null;
  if (broken !== 'unanchored-reader') {
    if (after.ms === 0 && redis.floor > 1) throw new BeatwatchError('log-trimmed', 'it does not begin with genesis');
    if (after.ms > 0 && (anchor === null || (digest !== null && digest !== anchor)))
      throw new BeatwatchError('log-trimmed', 'the entry is gone');
  }
  const first = Math.max(after.ms + 1, redis.floor);
  const entries: LoggedEntry[] = [];
  for (let ms = first; ms <= redis.log.length && entries.length < count; ms += 1) {
    entries.push(entryOf(ms, redis.log.charAt(ms - 1)));
  }
  const last = entries.at(-1)?.id.ms;
  const atEnd = (last ?? after.ms) >= redis.log.length;
  return { entries, atEnd, digest: last === undefined ? (digest ?? anchor) : digestAt(redis, last) };
}

function digestAt(redis: FakeRedis, ms: number): string | null {
  return ms > redis.log.length ? null : redis.log.charAt(ms - 1);
}

function runChanged(): BeatwatchError {
  return new BeatwatchError('redis-run-changed', 'Redis failed over');
}

export function lastLogId(redis: FakeRedis): LogId {
  return logId(redis.log.length);
}

/** All but `committing`. */
export function redisKey({ run, log, floor, cursor, alerts, hot, pointer, skipped }: FakeRedis): string {
  return [
    run,
    log,
    floor,
    cursorKey(cursor),
    alerts.map(([n, id]) => `${n}${id}`).join(),
    Object.keys(hot)
      .sort()
      .map((field) => `${field}${hot[field]}`)
      .join(),
    pointerKey(pointer),
    skipped.join(),
  ].join('/');
}

export function cursorKey(cursor: Cursor | null): string {
  return cursor === null ? '-' : `${cursor.logId.ms}.${cursor.foldVersion}.${cursor.lastAlert}`;
}

export function pointerKey(pointer: SnapshotPointer | null): string {
  return pointer === null ? '-' : `${cursorKey(pointer.cursor)}${pointer.sha256}${pointer.entryDigest ?? '?'}`;
}
