import { setTimeout as sleep } from 'node:timers/promises';
import { decodeLogEntry } from '../codec/log-codec.js';
import { countersOf, cursorOf, takeHotDelta } from '../engine/hot-view.js';
import { currentPlan } from '../engine/lib/plans.js';
import { step } from '../engine/pipeline.js';
import { dumpState, restoreState } from '../engine/snapshot.js';
import { createState, type EngineState, FOLD_VERSION } from '../engine/state.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import type { Commit, Cursor, EntryOutputs, SnapshotPointer } from '../model/hot.js';
import { MAX_ENTRIES_PER_READ } from '../model/limits.js';
import type { LogEntryKind } from '../model/log-entry.js';
import { compareLogIds, formatLogId, type LogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';
import type { Logger, Metrics } from '../model/ports.js';
import { afterCommit, sameCursor } from './commit-steps.js';
import type { EntryReader, LoggedEntry, RunnerStore, SnapshotFiles } from './ports.js';

export interface RunnerOptions {
  readonly district: string;
  readonly store: RunnerStore;
  readonly openReader: (after: LogId, digest: string | null) => EntryReader;
  readonly snapshots: SnapshotFiles;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Called after each commit that changed which plan is in force or the next. */
  readonly onPlan?: (plan: CompiledPlan) => void;
  /** Real milliseconds, monotonic: only for telling whether another engine is alive. */
  readonly elapsedMs?: () => number;
  /** Log time between snapshots. */
  readonly snapshotEveryMs?: number;
}

export const SNAPSHOT_EVERY_MS = 600_000;
/** A standby takes over when the cursor stood still this long while the log has more. */
export const TAKE_OVER_MS = 1_000;
const STANDBY_POLL_MS = 100;
const READ_BLOCK_MS = 250;
const FIRST_RELOAD_PAUSE_MS = 50;
const LONGEST_RELOAD_PAUSE_MS = 2_000;

export interface RunnerStatus {
  readonly state: 'starting' | 'active' | 'standby' | 'failing' | 'stopped';
  readonly detail: string;
  readonly cursor: Cursor | null;
  readonly skipped: number;
}

/**
 * Drives the fold over one district's log: read, step, commit, snapshot (design section 7). Holds one uncommitted batch at
 * most. Whatever goes wrong, it throws its state away and loads again; the log and the cursor decide, never its memory.
 */
export class DistrictRunner {
  readonly #o: RunnerOptions;
  readonly #elapsedMs: () => number;
  #stopping = false;
  #running: Promise<void> | null = null;
  #state: EngineState;
  #reader: EntryReader | null = null;
  /** Read, not yet folded. */
  #waiting: LoggedEntry[] = [];
  /** The cursor as last seen in the store. */
  #cursor: Cursor | null = null;
  #cursorMovedAtMs = 0;
  #skipped = new Set<string>();
  #snapshotMs = 0;
  #planTold = '';
  #mode: RunnerStatus['state'] = 'starting';
  #detail = '';

  constructor(options: RunnerOptions) {
    this.#o = options;
    this.#elapsedMs = options.elapsedMs ?? (() => performance.now());
    this.#state = createState(options.district);
  }

  get status(): RunnerStatus {
    return { state: this.#mode, detail: this.#detail, cursor: this.#cursor, skipped: this.#skipped.size };
  }

  /** Plans that the fold knows, oldest first; the last may not be in force yet. */
  get plans(): readonly CompiledPlan[] {
    return this.#state.plans.map(({ plan }) => plan);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Commits what is folded, leaves a snapshot, and ends. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    let pauseMs = FIRST_RELOAD_PAUSE_MS;
    while (!this.#stopping) {
      try {
        await this.#load();
        pauseMs = FIRST_RELOAD_PAUSE_MS;
        while (!this.#stopping) await this.#turn();
        await this.#leaveSnapshot();
      } catch (error) {
        this.#mode = 'failing';
        this.#detail = messageOf(error);
        const code = error instanceof BeatwatchError ? error.code : 'engine-error';
        this.#o.metrics.count('beatwatch_engine_reloads_total', 1, { district: this.#o.district, reason: code });
        this.#o.logger.warn({ code, error: this.#detail }, 'the engine throws its state away and loads again');
        if (this.#stopping) break;
        await sleep(pauseMs);
        pauseMs = Math.min(2 * pauseMs, LONGEST_RELOAD_PAUSE_MS);
      }
    }
    this.#mode = 'stopped';
  }

  /** State from the newest usable snapshot that is not ahead of the cursor, else from genesis. */
  async #load(): Promise<void> {
    const { store, district, logger } = this.#o;
    this.#waiting = [];
    this.#cursor = await store.openCursor();
    this.#cursorMovedAtMs = this.#elapsedMs();
    if (this.#cursor !== null && this.#cursor.foldVersion > FOLD_VERSION) {
      throw new BeatwatchError(
        'fold-too-old',
        `got a cursor of fold version ${this.#cursor.foldVersion}, expected at most ${FOLD_VERSION}: run a newer Beatwatch`,
      );
    }
    this.#skipped = new Set((await store.readSkipped()).keys());
    const pointer = await store.readSnapshotPointer();
    const dump = pointer === null || !this.#fits(pointer) ? null : await this.#o.snapshots.read(pointer);
    this.#state = dump === null ? createState(district) : restoreState(dump);
    this.#snapshotMs = this.#state.nowMs;
    const digest = dump === null ? null : (pointer?.entryDigest ?? null);
    this.#reader = this.#o.openReader(this.#state.lastId, digest);
    this.#mode = 'active';
    this.#detail = '';
    logger.info(
      { from: formatLogId(this.#state.lastId), cursor: this.#cursor && formatLogId(this.#cursor.logId) },
      'the engine has loaded',
    );
    this.#tellPlan();
  }

  #fits(pointer: SnapshotPointer): boolean {
    const cursor = this.#cursor;
    return (
      cursor !== null && pointer.foldVersion === FOLD_VERSION && compareLogIds(pointer.cursor.logId, cursor.logId) <= 0
    );
  }

  /** Reads, folds and commits one batch, or waits for one. */
  async #turn(): Promise<void> {
    if (this.#waiting.length === 0) {
      const reader = this.#reader as EntryReader;
      this.#waiting = [...(await reader.read({ count: MAX_ENTRIES_PER_READ, blockMs: READ_BLOCK_MS }))];
      if (this.#waiting.length === 0) return;
    }
    const committed = this.#waiting.filter(({ id }) => this.#isCommitted(id));
    if (committed.length > 0) return this.#catchUp(committed);
    if (this.#mode !== 'active' && !(await this.#mayTakeOver())) return;
    await this.#foldAndCommit(this.#waiting);
  }

  /** Entries that somebody has committed: fold them and drop what comes out. */
  async #catchUp(entries: readonly LoggedEntry[]): Promise<void> {
    for (const entry of entries) await this.#fold(entry);
    this.#waiting = this.#waiting.slice(entries.length);
    takeHotDelta(this.#state);
    const cursor = this.#cursor;
    if (cursor === null || compareLogIds(this.#state.lastId, cursor.logId) !== 0) return;
    if (!sameCursor(cursorOf(this.#state), cursor)) {
      throw new BeatwatchError(
        'fold-diverged',
        `got ${JSON.stringify(cursorOf(this.#state))} from the fold, expected the committed ${JSON.stringify(cursor)}`,
      );
    }
    this.#tellPlan();
  }

  /**
   * Every engine begins by trying; one whose commit finds another's there becomes the standby: it follows the cursor, and goes
   * past it only when it stood still while the log has more. The compare-and-set keeps both right; this keeps one idle.
   */
  async #mayTakeOver(): Promise<boolean> {
    const cursor = await this.#o.store.readCursor();
    if (!sameCursor(cursor, this.#cursor)) {
      if (cursor === null || (this.#cursor !== null && compareLogIds(cursor.logId, this.#cursor.logId) < 0)) {
        throw new BeatwatchError('cursor-went-back', 'got a cursor before the one seen, expected it to go on: reload');
      }
      this.#cursor = cursor;
      this.#cursorMovedAtMs = this.#elapsedMs();
      return false;
    }
    if (this.#elapsedMs() - this.#cursorMovedAtMs >= TAKE_OVER_MS) {
      this.#mode = 'active';
      return true;
    }
    await sleep(STANDBY_POLL_MS);
    return false;
  }

  async #foldAndCommit(entries: readonly LoggedEntry[]): Promise<void> {
    const outputs: EntryOutputs[] = [];
    for (const entry of entries) outputs.push(await this.#fold(entry));
    this.#waiting = this.#waiting.slice(entries.length);
    const target = cursorOf(this.#state);
    let commit: Commit = {
      expected: this.#cursor,
      target,
      outputs,
      hot: takeHotDelta(this.#state),
      counters: countersOf(this.#state),
    };
    for (;;) {
      const found = await this.#o.store.commit(commit);
      const next = afterCommit(found, commit.expected, target, commit.outputs);
      if (next.next === 'reload') throw new BeatwatchError('cursor-lost', `${next.why}: reload`);
      if (next.next === 'done') {
        this.#cursor = target;
        if (!next.mine) this.#mode = 'standby';
        break;
      }
      this.#mode = 'standby';
      this.#cursor = next.expected;
      this.#cursorMovedAtMs = this.#elapsedMs();
      if (next.next === 'catch-up') return;
      commit = { ...commit, expected: next.expected, outputs: next.outputs };
    }
    this.#cursorMovedAtMs = this.#elapsedMs();
    this.#count(entries, outputs);
    await this.#writePlan();
    if (this.#state.nowMs - this.#snapshotMs >= (this.#o.snapshotEveryMs ?? SNAPSHOT_EVERY_MS))
      await this.#leaveSnapshot();
  }

  /** P1: an entry that the fold cannot take is recorded, and from then on every engine folds past it. */
  async #fold(entry: LoggedEntry): Promise<EntryOutputs> {
    const id = formatLogId(entry.id);
    try {
      if (this.#skipped.has(id)) return step(this.#state, entry.id, { kind: 'tick' });
      return step(this.#state, entry.id, decodeLogEntry(entry.kind as LogEntryKind, entry.payload));
    } catch (error) {
      if (this.#skipped.has(id)) throw error;
      this.#o.logger.error(
        { id, kind: entry.kind, error: messageOf(error) },
        'an entry cannot be folded and is skipped',
      );
      await this.#o.store.addSkipped(entry.id, { error: messageOf(error), atMs: entry.id.ms });
      throw new BeatwatchError(
        'entry-skipped',
        `got an entry ${id} that cannot be folded (${messageOf(error)}): recorded, reload`,
        { id },
      );
    }
  }

  #isCommitted(id: LogId): boolean {
    return this.#cursor !== null && compareLogIds(id, this.#cursor.logId) <= 0;
  }

  async #writePlan(): Promise<void> {
    const plan = currentPlan(this.#state)?.plan ?? this.plans[0];
    const key = this.#planKey();
    if (plan === undefined || key === this.#planTold) return;
    if (await this.#o.store.writePlan(plan, this.#cursor)) this.#tellPlan();
  }

  #tellPlan(): void {
    const plan = currentPlan(this.#state)?.plan ?? this.plans[0];
    if (plan === undefined) return;
    this.#planTold = this.#planKey();
    this.#o.onPlan?.(plan);
  }

  #planKey(): string {
    return `${this.#state.planVersion}/${this.plans.at(-1)?.version ?? 0}`;
  }

  async #leaveSnapshot(): Promise<void> {
    const cursor = this.#cursor;
    if (cursor === null || !sameCursor(cursor, cursorOf(this.#state))) return;
    const { file, sha256 } = await this.#o.snapshots.write(dumpState(this.#state));
    const entryDigest = this.#waiting.length === 0 ? (this.#reader?.digest ?? null) : null;
    await this.#o.store.storeSnapshot({ cursor, file, sha256, foldVersion: FOLD_VERSION, entryDigest }, null);
    this.#snapshotMs = this.#state.nowMs;
    await this.#o.snapshots.tidy();
  }

  #count(entries: readonly LoggedEntry[], outputs: readonly EntryOutputs[]): void {
    const { metrics, district } = this.#o;
    metrics.count('beatwatch_engine_entries_total', entries.length, { district });
    for (const { alerts, visits } of outputs) {
      for (const { rule, change } of alerts)
        metrics.count('beatwatch_alert_transitions_total', 1, { district, rule, change });
      if (visits.length > 0) metrics.count('beatwatch_visit_transitions_total', visits.length, { district });
    }
  }
}
