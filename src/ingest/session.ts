import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { batchBytesBound } from '../codec/fixes-payload.js';
import { encodeServerMessage, PROTOCOL_VERSION, type ServerMessage } from '../codec/tracker-messages.js';
import { unreachable } from '../model/errors.js';
import { MAX_FIXES_PER_REPORT, MAX_FRAME_BYTES, MAX_UNACKNOWLEDGED_BYTES } from '../model/limits.js';
import type { RejectedFix } from '../model/fix.js';
import type { Clock, Logger, Metrics } from '../model/ports.js';
import type { Identity } from '../model/roles.js';
import { heartbeatIntervalMs } from '../model/silence.js';
import { CLOSE_CODES, type CloseReason } from '../protocol/tracker-close-codes.js';
import type { FramePace, Pace } from './frame-pace.js';
import type { GroupCommit, Outcome } from './group-commit.js';
import {
  CLAIM_DEADLINE_MS,
  HEARTBEAT_LOG_MS,
  LIVE_REPORT_BYTES,
  LIVE_REPORTS,
  MAX_FRAMES_PER_S,
  MAX_GARBAGE_IN_A_ROW,
  MAX_UNACKNOWLEDGED_REPORTS,
  MAX_UNSENT_BYTES,
  QUOTA_BYTES_PER_S,
  RETRY_AFTER_MS,
} from './limits.js';
import type { ListeningTime } from './listening-time.js';
import type { IngestDistrict } from './ports.js';
import type { RefusalCode } from './refusal-codes.js';
import type { RefusalLog } from './refusal-log.js';
import { type Intake, readFrame } from './report-intake.js';
import type { Timers } from './timers.js';
import type { TrackerQuotas } from './tracker-quotas.js';

/**
 * - `claiming`: not read; it becomes the tracker's newest connection.
 * - `open`: read, unless it rests.
 * - `draining`: what was taken is still acknowledged, nothing more is taken.
 * - `closed`: nothing is taken, nothing is sent; the closing handshake may go on.
 */
type SessionState = 'claiming' | 'open' | 'draining' | 'closed';

export interface SessionOptions {
  readonly socket: WebSocket;
  /** What the socket writes to. */
  readonly link: Duplex;
  readonly connectionId: string;
  readonly identity: Identity;
  readonly districtId: string;
  readonly district: IngestDistrict;
  readonly commit: GroupCommit;
  readonly quotas: TrackerQuotas;
  readonly clock: Clock;
  /** Whose time the token ends by. */
  readonly tokenClock: Clock;
  readonly timers: Timers;
  readonly listening: ListeningTime;
  /** How fast the tracker may send frames, over all its connections. */
  readonly pace: FramePace;
  /** A socket that says nothing for this much listening time is closed, ms. */
  readonly idleMs: number;
  /** A socket on which nothing came, or nothing went out, for this long is pinged, ms. */
  readonly pingMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly refusals: RefusalLog;
}

interface Refusal {
  readonly reportId: Uint8Array | null;
  readonly code: RefusalCode;
  readonly detail: string;
  readonly retryAfterMs: number | null;
}

/** One connection of a tracker, from the upgrade to the end of its socket. */
export class TrackerSession {
  readonly connectionId: string;
  readonly districtId: string;
  readonly tracker: string;
  /** Resolves when the socket is gone. */
  readonly ended: Promise<void>;
  readonly #o: SessionOptions;
  readonly #labels: { readonly district: string };
  #state: SessionState = 'claiming';
  #closedFor: CloseReason | null = null;
  #resting = true;
  /** It is to be read when its turn comes, and not before. */
  #waitsForRoom = false;
  /** Whether it has sent a backlog, or nothing yet that shows that it has none. */
  #isBulk = true;
  #unacknowledgedBytes = 0;
  #unacknowledgedReports = 0;
  #garbageInARow = 0;
  #heardMs: number;
  /** When the socket was last heard, in listening time. */
  #heardListeningMs: number;
  #spokeMs: number;
  #pingedMs = Number.NEGATIVE_INFINITY;
  /** The report interval that the last Welcome asked for. */
  #askedIntervalMs = 0;
  #heartbeatLoggedMs = Number.NEGATIVE_INFINITY;

  constructor(options: SessionOptions) {
    this.#o = options;
    this.connectionId = options.connectionId;
    this.districtId = options.districtId;
    this.tracker = options.identity.subject;
    this.#labels = { district: options.districtId };
    this.#heardMs = options.timers.monotonicMs();
    this.#heardListeningMs = options.listening.passedMs;
    this.#spokeMs = this.#heardMs;
    const { socket } = options;
    socket.pause();
    // ws hands out one Buffer a message with its default binary type.
    socket.on('message', (data, isBinary) => this.#receive(data as Buffer, isBinary));
    socket.on('ping', (data) => this.#receivePing(data));
    socket.on('pong', () => void this.#receiveControl());
    socket.on('error', (error: Error & { readonly code?: string }) => this.#fail(error));
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        this.#end();
        resolve();
      });
    });
  }

  get identity(): Identity {
    return this.#o.identity;
  }

  /** True while the server does not read the socket. */
  get resting(): boolean {
    return this.#resting;
  }

  /** The connection is the tracker's newest: says welcome and begins to read. */
  open(reportIntervalMs: number): void {
    if (this.#state !== 'claiming') return;
    this.#state = 'open';
    this.#heardMs = this.#o.timers.monotonicMs();
    this.#heardListeningMs = this.#o.listening.passedMs;
    this.#welcome(reportIntervalMs);
    this.wakeIfCalm();
  }

  /** Says welcome again when a plan has changed how often this tracker is to report: the silence rule follows the plan. */
  askAnew(): void {
    const wantedMs = this.#o.district.trackers()?.get(this.tracker)?.expectedIntervalMs;
    if (this.#state === 'open' && wantedMs !== undefined && wantedMs !== this.#askedIntervalMs) this.#welcome(wantedMs);
  }

  #welcome(reportIntervalMs: number): void {
    this.#askedIntervalMs = reportIntervalMs;
    this.#send({
      kind: 'welcome',
      protocolVersion: PROTOCOL_VERSION,
      serverTimeMs: this.#o.clock.nowMs(),
      reportIntervalMs,
      maxFixesPerReport: MAX_FIXES_PER_REPORT,
      maxFrameBytes: MAX_FRAME_BYTES,
      maxUnacknowledgedBytes: MAX_UNACKNOWLEDGED_BYTES,
      heartbeatIntervalMs: heartbeatIntervalMs(reportIntervalMs),
    });
  }

  /** Takes nothing more; what was taken is still acknowledged. */
  drain(): void {
    if (this.#state === 'closed') return;
    this.#state = 'draining';
    this.#o.socket.pause();
  }

  /** Begins the closing handshake. What was taken and is not acknowledged yet will not be. */
  close(reason: CloseReason): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#closedFor = reason;
    const { code, reason: text } = CLOSE_CODES[reason];
    this.#o.socket.close(code, text);
    this.#resting = false;
    // The peer's answer to the close frame must be read; frames before it are dropped by the state.
    this.#o.socket.resume();
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#state = 'closed';
    this.#o.socket.terminate();
  }

  /** Why the socket must be closed now, if it must: for what only time or others can change. */
  overdue(): CloseReason | null {
    const { tokenClock, listening, idleMs, identity, district } = this.#o;
    if (this.#state === 'draining' || this.#state === 'closed') return null;
    if (tokenClock.nowMs() >= identity.expiresAtMs) return 'token-expired';
    if (district.trackers()?.has(this.tracker) === false) return 'tracker-removed';
    const silentMs = listening.passedMs - this.#heardListeningMs;
    if (this.#state === 'claiming') return silentMs > CLAIM_DEADLINE_MS ? 'district-unavailable' : null;
    // A socket that is not read because its acks are late cannot be heard.
    const owed = this.#unacknowledgedReports > 0 || this.#o.commit.congested || this.#waitsForRoom;
    return silentMs > idleMs && !owed ? 'idle' : null;
  }

  /** Pings a link that is quiet in either direction. The answer keeps the socket from being idle, as any frame does. */
  pingIfQuiet(): void {
    const { socket, timers, pingMs } = this.#o;
    const nowMs = timers.monotonicMs();
    const quietMs = nowMs - Math.min(this.#heardMs, this.#spokeMs);
    // A peer that does not take its acks gets no pings on top of them.
    if (this.#state !== 'open' || quietMs < pingMs || socket.bufferedAmount > MAX_UNSENT_BYTES) return;
    // One ping and no other before its answer may have come: a peer that answers none is not asked each second.
    if (nowMs - this.#pingedMs < pingMs) return;
    this.#pingedMs = nowMs;
    this.#spokeMs = nowMs;
    socket.ping();
  }

  /** Reads on if nothing stands against it any more. */
  wakeIfCalm(): void {
    if (!this.#resting || this.#waitsForRoom || this.#state !== 'open') return;
    if (this.#mustAwaitRoom()) {
      this.#awaitRoom();
      return;
    }
    if (this.#loadAbove(0.5)) return;
    this.#resting = false;
    // It could not be heard while it was not read.
    this.#heardListeningMs = this.#o.listening.passedMs;
    this.#o.socket.resume();
  }

  /** Is not read any more while there is too much of what it sends. */
  restIfLoaded(): void {
    if (this.#resting || this.#state !== 'open') return;
    const mustAwaitRoom = this.#mustAwaitRoom();
    if (!mustAwaitRoom && !this.#loadAbove(1)) return;
    this.#resting = true;
    this.#o.socket.pause();
    if (mustAwaitRoom) this.#awaitRoom();
  }

  /** Live reports are read whatever backlog of others waits. */
  #mustAwaitRoom(): boolean {
    return this.#isBulk && this.#o.commit.full;
  }

  #awaitRoom(): void {
    this.#waitsForRoom = true;
    this.#o.commit.awaitRoom(() => {
      this.#waitsForRoom = false;
      this.wakeIfCalm();
    });
  }

  /** True when the socket, or its district, is above this share of a cap. */
  #loadAbove(share: number): boolean {
    return (
      this.#unacknowledgedBytes > MAX_UNACKNOWLEDGED_BYTES * share ||
      this.#unacknowledgedReports > MAX_UNACKNOWLEDGED_REPORTS * share ||
      this.#o.socket.bufferedAmount > MAX_UNSENT_BYTES * share ||
      this.#o.commit.congested
    );
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#state !== 'open') return;
    const { clock, tokenClock, identity } = this.#o;
    const nowMs = clock.nowMs();
    if (tokenClock.nowMs() >= identity.expiresAtMs) {
      this.close('token-expired');
      return;
    }
    if (!isBinary) {
      this.#refuse({
        reportId: null,
        code: 'frame-text',
        detail: 'frame: got text, expected binary',
        retryAfterMs: null,
      });
      this.close('text-frame');
      return;
    }
    const pace = this.#hear();
    if (pace === 'persistent') {
      this.close('too-fast');
      return;
    }
    // Read even when it is too fast: the refusal names the report.
    const intake = readFrame(data, this.tracker, nowMs);
    if (pace === 'in-time') this.#take(intake, data.length, nowMs);
    else if (intake.kind !== 'heartbeat') this.#refuseTooFast(intake.reportId);
    this.restIfLoaded();
  }

  /** Answered like a report is: not when too many come, nor when the answers are not taken. */
  #receivePing(data: Buffer): void {
    const { socket } = this.#o;
    if (this.#receiveControl() === 'in-time' && socket.bufferedAmount <= MAX_UNSENT_BYTES) socket.pong(data);
    this.restIfLoaded();
  }

  /** Pings and pongs cost as much as other frames. Null when the session is not open. */
  #receiveControl(): Pace | null {
    if (this.#state !== 'open') return null;
    const pace = this.#hear();
    if (pace === 'persistent') this.close('too-fast');
    return pace;
  }

  #hear(): Pace {
    this.#heardMs = this.#o.timers.monotonicMs();
    this.#heardListeningMs = this.#o.listening.passedMs;
    return this.#o.pace.next(this.#heardMs);
  }

  #take(intake: Intake, frameBytes: number, nowMs: number): void {
    switch (intake.kind) {
      case 'report':
        this.#garbageInARow = 0;
        this.#takeReport(intake, frameBytes);
        break;
      case 'heartbeat':
        this.#garbageInARow = 0;
        this.#takeHeartbeat(nowMs);
        break;
      case 'fault':
        this.#refuse({ ...intake, retryAfterMs: null });
        if (intake.code === 'frame-garbage') this.#garbageInARow += 1;
        if (this.#garbageInARow >= MAX_GARBAGE_IN_A_ROW) this.close('garbage');
        break;
      default:
        unreachable(intake);
    }
  }

  #takeReport({ reportId, batch }: Extract<Intake, { kind: 'report' }>, frameBytes: number): void {
    const { commit, district, quotas, metrics } = this.#o;
    const acceptance = district.accepting();
    if (!acceptance.ok) {
      this.#refuse({ ...acceptance, reportId });
      return;
    }
    const quotaBytes = batchBytesBound(batch);
    const waitMs = quotas.take(this.tracker, quotaBytes);
    if (waitMs !== null) {
      const detail = `quota of tracker ${this.tracker}: got more than ${quotas.limitBytes} bytes, expected at most ${QUOTA_BYTES_PER_S} a second from then on`;
      this.#refuse({ reportId, code: 'quota', detail, retryAfterMs: waitMs });
      return;
    }
    metrics.count('beatwatch_ingest_reports_total', 1, this.#labels);
    this.#isBulk =
      quotaBytes > LIVE_REPORT_BYTES ||
      this.#unacknowledgedReports >= LIVE_REPORTS ||
      (this.#isBulk && this.#unacknowledgedReports > 0);
    this.#unacknowledgedBytes += frameBytes;
    this.#unacknowledgedReports += 1;
    commit.take({
      batch,
      frameBytes,
      settle: (outcome) => {
        this.#unacknowledgedBytes -= frameBytes;
        this.#unacknowledgedReports -= 1;
        if (outcome.kind === 'failed') quotas.giveBack(this.tracker, quotaBytes);
        this.#answer(reportId, batch.rejected, outcome);
        this.wakeIfCalm();
      },
    });
  }

  #answer(reportId: Uint8Array, rejected: readonly RejectedFix[], outcome: Outcome): void {
    switch (outcome.kind) {
      case 'logged':
        this.#send({ kind: 'ack', reportId, durable: this.#o.district.durable(), rejected });
        break;
      case 'failed':
        this.#refuse({ ...outcome, reportId, retryAfterMs: RETRY_AFTER_MS });
        break;
      default:
        unreachable(outcome);
    }
  }

  #takeHeartbeat(nowMs: number): void {
    const { commit, district } = this.#o;
    if (nowMs - this.#heartbeatLoggedMs < HEARTBEAT_LOG_MS || !district.accepting().ok) return;
    this.#heartbeatLoggedMs = nowMs;
    commit.takeHeartbeat(this.tracker);
  }

  #refuseTooFast(reportId: Uint8Array | null): void {
    const retryAfterMs = this.#o.pace.retryAfterMs(this.#heardMs);
    const detail = `frames: got more than ${MAX_FRAMES_PER_S} a second, expected none for ${retryAfterMs} ms`;
    this.#refuse({ reportId, code: 'too-fast', detail, retryAfterMs });
  }

  #refuse({ reportId, code, detail, retryAfterMs }: Refusal): void {
    this.#o.metrics.count('beatwatch_ingest_refusals_total', 1, { ...this.#labels, code });
    this.#o.refusals.note(this.tracker, code, detail);
    this.#send({ kind: 'refusal', reportId, code, detail, retryAfterMs });
  }

  #send(message: ServerMessage): void {
    if (this.#state === 'closed') return;
    this.#spokeMs = this.#o.timers.monotonicMs();
    this.#gather();
    // Called back when the bytes left, or the socket failed: then it has no use for them.
    this.#o.socket.send(encodeServerMessage(message), () => this.wakeIfCalm());
  }

  /** What is said at once leaves at once: the acks of one append would else be a system call each, hundreds of them. */
  #gather(): void {
    const { link } = this.#o;
    if (link.writableCorked > 0) return;
    link.cork();
    queueMicrotask(() => link.uncork());
  }

  /** The WebSocket library has closed the socket for a frame, or the connection broke. */
  #fail(error: Error & { readonly code?: string }): void {
    this.#state = 'closed';
    this.#closedFor ??= reasonOf(error.code);
    this.#o.logger.debug({ tracker: this.tracker, detail: error.message }, 'a socket failed');
  }

  #end(): void {
    this.#state = 'closed';
    this.#resting = false;
    this.#o.metrics.count('beatwatch_ingest_closes_total', 1, {
      ...this.#labels,
      reason: this.#closedFor ?? 'tracker',
    });
  }
}

function reasonOf(wsErrorCode: string | undefined): CloseReason | null {
  if (wsErrorCode === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return 'oversize';
  if (wsErrorCode === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return 'fragments';
  return wsErrorCode?.startsWith('WS_ERR_') === true ? 'protocol' : null;
}
