import { heartbeatEntries } from '../codec/log-codec.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { FLUSH_AFTER_MS } from '../model/limits.js';
import type { HeartbeatEntry, TrackerBatch } from '../model/log-entry.js';
import type { LogId } from '../model/log-id.js';
import type { Logger, Metrics } from '../model/ports.js';
import { BacklogPace } from './backlog-pace.js';
import { ENTRY_ROOM_BYTES, fixesEntry } from './flush-plan.js';
import { BYTES_PER_READ, MAX_DISTRICT_QUEUE_BYTES, MAX_WAITING_BYTES, PACE_MS } from './limits.js';
import type { Acceptance, IngestDistrict } from './ports.js';
import { ReportTurns, type Taken } from './report-turns.js';
import type { Timers } from './timers.js';

type FailureCode = Extract<Acceptance, { ok: false }>['code'];

/** What became of a report that was taken. */
export type Outcome =
  | { readonly kind: 'logged'; readonly id: LogId }
  | { readonly kind: 'failed'; readonly code: FailureCode; readonly detail: string };

export interface TakenReport {
  readonly batch: TrackerBatch;
  /** Size of the frame that the report came in. */
  readonly frameBytes: number;
  /** Called once; reports of one tracker are settled in the order in which they were taken. */
  readonly settle: (outcome: Outcome) => void;
}

export interface GroupCommitOptions {
  readonly districtId: string;
  readonly district: IngestDistrict;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The queue was too long and is short again. */
  readonly onCalm: () => void;
  /** From now on trackers that send a backlog are read in turn. */
  readonly onFull: () => void;
}

/**
 * Gathers the reports of all sockets of one district into few log entries: one append at a time, and while it runs the
 * next entry fills. Appends begin at least FLUSH_AFTER_MS apart unless an entry is full, so a stream of reports waits for
 * company; a burst after a pause goes out as soon as all of it that has arrived is read.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #labels: { readonly district: string };
  readonly #turns = new ReportTurns<TakenReport>();
  readonly #pace = new BacklogPace();
  /** Who waits to be read. */
  readonly #readers: (() => void)[] = [];
  #cancelRoom: (() => void) | null = null;
  #heartbeats = new Set<string>();
  /** Frame bytes of reports that are queued or in flight. */
  #frameBytes = 0;
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | null = null;
  /** Looks again whether the engine has come so far that more of a backlog may go. */
  #cancelPace: (() => void) | null = null;
  #draining = false;
  #flushing: Promise<void> | null = null;
  #congested = false;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#labels = { district: options.districtId };
  }

  /** True from the moment that more than MAX_DISTRICT_QUEUE_BYTES wait until half of them are settled. */
  get congested(): boolean {
    return this.#congested;
  }

  /** True while more than MAX_WAITING_BYTES wait for their turn. */
  get full(): boolean {
    return this.#turns.bytes > MAX_WAITING_BYTES;
  }

  /** Calls back once when it is this caller's turn to be read, in the order of the calls. */
  awaitRoom(readOn: () => void): void {
    this.#readers.push(readOn);
    this.#giveRoomSoon();
  }

  take(report: TakenReport): void {
    const wasFull = this.full;
    if (this.#turns.add(report)) this.#pace.hearLive(this.#options.timers.monotonicMs());
    this.#frameBytes += report.frameBytes;
    if (this.#frameBytes > MAX_DISTRICT_QUEUE_BYTES) this.#congested = true;
    if (this.full && !wasFull) this.#options.onFull();
    this.#arm();
  }

  takeHeartbeat(tracker: string): void {
    this.#heartbeats.add(tracker);
    this.#arm();
  }

  /** Resolves when everything that was taken is settled. */
  async drain(): Promise<void> {
    this.#draining = true;
    while (this.#flushing !== null || this.#waits()) {
      if (this.#flushing === null) this.#startFlush();
      await this.#flushing;
    }
  }

  #waits(): boolean {
    return this.#turns.bytes > 0 || this.#heartbeats.size > 0;
  }

  #arm(): void {
    this.#cancelPace?.();
    this.#cancelPace = null;
    if (this.#flushing !== null || !this.#waits()) return;
    const { timers } = this.#options;
    const backlogBytes = this.#backlogBytes();
    if (backlogBytes > 0 && this.#turns.bytes >= ENTRY_ROOM_BYTES) {
      this.#startFlush();
      return;
    }
    if (backlogBytes === 0 && !this.#turns.hasLive && this.#heartbeats.size === 0) {
      this.#cancelPace = timers.after(PACE_MS, () => this.#arm());
      return;
    }
    const restMs = this.#flushedAtMs + FLUSH_AFTER_MS - timers.monotonicMs();
    const flush = () => this.#startFlush();
    this.#cancelTimer ??= restMs > 0 ? timers.after(restMs, flush) : timers.soon(flush);
  }

  /** How much of backlogs may be logged now. */
  #backlogBytes(): number {
    if (this.#draining) return Number.POSITIVE_INFINITY;
    const { district, timers } = this.#options;
    return this.#pace.roomBytes(district.foldedTo(), timers.monotonicMs());
  }

  #startFlush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#flushedAtMs = this.#options.timers.monotonicMs();
    this.#flushing = this.#flush().finally(() => {
      this.#flushing = null;
      this.#arm();
    });
  }

  /** Lets as many be read as there is room for what they may bring; the next ones when that has been read. */
  #giveRoomSoon(): void {
    if (this.#cancelRoom !== null || this.#readers.length === 0 || this.full) return;
    this.#cancelRoom = this.#options.timers.soon(() => {
      this.#cancelRoom = null;
      const reads = Math.ceil((MAX_WAITING_BYTES - this.#turns.bytes) / BYTES_PER_READ);
      for (const readOn of this.#readers.splice(0, Math.max(0, reads))) readOn();
      this.#giveRoomSoon();
    });
  }

  /** One `fixes` entry at most, and the heartbeats. Never rejects. */
  async #flush(): Promise<void> {
    const taken = this.#turns.take(ENTRY_ROOM_BYTES, this.#backlogBytes());
    this.#giveRoomSoon();
    const heartbeats = this.#heartbeats;
    this.#heartbeats = new Set();
    // A report says that its tracker is alive; a heartbeat beside it says nothing more.
    for (const report of taken.reports) heartbeats.delete(report.batch.tracker);

    if (taken.reports.length > 0) await this.#appendReports(taken);
    for (const entry of heartbeatEntries(heartbeats)) await this.#appendHeartbeat(entry);
  }

  async #appendReports({ reports, backlogBytes }: Taken<TakenReport>): Promise<void> {
    const { district, timers, logger, metrics, onCalm } = this.#options;
    const batches = reports.map((report) => report.batch);
    const fixes = batches.reduce((sum, batch) => sum + batch.fixes.length, 0);
    const rejected = batches.reduce((sum, batch) => sum + batch.rejected.length, 0);
    let outcome: Outcome;
    try {
      outcome = { kind: 'logged', id: await this.#timed(() => district.append(fixesEntry(batches))) };
      this.#pace.logged(outcome.id, backlogBytes, timers.monotonicMs());
      metrics.count('beatwatch_ingest_fixes_total', fixes, { ...this.#labels, disposition: 'logged' });
      metrics.count('beatwatch_ingest_fixes_total', rejected, { ...this.#labels, disposition: 'rejected' });
      metrics.observe('beatwatch_ingest_flush_fixes', fixes, this.#labels);
    } catch (error) {
      outcome = failureOf(error);
      logger.warn(
        { code: outcome.code, detail: outcome.detail, reports: reports.length },
        'reports could not be logged: the trackers send them again',
      );
    }
    for (const report of reports) {
      this.#frameBytes -= report.frameBytes;
      report.settle(outcome);
    }
    if (this.#congested && this.#frameBytes <= MAX_DISTRICT_QUEUE_BYTES / 2) {
      this.#congested = false;
      onCalm();
    }
  }

  /** Heartbeats are not answered: one that cannot be logged is lost, and the next one comes. */
  async #appendHeartbeat(entry: HeartbeatEntry): Promise<void> {
    try {
      await this.#timed(() => this.#options.district.append(entry));
    } catch (error) {
      const fields = { detail: messageOf(error), trackers: entry.trackers.length };
      this.#options.logger.warn(fields, 'heartbeats could not be logged');
    }
  }

  async #timed<T>(append: () => Promise<T>): Promise<T> {
    const { timers, metrics } = this.#options;
    const startMs = timers.monotonicMs();
    try {
      return await append();
    } finally {
      metrics.observe('beatwatch_ingest_append_ms', timers.monotonicMs() - startMs, this.#labels);
    }
  }
}

/** Codes of the log that say more than that it cannot be reached or used now. */
const FAILURES: Readonly<Record<string, FailureCode>> = {
  'log-full': 'storage-full',
  'log-disk': 'storage-full',
  'log-clock': 'clock',
};

function failureOf(error: unknown): Extract<Outcome, { kind: 'failed' }> {
  const code = error instanceof BeatwatchError ? FAILURES[error.code] : undefined;
  return { kind: 'failed', code: code ?? 'district-unavailable', detail: messageOf(error) };
}
