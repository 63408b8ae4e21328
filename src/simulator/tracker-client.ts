import { setMaxListeners } from 'node:events';
import {
  decodeServerMessage,
  encodeHeartbeat,
  encodeReport,
  hexOf,
  type ServerMessage,
} from '../codec/tracker-messages.js';
import { wireFixOf } from '../codec/fix-parser.js';
import { BeatwatchError, unreachable } from '../model/errors.js';
import type { Fix } from '../model/fix.js';
import { MAX_FIXES_PER_REPORT } from '../model/limits.js';
import type { BackOffLimits } from './back-off.js';
import { createRandom, hashSeed } from './random.js';
import { noCounters, type TrackerCounters } from './tracker-counters.js';
import { TrackerLink } from './tracker-link.js';
import { machineTime, type WallTime } from './wall-time.js';

/** What became of one report. */
export interface AckResult {
  /** False: the server has the fixes, but its Redis does not keep them over a crash. */
  readonly durable: boolean;
  /** Fixes that were logged as invalid, by their index in what was sent. */
  readonly rejected: readonly { readonly index: number; readonly code: string }[];
  /** Not null: the server took nothing of the report, and a repeat would not change that. */
  readonly refusal: { readonly code: string; readonly detail: string } | null;
}

export interface TrackerClientOptions {
  /** `ws://host:port/v1/ingest`. */
  readonly url: string;
  readonly token: string;
  /** The tracker's id, for messages and for the random stream of the jitter; the server takes it from the token. */
  readonly tracker: string;
  /** Seed of the jitter and of the report ids; 0 if absent. */
  readonly seed?: number;
  /** Gives up: pending and later sends reject with its reason. */
  readonly signal?: AbortSignal;
  /** An Ack or Welcome that takes longer than this counts as a dead link. */
  readonly answerWithinMs?: number;
  readonly backOff?: BackOffLimits;
  readonly time?: WallTime;
}

interface Pending {
  readonly frame: Uint8Array;
  readonly fixes: number;
  /** Null: never sent. +∞: sent, and waiting by the server's wish. */
  sentAtMs: number | null;
  readonly resolve: (result: AckResult) => void;
  readonly reject: (reason: unknown) => void;
}

const DEFAULT_BACK_OFF: BackOffLimits = { firstMs: 100, longestMs: 5_000 };
const DEFAULT_ANSWER_WITHIN_MS = 20_000;

/**
 * One tracker's side of `beatwatch.tracker.v1`, as a real device would do it: it keeps each report until the server
 * acknowledges it, and sends it again after every reconnect, whatever killed the link. It keeps what it is handed without
 * a bound of its own; a caller that awaits its sends is bounded by that.
 */
export class TrackerClient {
  readonly tracker: string;
  readonly counters: TrackerCounters = noCounters();
  readonly #seed: number;
  readonly #time: WallTime;
  readonly #pending = new Map<string, Pending>();
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  readonly #link: TrackerLink;
  readonly #running: Promise<void>;
  #nextReport = 0;

  constructor(options: TrackerClientOptions) {
    this.tracker = options.tracker;
    this.#seed = options.seed ?? 0;
    this.#time = options.time ?? machineTime;
    this.#signal =
      options.signal === undefined ? this.#end.signal : AbortSignal.any([options.signal, this.#end.signal]);
    this.#signal.addEventListener('abort', () => this.#rejectPending(), { once: true });
    // Each report that waits for its time to retry listens, and a backlog may be thousands.
    setMaxListeners(0, this.#signal);
    this.#link = new TrackerLink(
      {
        url: options.url,
        token: options.token,
        tracker: options.tracker,
        answerWithinMs: options.answerWithinMs ?? DEFAULT_ANSWER_WITHIN_MS,
        backOff: options.backOff ?? DEFAULT_BACK_OFF,
        time: this.#time,
        random: createRandom(this.#seed, 'back-off', options.tracker),
        signal: this.#signal,
      },
      {
        receive: (frame) => this.#receive(frame),
        welcomed: () => {
          this.counters.connections += 1;
          this.#transmitAll();
        },
        oldestUnansweredMs: () => this.#oldestUnansweredMs(),
      },
    );
    this.#running = this.#link.run().catch((error: unknown) => this.#end.abort(error));
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  /** Reports handed over that have no answer yet. */
  get pendingReports(): number {
    return this.#pending.size;
  }

  /**
   * Hands over one report of 1..MAX_FIXES_PER_REPORT fixes. Resolves when the server answered it for good, over any
   * number of reconnects; rejects only when the client is closed (`tracker-closed`), aborted (the signal's reason), or
   * turned away for good (`tracker-turned-away`).
   */
  send(fixes: readonly Fix[]): Promise<AckResult> {
    if (fixes.length === 0 || fixes.length > MAX_FIXES_PER_REPORT) {
      const message = `tracker ${this.tracker}: got a report of ${fixes.length} fixes, expected 1 to ${MAX_FIXES_PER_REPORT}`;
      return Promise.reject(new BeatwatchError('report-size', message));
    }
    if (this.#signal.aborted) return Promise.reject(this.#signal.reason);
    const id = this.#reportId();
    const frame = encodeReport(id, fixes.map(wireFixOf));
    this.counters.handedOver += fixes.length;
    this.counters.reports += 1;
    return new Promise<AckResult>((resolve, reject) => {
      const report: Pending = { frame, fixes: fixes.length, sentAtMs: null, resolve, reject };
      this.#pending.set(hexOf(id), report);
      this.#transmit(report);
    });
  }

  /** Says that the tracker is alive; not answered, and lost without a link. True: it went onto a socket. */
  heartbeat(): boolean {
    return this.#link.send(encodeHeartbeat());
  }

  /** Cuts the link as a tunnel does: no close frame. The client connects again by itself. */
  dropLink(): void {
    this.#link.drop();
  }

  /** Ends the client; reports without an answer reject with `tracker-closed`. */
  async close(): Promise<void> {
    this.#end.abort(new BeatwatchError('tracker-closed', `tracker ${this.tracker}: the client was closed`));
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** True when the frame was the Welcome that opens the session. */
  #receive(frame: Uint8Array): boolean {
    let message: ServerMessage;
    try {
      message = decodeServerMessage(frame);
    } catch {
      return false; // a body that only a newer server knows; what it should have answered is sent again in time
    }
    switch (message.kind) {
      case 'welcome':
        return true;
      case 'ack': {
        const report = this.#take(message.reportId);
        if (report === null) return false;
        this.counters.acknowledged += report.fixes;
        this.counters.rejected += message.rejected.length;
        report.resolve({ durable: message.durable, rejected: message.rejected, refusal: null });
        return false;
      }
      case 'refusal': {
        if (message.reportId === null) return false; // about a frame that this client cannot have sent
        if (message.retryAfterMs !== null) {
          void this.#transmitAfter(hexOf(message.reportId), message.retryAfterMs);
          return false;
        }
        const report = this.#take(message.reportId);
        if (report === null) return false;
        this.counters.refused += report.fixes;
        const refusal = { code: message.code, detail: message.detail };
        report.resolve({ durable: false, rejected: [], refusal });
        return false;
      }
      default:
        return unreachable(message);
    }
  }

  /** A second answer to a report that was sent twice finds nothing: null. */
  #take(reportId: Uint8Array): Pending | null {
    const key = hexOf(reportId);
    const report = this.#pending.get(key) ?? null;
    this.#pending.delete(key);
    return report;
  }

  #transmitAll(): void {
    for (const report of this.#pending.values()) this.#transmit(report);
  }

  #transmit(report: Pending): void {
    if (!this.#link.send(report.frame)) return;
    if (report.sentAtMs !== null) this.counters.resentReports += 1;
    report.sentAtMs = this.#time.nowMs();
    this.counters.transmitted += report.fixes;
  }

  async #transmitAfter(key: string, waitMs: number): Promise<void> {
    const report = this.#pending.get(key);
    if (report === undefined) return;
    report.sentAtMs = Number.POSITIVE_INFINITY;
    await this.#time.sleep(waitMs, this.#signal).catch(() => undefined);
    // A reconnect may have sent it meanwhile; then its answer decides.
    if (this.#pending.has(key) && report.sentAtMs === Number.POSITIVE_INFINITY) this.#transmit(report);
  }

  #oldestUnansweredMs(): number {
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const report of this.#pending.values()) oldestMs = Math.min(oldestMs, report.sentAtMs ?? oldestMs);
    return oldestMs;
  }

  #rejectPending(): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const report of pending) report.reject(this.#signal.reason);
  }

  /** Eight bytes: of this tracker and seed, and the ordinal of the report. */
  #reportId(): Uint8Array {
    const id = new Uint8Array(8);
    const view = new DataView(id.buffer);
    view.setInt32(0, hashSeed(this.#seed, 'report-id', this.tracker));
    view.setUint32(4, this.#nextReport++);
    return id;
  }
}
