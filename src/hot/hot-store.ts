import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeLogEntry } from '../codec/log-codec.js';
import type { AlertVersion } from '../model/alert.js';
import { messageOf } from '../model/errors.js';
import type {
  Commit,
  CoverageRecord,
  Cursor,
  FixCounters,
  PositionRecord,
  SnapshotPointer,
  RosterRecord,
  TaskRecord,
  UnitRecord,
} from '../model/hot.js';
import type { MissingNumbers, RecordFacts } from '../model/losses.js';
import type { FoldEntry } from '../model/log-entry.js';
import { compareLogIds, formatLogId, type LogId, parseLogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';
import { type PlanRecord, planRecord } from '../model/plan-record.js';
import type { SkippedClearing } from '../model/skipped.js';
import type { Lag } from '../model/staleness.js';
import type { VisitVersion } from '../model/visit.js';
import type { RedisConnection } from '../redis/connection.js';
import { untilKnown } from '../redis/outcome.js';
import { runScript, type Script, type ScriptArgument } from '../redis/script.js';
import { type DistrictChannels, districtChannels } from './channels.js';
import { liveMessage, planCommit } from './commit-plan.js';
import { commitArguments, commitKeys, commitScript } from './commit-script.js';
import { cursorText, parseCursor, parseHot, parsePointer, pointerText } from './cursor-json.js';
import { hotFailure, hotFailureOf } from './hot-failure.js';
import { type HotKeys, hotKeys } from './keys.js';
import { holesArguments, holesOf, holesScript, recordFactsOf, recordFactsScript } from './record-reads.js';
import { type LiveState, type StreamPage, liveStateOf, MAX_PAGE, pageOf, recordsOf, countersOf } from './replies.js';
import { SharedRead } from './shared-read.js';
import {
  acceptedScript,
  clearSkippedScript,
  liveScript,
  foldScript,
  lagScript,
  openCursorScript,
  pageScript,
  planScript,
  skippedScript,
  snapshotScript,
  TRIM_UNFINISHED,
  versionsScript,
} from './scripts.js';

export interface HotStoreOptions {
  readonly district: string;
  /** Purpose `commit`. */
  readonly commit: RedisConnection;
  /** Purpose `query`. */
  readonly query: RedisConnection;
}

/** The next versions of a stream, at most `count`, after a transition's number. */
interface PageRequest {
  readonly after: number;
  readonly count: number;
}

/** Why an entry was skipped (P1). */
export interface SkippedEntry {
  readonly error: string;
  readonly atMs: number;
  /** Who has looked at it; absent: nobody yet. */
  readonly cleared?: SkippedClearing;
}

/** Versions of one alert in one answer. */
export const MAX_ALERT_VERSIONS = 1_000;
/** A commit of several parts that met another's begins anew after this, then after twice as long, and so on. */
const FIRST_MIXED_PAUSE_MS = 20;
const FIRST_CURSOR_POLL_MS = 5;
const LONGEST_CURSOR_POLL_MS = 50;
/** Open alerts whose accepted versions are looked for in one call. */
const MAX_ACCEPTED_LOOKS = 500;

/** A district's hot state: the engine's commits and everybody's reads. Keys and values: keys.ts. */
export class HotStore {
  readonly district: string;
  readonly #commit: RedisConnection;
  readonly #query: RedisConnection;
  readonly #keys: HotKeys;
  readonly #channels: () => Promise<DistrictChannels>;
  /** What is large, and asked for by many at once: by key, and the whole of it. */
  readonly #sharedValues = new Map<string, SharedRead<readonly unknown[]>>();
  readonly #sharedLive: SharedRead<LiveState>;
  readonly #sharedOpen: SharedRead<readonly AlertVersion[]>;
  #runId = '';
  /** Resolves with the place in the log that the next commit comes to, of this object or one that it hears of. */
  #nextCommit = newSignal<LogId>();

  constructor(o: HotStoreOptions) {
    this.district = o.district;
    this.#commit = o.commit;
    this.#query = o.query;
    this.#keys = hotKeys(o.district);
    this.#sharedLive = new SharedRead(() => this.#readLive(), { rests: true });
    this.#sharedOpen = new SharedRead(() => this.#readOpen());
    this.#channels = districtChannels(o.commit, o.district, async (...call) => (await this.#runCommit(...call))[0]);
  }

  /**
   * Writes outputs, absolute values and the cursor if the cursor in Redis is `expected`, and answers the cursor that it found
   * (C2): equal to `expected`, it has written; equal to `target`, an earlier try had (or another engine); else it wrote nothing
   * (of a commit in several parts, C5, parts that change nothing when repeated may stand). Several parts that met another
   * engine's begin anew; a lost reply is tried again until it is known. Rejects with a code of hot-failure.ts; `redis-run-changed` asks for `openCursor` and a reload.
   */
  async commit(commit: Commit, signal?: AbortSignal): Promise<Cursor | null> {
    const expectedText = cursorText(commit.expected);
    const call = {
      expectedText,
      targetText: cursorText(commit.target),
      expectedLastAlert: commit.expected?.lastAlert ?? 0,
      expectedLastVisit: commit.expected?.lastVisit ?? 0,
      liveMessage: liveMessage(commit),
      liveChannel: await this.liveChannel(),
    };
    const parts = planCommit(commit);
    const mark = parts.length === 1 ? '' : randomUUID();
    let pauseMs = FIRST_MIXED_PAUSE_MS;
    for (let at = 0; at < parts.length; at += 1) {
      const args = commitArguments(parts, at, { ...call, runId: this.#runId, mark });
      const [state, ...rest] = (await this.#runCommit(commitScript, commitKeys(this.#keys), args, signal)).map(String);
      if (state === 'mixed') {
        // Two engines that begin anew in step would do so for ever.
        await sleep(pauseMs * (1 + Math.random()), undefined, signal === undefined ? undefined : { signal });
        pauseMs *= 2;
        at = -1;
        continue;
      }
      if (state !== 'written' && state !== 'cursor') throw this.#refusal(state ?? '', rest);
      this.#runId = rest[1] ?? '';
      if (state === 'cursor') return parseCursor(rest[0] ?? '');
    }
    this.hearCommit(commit.target.logId);
    return commit.expected;
  }

  /** Whoever waits for the cursor need not ask Redis: the entries up to this one are committed. */
  hearCommit(upTo: LogId): void {
    this.#nextCommit.resolve(upTo);
    this.#nextCommit = newSignal();
  }

  /** The cursor, and from now on commits go only to the Redis run that answered: call it before folding, at each reload. */
  async openCursor(signal?: AbortSignal): Promise<Cursor | null> {
    const [text, runId] = (await this.#runCommit(openCursorScript, [this.#keys.cursor], [], signal)).map(String);
    this.#runId = runId ?? '';
    return parseCursor(text ?? '');
  }

  /** Where commits are told, see live-channel.ts. */
  async liveChannel(): Promise<string> {
    return (await this.#channels()).live;
  }

  async readCursor(): Promise<Cursor | null> {
    return parseCursor(await this.#read(() => this.#query.get(this.#keys.cursor)));
  }

  /** How far the log is ahead of the cursor. */
  async readLag(): Promise<Lag> {
    const [cursor = '', last = '', waiting = ''] = (
      await this.#run(lagScript, [this.#keys.cursor, this.#keys.log], [])
    ).map(String);
    return {
      foldedToMs: parseCursor(cursor)?.logId.ms ?? null,
      lastMs: last === '' ? null : parseLogId(last).ms,
      waiting: waiting === '' ? null : waiting,
    };
  }

  /** True once the cursor is at or past the entry; false when it is not within timeoutMs. At once after a commit of this object, or one that it hears of. */
  async waitForCursor(id: LogId, timeoutMs: number): Promise<boolean> {
    const lastMs = performance.now() + timeoutMs;
    for (let pauseMs = FIRST_CURSOR_POLL_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_CURSOR_POLL_MS)) {
      const committed = this.#nextCommit.promise;
      const cursor = await this.readCursor();
      if (cursor !== null && compareLogIds(cursor.logId, id) >= 0) return true;
      const leftMs = lastMs - performance.now();
      if (leftMs <= 0) return false;
      const reached = await Promise.race([committed, sleep(Math.min(pauseMs, leftMs), null)]);
      if (reached !== null && compareLogIds(reached, id) >= 0) return true;
    }
  }

  async readSnapshotPointer(): Promise<SnapshotPointer | null> {
    const text = await this.#read(() => this.#query.get(this.#keys.snapshot));
    return text === null ? null : parsePointer(text);
  }

  /**
   * S1: stores the pointer if it is newer than the stored one, not ahead of the cursor and not of an older fold; then trims the
   * log to the earlier of the stored snapshot and `archivedUpTo`, keeping that entry (L1). Null: trims nothing.
   */
  async storeSnapshot(
    pointer: SnapshotPointer,
    archivedUpTo: LogId | null,
  ): Promise<{ readonly stored: boolean; readonly trimmed: number }> {
    const keys = [this.#keys.cursor, this.#keys.snapshot, this.#keys.log, this.#keys.trimmed];
    const archived = archivedUpTo === null ? '' : formatLogId(archivedUpTo);
    const args = [pointerText(pointer), formatLogId(pointer.cursor.logId), pointer.foldVersion, archived];
    const run = async () => (await this.#runFor(snapshotScript, keys, args)).map(Number);
    const [stored, first = 0] = await run();
    let trimmed = first;
    for (let last = first; last >= TRIM_UNFINISHED; trimmed += last) [, last = 0] = await run();
    return { stored: stored === 1, trimmed };
  }

  /**
   * V1: appends the takeover of a newer fold to the log while the cursor is its base, which that fold has claimed. False: it is
   * not, and the log may have some of the parts. A part may stand there twice.
   */
  async appendFold(entries: readonly FoldEntry[]): Promise<boolean> {
    for (const entry of entries) {
      const payload = encodeLogEntry(entry);
      const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
      const args = [cursorText(entry.base), bytes];
      const [appended] = await this.#runFor(foldScript, [this.#keys.cursor, this.#keys.log], args);
      if (appended !== 1) return false;
    }
    return true;
  }

  /** Writes the plan in force if the cursor is `expected`; false: another engine is further, and writes it. */
  async writePlan(plan: CompiledPlan, expected: Cursor | null): Promise<boolean> {
    const keys = [this.#keys.cursor, this.#keys.plan];
    const reply = await this.#runFor(planScript, keys, [cursorText(expected), JSON.stringify(plan)]);
    return reply[0] === 1;
  }

  async readPlan(): Promise<CompiledPlan | null> {
    const text = await this.#read(() => this.#query.get(this.#keys.plan));
    return text === null ? null : parseHot<CompiledPlan>('plan', text);
  }

  /** By version, oldest first; with the plan in force, also where it is older than these records. */
  async readPlanRecords(): Promise<readonly PlanRecord[]> {
    const [inForce, texts] = await Promise.all([
      this.readPlan(),
      this.#read(() => this.#query.hvals(this.#keys.plans)),
    ]);
    const records = recordsOf(this.#keys.plans, texts, (record: PlanRecord) => record.version);
    const isKnown = inForce === null || records.some(({ version }) => version === inForce.version);
    return (isKnown ? records : [...records, planRecord(inForce, null)]).toSorted((a, b) => a.version - b.version);
  }

  /** P1: both engines fold past this entry from now on. The first reason stays. */
  async addSkipped(id: LogId, why: SkippedEntry): Promise<void> {
    await this.#runFor(skippedScript, [this.#keys.skipped], [formatLogId(id), JSON.stringify(why)]);
  }

  /** Somebody has looked at it; engines skip it all the same. False: no such entry was skipped. */
  async clearSkipped(id: LogId, clearing: SkippedClearing): Promise<boolean> {
    const args = [formatLogId(id), JSON.stringify(clearing)];
    const reply = await this.#runFor(clearSkippedScript, [this.#keys.skipped], args);
    return Number(reply[0]) === 1;
  }

  /** Entries that were skipped, by log id as text. */
  async readSkipped(): Promise<ReadonlyMap<string, SkippedEntry>> {
    const fields = await this.#read(() => this.#query.hgetall(this.#keys.skipped));
    return new Map(Object.entries(fields).map(([id, text]) => [id, parseHot<SkippedEntry>('skipped', text)]));
  }

  /** Q1: cursor, last transition, open alerts, coverage, positions, units and tasks of one instant. */
  readLive(): Promise<LiveState> {
    return this.#sharedLive.ask();
  }

  async #readLive(): Promise<LiveState> {
    const { cursor, openAlerts, coverage, positions, units, tasks } = this.#keys;
    const reply = await this.#run(liveScript, [cursor, openAlerts, coverage, positions, units, tasks], []);
    return liveStateOf(reply);
  }

  /** Sorted by unit. */
  readPositions(): Promise<readonly PositionRecord[]> {
    return this.#readRecords(this.#keys.positions, (record: PositionRecord) => record.unit);
  }

  /** Sorted by unit. */
  readUnits(): Promise<readonly UnitRecord[]> {
    return this.#readRecords(this.#keys.units, (record: UnitRecord) => record.unit);
  }

  /** Sorted by place. */
  readCoverage(): Promise<readonly CoverageRecord[]> {
    return this.#readRecords(this.#keys.coverage, (record: CoverageRecord) => record.place);
  }

  /** Sorted by id. */
  readTasks(): Promise<readonly TaskRecord[]> {
    return this.#readRecords(this.#keys.tasks, (record: TaskRecord) => record.taskId);
  }

  /** Null: no roster is kept. */
  async readRoster(): Promise<RosterRecord | null> {
    const [roster = null] = await this.#readRecords(this.#keys.roster, (record: RosterRecord) => record.last.rosterId);
    return roster;
  }

  /** The last version of each that is no refused action, under its own transition and in their order. */
  readOpenAlerts(): Promise<readonly AlertVersion[]> {
    return this.#sharedOpen.ask();
  }

  /** After a refused action the hash holds the state that it left as it was under the transition of the refusal. */
  async #readOpen(): Promise<readonly AlertVersion[]> {
    const { alerts, openAlerts } = this.#keys;
    const values = await this.#read(() => this.#query.hvals(openAlerts));
    const states = recordsOf(openAlerts, values, (alert: AlertVersion) => alert.transition);
    if (states.length === 0) return states;
    const transitions = states.map(({ transition }) => transition);
    const accepted: number[] = [];
    // C5: no script looks for so many that Redis stands still meanwhile.
    for (let from = 0; from < transitions.length; from += MAX_ACCEPTED_LOOKS) {
      const some = transitions.slice(from, from + MAX_ACCEPTED_LOOKS);
      accepted.push(...(await this.#run(acceptedScript, [alerts], some)).map(Number));
    }
    return states
      .map((state, i) => ({ ...state, transition: accepted[i] || state.transition }))
      .sort((a, b) => a.transition - b.transition);
  }

  /**
   * Versions of an alert, open or closed, refused actions included: oldest first, at most the last MAX_ALERT_VERSIONS; empty
   * for an alert that is not known.
   */
  async readAlertVersions(alertId: string): Promise<readonly AlertVersion[]> {
    const keys = [this.#keys.openAlerts, this.#keys.closedAlerts, this.#keys.alerts];
    const reply = await this.#run(versionsScript, keys, [alertId, MAX_ALERT_VERSIONS]);
    return reply.map((json) => parseHot<AlertVersion>('alerts', String(json))).reverse();
  }

  /** Committed versions of alerts after a transition's number, at most MAX_PAGE; Q2: `resync` when some of them are not there any more. */
  async readAlerts(o: PageRequest): Promise<StreamPage<AlertVersion>> {
    return await this.#page('alerts', o, 'lastAlert');
  }

  /** Committed versions of visits after a transition's number, at most MAX_PAGE; Q2: `resync` when some of them are not there any more. */
  async readVisits(o: PageRequest): Promise<StreamPage<VisitVersion>> {
    return await this.#page('visits', o, 'lastVisit');
  }

  /** As `readAlerts`, with those that a commit has written which does not stand, or not yet. */
  async readWrittenAlerts(o: PageRequest): Promise<StreamPage<AlertVersion>> {
    return await this.#page('alerts', o, '');
  }

  /** As `readVisits`, likewise. */
  async readWrittenVisits(o: PageRequest): Promise<StreamPage<VisitVersion>> {
    return await this.#page('visits', o, '');
  }

  async #page<Version>(
    stream: 'alerts' | 'visits',
    { after, count }: PageRequest,
    upTo: 'lastAlert' | 'lastVisit' | '',
  ): Promise<StreamPage<Version>> {
    const keys = [this.#keys[stream], this.#keys.cursor];
    return pageOf(await this.#run(pageScript, keys, [after, Math.min(count, MAX_PAGE), upTo]), after);
  }

  /** The last version of each open visit whose versions are trimmed, by their numbers; the stream may have later ones. */
  async readTrimmedVisits(): Promise<readonly VisitVersion[]> {
    const values = await this.#read(() => this.#query.hvals(this.#keys.openVisits));
    return recordsOf(this.#keys.openVisits, values, (visit: VisitVersion) => visit.transition);
  }

  /** What tells whether the record is whole. */
  async readRecordFacts(): Promise<RecordFacts> {
    const { cursor, log, alerts, visits, trimmed, trimmedVersions } = this.#keys;
    const keys = [cursor, log, alerts, visits, trimmed, trimmedVersions];
    return recordFactsOf(await this.#run(recordFactsScript, keys, []));
  }

  /** Numbers that lack in a stream after this one, among the next thousand versions that stand; `next` null: its end. */
  async findHoles(
    stream: 'alerts' | 'visits',
    after: number,
  ): Promise<{ readonly holes: readonly MissingNumbers[]; readonly next: number | null }> {
    return holesOf(await this.#run(holesScript, [this.#keys[stream]], holesArguments(after)));
  }

  async readCounters(): Promise<FixCounters> {
    return countersOf(await this.#read(() => this.#query.hgetall(this.#keys.counters)));
  }

  async #readRecords<Value>(key: string, order: (value: Value) => string | number): Promise<readonly Value[]> {
    const read = async () => recordsOf(key, await this.#read(() => this.#query.hvals(key)), order);
    const shared = this.#sharedValues.get(key) ?? new SharedRead<readonly unknown[]>(read);
    this.#sharedValues.set(key, shared);
    return (await shared.ask()) as readonly Value[];
  }

  /** A script that must be carried out, and may be twice: repeated until its outcome is known. */
  async #runCommit(
    script: Script,
    keys: readonly string[],
    args: readonly ScriptArgument[],
    signal?: AbortSignal,
  ): Promise<readonly unknown[]> {
    return await this.#read(async () => {
      const run = () => runScript(this.#commit, script, keys, args);
      return listOf(await untilKnown(this.#commit, run, { signal }));
    });
  }

  /** Runs a script for what was found out since `openCursor`. Rejects with `redis-run-changed` in another run of Redis. */
  async #runFor(script: Script, keys: readonly string[], args: readonly ScriptArgument[]): Promise<readonly unknown[]> {
    const reply = await this.#runCommit(script, keys, [this.#runId, ...args]);
    if (String(reply[0]) === 'run') throw this.#refusal('run', reply.slice(1).map(String));
    return reply;
  }

  async #run(script: Script, keys: readonly string[], args: readonly ScriptArgument[]): Promise<readonly unknown[]> {
    return await this.#read(async () => listOf(await runScript(this.#query, script, keys, args)));
  }

  async #read<Reply>(command: () => Promise<Reply>): Promise<Reply> {
    try {
      return await command();
    } catch (error) {
      throw hotFailureOf(error, this.district);
    }
  }

  #refusal(state: string, [first = '', second = '', third = '']: readonly string[]) {
    switch (state) {
      case 'run':
        return hotFailure(
          'redis-run-changed',
          this.district,
          `got Redis run ${first}, expected ${this.#runId}: reload`,
        );
      case 'type':
        return hotFailure('hot-wrong-type', this.district, `got a ${second} at ${first}, expected a ${third}`, {
          key: first,
        });
      case 'stream':
        return hotFailure(
          'hot-stream',
          this.district,
          `got ${first} ending at ${second}, expected it to go on from the cursor`,
          { key: first },
        );
      default:
        return hotFailure(
          'hot-corrupt',
          this.district,
          `got ${messageOf(state)}, expected a reply of the commit script`,
        );
    }
  }
}

function newSignal<Value>(): { readonly promise: Promise<Value>; readonly resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [reply];
}
