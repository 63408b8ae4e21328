import { batchBytesBound } from '../codec/fixes-payload.js';
import { heartbeatEntries } from '../codec/log-codec.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { FLUSH_AFTER_MS } from '../model/limits.js';
import type { HeartbeatEntry, TrackerBatch } from '../model/log-entry.js';
import type { LogId } from '../model/log-id.js';
import type { Logger, Metrics } from '../model/ports.js';
import { countThatFits, ENTRY_ROOM_BYTES, fixesEntry } from './flush-plan.js';
import { MAX_DISTRICT_QUEUE_BYTES } from './limits.js';
import type { Acceptance, IngestDistrict } from './ports.js';
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
  /** Called once; reports are settled in the order in which they were taken. */
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
}

/**
 * Gathers the reports of all sockets of one district into few log entries: one append at a time, and while it runs the
 * next entry fills. Appends begin at least FLUSH_AFTER_MS apart unless an entry is full, so a stream of reports waits for
 * company; a burst after a pause goes out as soon as all of it that has arrived is read.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #labels: { readonly district: string };
  #queue: TakenReport[] = [];
  #heartbeats = new Set<string>();
  /** Frame bytes of reports that are queued or in flight. */
  #frameBytes = 0;
  /** What the queue adds to entries at the most. */
  #entryBytes = 0;
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  #cancelTimer: (() => void) | null = null;
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

  take(report: TakenReport): void {
    this.#queue.push(report);
    this.#frameBytes += report.frameBytes;
    this.#entryBytes += batchBytesBound(report.batch);
    if (this.#frameBytes > MAX_DISTRICT_QUEUE_BYTES) this.#congested = true;
    this.#arm();
  }

  takeHeartbeat(tracker: string): void {
    this.#heartbeats.add(tracker);
    this.#arm();
  }

  /** Resolves when everything that was taken is settled. */
  async drain(): Promise<void> {
    while (this.#flushing !== null || this.#waits()) {
      if (this.#flushing === null) this.#startFlush();
      await this.#flushing;
    }
  }

  #waits(): boolean {
    return this.#queue.length > 0 || this.#heartbeats.size > 0;
  }

  #arm(): void {
    if (this.#flushing !== null || !this.#waits()) return;
    if (this.#entryBytes >= ENTRY_ROOM_BYTES) {
      this.#startFlush();
      return;
    }
    const { timers } = this.#options;
    const restMs = this.#flushedAtMs + FLUSH_AFTER_MS - timers.monotonicMs();
    const flush = () => this.#startFlush();
    this.#cancelTimer ??= restMs > 0 ? timers.after(restMs, flush) : timers.soon(flush);
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

  /** One `fixes` entry at most, and the heartbeats. Never rejects. */
  async #flush(): Promise<void> {
    const reports = this.#queue.splice(0, countThatFits(this.#queue));
    for (const report of reports) this.#entryBytes -= batchBytesBound(report.batch);
    const heartbeats = this.#heartbeats;
    this.#heartbeats = new Set();
    // A report says that its tracker is alive; a heartbeat beside it says nothing more.
    for (const report of reports) heartbeats.delete(report.batch.tracker);

    if (reports.length > 0) await this.#appendReports(reports);
    for (const entry of heartbeatEntries(heartbeats)) await this.#appendHeartbeat(entry);
  }

  async #appendReports(reports: readonly TakenReport[]): Promise<void> {
    const { district, logger, metrics, onCalm } = this.#options;
    const batches = reports.map((report) => report.batch);
    const fixes = batches.reduce((sum, batch) => sum + batch.fixes.length, 0);
    const rejected = batches.reduce((sum, batch) => sum + batch.rejected.length, 0);
    let outcome: Outcome;
    try {
      outcome = { kind: 'logged', id: await this.#timed(() => district.append(fixesEntry(batches))) };
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
