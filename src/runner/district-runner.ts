import { setTimeout as sleep } from 'node:timers/promises';
import { currentPlan } from '../engine/plan/plans.js';
import { countWaiting, isClockSuspect } from '../engine/hot-view.js';
import type { EngineState } from '../engine/state.js';
import { BeatwatchError, messageOf, unreachable } from '../model/errors.js';
import type { Commit, Cursor, SnapshotPointer } from '../model/hot.js';
import { MAX_ENTRIES_PER_READ } from '../model/limits.js';
import { compareLogIds, formatLogId, type LogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';
import type { Logger, Metrics } from '../model/ports.js';
import type { SnapshotDump } from '../model/snapshot.js';
import type { Action, Done, SnapshotPlace } from './actions.js';
import { sameCursor } from './cursor-steps.js';
import { engineFold, type Fold } from './fold.js';
import type { EntryReader, RunnerStore, SnapshotFiles, TakeoverStore } from './ports.js';
import { advance, begin, isAtCursor, isIdle, pointTo, type Protocol, wantSnapshot } from './protocol.js';
import { readTold } from './told.js';

export interface RunnerOptions {
  readonly district: string;
  readonly store: RunnerStore;
  /** Without it this engine refuses a log that an older fold has begun. */
  readonly takeover?: TakeoverStore;
  readonly openReader: (after: LogId, digest: string | null) => EntryReader;
  readonly snapshots: SnapshotFiles;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How far the log is archived; it is trimmed up to there, where a snapshot allows it. Never unless given. */
  readonly archivedUpTo?: () => Promise<LogId | null>;
  /** Called after each commit that changed which plan is in force or the next. */
  readonly onPlan?: (plan: CompiledPlan) => void;
  /** Called when what the getters answer may have changed: it waits for the log or another engine, begins again, or has ended. */
  readonly onChange?: () => void;
  /** Real milliseconds, monotonic: only for telling whether another engine is alive. */
  readonly elapsedMs?: () => number;
  /** Log time between snapshots. */
  readonly snapshotEveryMs?: number;
  /** The engine, unless a test brings another. */
  readonly fold?: Fold<EngineState>;
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
  /** Why it is failing. */
  readonly code: string | null;
  readonly detail: string;
  readonly cursor: Cursor | null;
  readonly skipped: number;
  /** Why the last snapshot could not be written; null when it was. */
  readonly snapshotFailure: string | null;
  /** T2: most trackers that speak are ahead of the server's clock, so it is that clock that is wrong. */
  readonly clockSuspect: boolean;
}

/**
 * Drives the protocol of one engine over one district's log: does what it wants next, tells it what came of that, and lets it
 * begin again whenever anything goes wrong. Holds one uncommitted batch at most.
 */
export class DistrictRunner {
  readonly #o: RunnerOptions;
  readonly #fold: Fold<EngineState>;
  readonly #elapsedMs: () => number;
  #stopping = false;
  #running: Promise<void> | null = null;
  #protocol: Protocol<EngineState>;
  #reader: EntryReader | null = null;
  #cursorMovedAtMs = 0;
  #snapshotMs = 0;
  /** The snapshot that is being written while the engine goes on; null: none that its state is of. */
  #writing: Promise<void> | null = null;
  /** Of one that is written the pointer, until it is stored. */
  #written: SnapshotPointer | null = null;
  #planTold = '';
  #planWritten = '';
  #state: RunnerStatus['state'] = 'starting';
  #snapshotFailure: string | null = null;
  /** Why it loads without the snapshot that the pointer names; '' when it does not. */
  #snapshotUnused = '';
  #failure: { readonly code: string; readonly detail: string } | null = null;
  #pauseMs = FIRST_RELOAD_PAUSE_MS;

  constructor(options: RunnerOptions) {
    this.#o = options;
    this.#fold = options.fold ?? engineFold(options.district);
    this.#elapsedMs = options.elapsedMs ?? (() => performance.now());
    this.#protocol = begin(this.#fold);
  }

  get status(): RunnerStatus {
    const { cursor, skipped, state } = this.#protocol;
    const { code, detail } = this.#failure ?? { code: null, detail: '' };
    return {
      state: this.#state,
      code,
      detail,
      cursor,
      skipped: skipped.size,
      snapshotFailure: this.#snapshotFailure,
      clockSuspect: isClockSuspect(state),
    };
  }

  /** The last entry that this engine has folded, whoever committed it. */
  get foldedTo(): LogId {
    return this.#fold.cursorOf(this.#protocol.state).logId;
  }

  /** Plans that the fold knows, oldest first; the last may not be in force yet. */
  get plans(): readonly CompiledPlan[] {
    return this.#protocol.state.plans.map(({ plan }) => plan);
  }

  /** The newest plan version that the fold has known; a `resume` drops plans, not their numbers. */
  get planVersion(): number {
    const { plans, resumed } = this.#protocol.state;
    return plans.at(-1)?.plan.version ?? resumed?.planVersion ?? 0;
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
    while (!this.#stopping) {
      try {
        await this.#turn();
        if (this.#stopping) await this.#finish();
      } catch (error) {
        this.#beginAgain(error);
        if (this.#stopping) break;
        await sleep(this.#pauseMs);
        this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_RELOAD_PAUSE_MS);
      }
    }
    this.#state = 'stopped';
    this.#o.onChange?.();
  }

  /** What it holds is committed, and a snapshot is left; an engine that has not loaded yet holds nothing. */
  async #finish(): Promise<void> {
    if (this.#reader === null) return;
    await this.#finishWriting();
    this.#protocol = wantSnapshot(this.#fold, this.#protocol);
    await this.#finishWriting();
  }

  /** What is in hand is done, and so is what is being written. */
  async #finishWriting(): Promise<void> {
    while (!isIdle(this.#protocol)) await this.#turn();
    await this.#writing;
    this.#takeWritten();
    while (!isIdle(this.#protocol)) await this.#turn();
  }

  /** A snapshot that has been written meanwhile is pointed to. */
  #takeWritten(): void {
    if (this.#written === null || !isIdle(this.#protocol)) return;
    this.#protocol = pointTo(this.#protocol, this.#written);
    this.#written = null;
  }

  #beginAgain(error: unknown): void {
    const code = error instanceof BeatwatchError ? error.code : 'engine-error';
    this.#protocol = begin(this.#fold);
    this.#reader = null;
    // It may be of a history that is no more.
    this.#writing = null;
    this.#written = null;
    this.#state = 'failing';
    // What is missing may be missing only without the snapshot.
    const detail = [messageOf(error), this.#snapshotUnused].filter((text) => text !== '').join('; ');
    this.#failure = { code, detail };
    this.#o.metrics.count('beatwatch_engine_reloads_total', 1, { district: this.#o.district, reason: code });
    this.#o.logger.warn({ code, error: messageOf(error) }, 'the engine discards its state and loads again');
    this.#o.onChange?.();
  }

  async #turn(): Promise<void> {
    const before = this.#protocol;
    const after = advance(this.#fold, before, await this.#perform(before.next));
    this.#protocol = after;
    if (!sameCursor(before.cursor, after.cursor)) this.#cursorMovedAtMs = this.#elapsedMs();
    if (before.next.do === 'commit' && after.next.do !== 'commit') await this.#committed(before.next.commit);
    if (!isIdle(after)) return;
    this.#settle(before.next);
    this.#takeWritten();
  }

  async #perform(action: Action): Promise<Done> {
    const { store, logger } = this.#o;
    switch (action.do) {
      case 'open-cursor': {
        const cursor = await store.openCursor();
        this.#cursorMovedAtMs = this.#elapsedMs();
        return { did: 'open-cursor', cursor };
      }
      case 'read-skipped':
        return { did: 'read-skipped', skipped: new Set((await store.readSkipped()).keys()) };
      case 'read-pointer': {
        const pointer = await store.readSnapshotPointer();
        this.#tellAhead(pointer);
        return { did: 'read-pointer', pointer };
      }
      case 'read-snapshot':
        return { did: 'read-snapshot', dump: await this.#readSnapshot(action.pointer) };
      case 'read-log': {
        this.#reader ??= this.#o.openReader(action.after, action.digest);
        const entries = await this.#reader.read({ count: MAX_ENTRIES_PER_READ, blockMs: READ_BLOCK_MS });
        const atEnd = entries.length < MAX_ENTRIES_PER_READ;
        return { did: 'read-log', entries, digest: this.#reader.digest, atEnd };
      }
      case 'watch-cursor': {
        const cursor = await store.readCursor();
        const isSame = sameCursor(cursor, this.#protocol.cursor);
        const stoodStill = isSame && this.#elapsedMs() - this.#cursorMovedAtMs >= TAKE_OVER_MS;
        if (isSame && !stoodStill) await sleep(STANDBY_POLL_MS);
        return { did: 'watch-cursor', cursor, stoodStill };
      }
      case 'commit':
        return { did: 'commit', found: await store.commit(action.commit) };
      case 'claim':
        this.#takeover();
        return { did: 'claim', found: await store.commit(action.commit) };
      case 'read-told':
        return { did: 'read-told', told: await readTold(this.#takeover(), action.cursor) };
      case 'append-fold': {
        const appended = await this.#takeover().appendFold(action.entries);
        logger.info({ appended, parts: action.entries.length }, 'a newer fold takes over');
        return { did: 'append-fold' };
      }
      case 'add-skipped': {
        const { id, error } = action;
        logger.error(
          { id: formatLogId(id), error },
          'the engine cannot fold an entry, and skips it: read GET /v1/districts/…/skipped',
        );
        await store.addSkipped(id, { error, atMs: id.ms });
        return { did: 'add-skipped' };
      }
      case 'begin-snapshot':
        this.#beginSnapshot(action.dump, action.at);
        return { did: 'begin-snapshot' };
      case 'store-pointer': {
        const { stored } = await store.storeSnapshot(action.pointer, (await this.#o.archivedUpTo?.()) ?? null);
        return { did: 'store-pointer', stored };
      }
      case 'tidy':
        await this.#tidy(action.file);
        return { did: 'tidy' };
      default:
        return unreachable(action);
    }
  }

  /** Beatwatch stores no such pointer: somebody has put back an older cursor, or taken the log's end away. */
  #tellAhead(pointer: SnapshotPointer | null): void {
    const { cursor } = this.#protocol;
    if (pointer === null || (cursor !== null && compareLogIds(pointer.cursor.logId, cursor.logId) <= 0)) return;
    const [snapshot, at] = [formatLogId(pointer.cursor.logId), cursor && formatLogId(cursor.logId)];
    this.#o.logger.error(
      { snapshot, cursor: at },
      'the snapshot is ahead of the cursor: the engine folds the log without it',
    );
  }

  /** The log says all that a snapshot says, where it still begins at its beginning. */
  async #readSnapshot(pointer: SnapshotPointer): Promise<SnapshotDump | null> {
    this.#snapshotUnused = '';
    try {
      return await this.#o.snapshots.read(pointer);
    } catch (error) {
      const { file } = pointer;
      this.#o.logger.error(
        { file, error: messageOf(error) },
        'the snapshot cannot be used: the engine folds the log without it',
      );
      this.#snapshotUnused = `the snapshot cannot be used (${messageOf(error)})`;
      return null;
    }
  }

  #beginSnapshot(dump: SnapshotDump, at: SnapshotPlace): void {
    this.#snapshotMs = this.#fold.nowMs(this.#protocol.state);
    const writing = this.#writeSnapshot(dump).then((file) => {
      // The engine has begun again meanwhile.
      if (this.#writing !== writing) return;
      this.#writing = null;
      if (file !== null) this.#written = { ...at, ...file };
    });
    this.#writing = writing;
  }

  /** A disk that is full must not stop alerts: it says so, and tries again when the next snapshot is due. */
  async #writeSnapshot(dump: SnapshotDump): Promise<{ readonly file: string; readonly sha256: string } | null> {
    const { snapshots, logger, metrics, district } = this.#o;
    try {
      const written = await snapshots.write(dump);
      this.#snapshotFailure = null;
      return written;
    } catch (error) {
      this.#snapshotFailure = messageOf(error);
      metrics.count('beatwatch_snapshot_failures_total', 1, { district });
      logger.error(
        { error: messageOf(error) },
        'the snapshot cannot be written: the one before it stays, and the engine tries again when the next is due',
      );
      return null;
    }
  }

  /** What is left over costs room, and is removed after the next snapshot: nothing stops for it. */
  async #tidy(pointed: string): Promise<void> {
    const { snapshots, logger } = this.#o;
    try {
      await snapshots.tidy(pointed);
    } catch (error) {
      logger.warn(
        { error: messageOf(error) },
        'old snapshots cannot be removed: they stay, and the engine tries again after the next one',
      );
    }
  }

  #takeover(): TakeoverStore {
    if (this.#o.takeover !== undefined) return this.#o.takeover;
    throw new BeatwatchError('fold-too-new', `got a log of an older fold than ${this.#fold.version}, expected its own`);
  }

  /** It waits for the log or for another engine: nothing is wrong, and what it has folded may be told. */
  #settle(last: Action): void {
    const p = this.#protocol;
    this.#state = p.standby ? 'standby' : 'active';
    this.#failure = null;
    if (last.do === 'read-pointer' || last.do === 'read-snapshot') this.#loaded();
    if (isAtCursor(this.#fold, p)) {
      this.#pauseMs = FIRST_RELOAD_PAUSE_MS;
      this.#snapshotUnused = '';
      this.#tellPlan();
    }
    this.#o.onChange?.();
  }

  #loaded(): void {
    const { state, cursor } = this.#protocol;
    this.#snapshotMs = this.#fold.nowMs(state);
    this.#planWritten = '';
    this.#o.logger.info(
      { from: formatLogId(this.#fold.cursorOf(state).logId), cursor: cursor && formatLogId(cursor.logId) },
      'the engine has loaded',
    );
    this.#tellPlan();
  }

  async #committed({ target, outputs }: Commit): Promise<void> {
    const p = this.#protocol;
    if (!sameCursor(p.cursor, target)) return;
    const { metrics, district } = this.#o;
    metrics.count('beatwatch_engine_entries_total', outputs.length, { district });
    metrics.gauge('beatwatch_engine_waiting_units', countWaiting(p.state), { district });
    for (const { alerts, visits } of outputs) {
      for (const { rule, change } of alerts)
        metrics.count('beatwatch_alert_transitions_total', 1, { district, rule, change });
      if (visits.length > 0) metrics.count('beatwatch_visit_transitions_total', visits.length, { district });
    }
    await this.#writePlan();
    const sinceMs = this.#fold.nowMs(p.state) - this.#snapshotMs;
    // A disk may be slower than snapshots are due.
    if (this.#writing !== null) return;
    // Log time goes back with a `resume`, and what is before it is best not folded again.
    if (sinceMs < 0 || sinceMs >= (this.#o.snapshotEveryMs ?? SNAPSHOT_EVERY_MS))
      this.#protocol = wantSnapshot(this.#fold, p);
  }

  /** Once after each load too: the engine before may have died between its commit and this. */
  async #writePlan(): Promise<void> {
    const plan = this.#plan();
    const key = this.#planKey();
    if (plan === null || key === this.#planWritten) return;
    if (await this.#o.store.writePlan(plan, this.#protocol.cursor)) this.#planWritten = key;
  }

  #tellPlan(): void {
    const plan = this.#plan();
    const key = this.#planKey();
    if (plan === null || key === this.#planTold) return;
    this.#planTold = key;
    this.#o.onPlan?.(plan);
  }

  /** The plan in force, or the first one before it is. */
  #plan(): CompiledPlan | null {
    return currentPlan(this.#protocol.state)?.plan ?? this.plans[0] ?? null;
  }

  #planKey(): string {
    return `${this.#protocol.state.planVersion}/${this.plans.at(-1)?.version ?? 0}`;
  }
}
