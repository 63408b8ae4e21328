import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { Door } from '../access/door.js';
import { assert, BeatwatchError, messageOf } from '../model/errors.js';
import { IDLE_SOCKET_MS, MAX_FRAME_BYTES, MAX_TRACKER_SOCKETS } from '../model/limits.js';
import type { Identity } from '../model/roles.js';
import { type Admission, admit, readUpgrade, refused, type UpgradeRefusal } from './admission.js';
import { ConnectionTable } from './connection-table.js';
import { FramePace } from './frame-pace.js';
import { GroupCommit } from './group-commit.js';
import {
  CLOSE_HANDSHAKE_MS,
  CONNECT_BURST,
  MAX_CONNECTS_PER_S,
  MAX_FRAGMENTS,
  MAX_SWEEP_STEP_MS,
  QUOTA_SAVE_MS,
  RETRY_AFTER_MS,
  SHUTDOWN_DEADLINE_MS,
  SWEEP_MS,
  TRACKER_PING_MS,
} from './limits.js';
import { ListeningTime } from './listening-time.js';
import type { IngestDeps, IngestDistrict } from './ports.js';
import { RefusalLog } from './refusal-log.js';
import { fullGate, type Gate, isFull, pass, type Rate, waitMs } from '../model/rate-gate.js';
import { TRACKER_SUBPROTOCOL, UPGRADE_REFUSALS, type UpgradeRefusalCode } from '../protocol/tracker-socket.js';
import { TrackerSession } from './session.js';
import { machineTimers, type Timers } from './timers.js';
import { TrackerQuotas } from './tracker-quotas.js';
import { answerRefusal } from './upgrade-answer.js';

interface District {
  readonly id: string;
  readonly port: IngestDistrict;
  readonly commit: GroupCommit;
  readonly quotas: TrackerQuotas;
  readonly connections: ConnectionTable<TrackerSession>;
  readonly stopListening: () => void;
}

/** How fast a tracker connects and sends; it does not begin anew with a new connection. */
interface TrackerPace {
  readonly connects: Gate;
  readonly frames: FramePace;
}

/** `closeTimeout` and `maxFragments` are options of ws that its types do not know yet. */
const SOCKET_OPTIONS: ServerOptions & { readonly closeTimeout: number; readonly maxFragments: number } = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_FRAME_BYTES,
  closeTimeout: CLOSE_HANDSHAKE_MS,
  maxFragments: MAX_FRAGMENTS,
  // The session answers pings, at its own pace and with its own close code.
  autoPong: false,
  // A text frame is answered with a code of ours, whatever its bytes.
  skipUTF8Validation: true,
  handleProtocols: () => TRACKER_SUBPROTOCOL,
};

const SHUTTING_DOWN = refused('shutting-down', 'the server stops; connect again in a moment');

const CONNECT_RATE: Rate = { burst: CONNECT_BURST, perSecond: MAX_CONNECTS_PER_S };

/**
 * The trackers' socket of one process: `GET /v1/ingest`, subprotocol `beatwatch.tracker.v1`. A report is acknowledged when
 * its log entry is durable, and never before.
 *
 * A slow tracker: with more than MAX_UNSENT_BYTES of acks unsent its socket is not read. A slow log: sockets whose unacknowledged
 * reports pass their caps are not read, and above MAX_DISTRICT_QUEUE_BYTES a district nobody who sends is. A backlog: above MAX_WAITING_BYTES a
 * district, trackers that send more than small reports are read in turn, the others at once.
 */
export class Ingest {
  readonly #deps: IngestDeps;
  readonly #door: Door;
  readonly #timers: Timers;
  readonly #server: WebSocketServer;
  readonly #districts: ReadonlyMap<string, District>;
  readonly #sessions = new Set<TrackerSession>();
  readonly #listening: ListeningTime;
  readonly #refusals: RefusalLog;
  /** Paces of trackers, by district and tracker; those that are calm are forgotten. */
  readonly #paces = new Map<string, TrackerPace>();
  /** Upgrades that are being verified. */
  #pending = 0;
  #quotasSavedMs: number;
  #closing: Promise<void> | null = null;
  #cancelSweep: () => void;

  constructor(deps: IngestDeps) {
    this.#deps = deps;
    this.#door = deps.door ?? new Door();
    this.#timers = deps.timers ?? machineTimers;
    this.#quotasSavedMs = this.#timers.monotonicMs();
    this.#listening = new ListeningTime(this.#timers.monotonicMs(), MAX_SWEEP_STEP_MS);
    this.#refusals = new RefusalLog({ logger: deps.logger, monotonicMs: () => this.#timers.monotonicMs() });
    this.#server = new WebSocketServer(SOCKET_OPTIONS);
    this.#server.on('wsClientError', (error, socket) =>
      this.#refuse(socket, refused('websocket-handshake', error.message)),
    );
    this.#districts = new Map([...deps.districts].map(([id, port]) => [id, this.#openDistrict(id, port)]));
    this.#cancelSweep = this.#timers.after(SWEEP_MS, () => this.#sweep());
  }

  /** Answers a request to upgrade: with a session, or with an HTTP error. For every path that is not someone else's. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    void this.#upgrade(request, socket, head);
  }

  /**
   * Graceful: takes no more connections and no more reports, logs and acknowledges what was taken, and closes every socket
   * with 1001. What is not settled by SHUTDOWN_DEADLINE_MS is cut, without an ack.
   */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #openDistrict(id: string, port: IngestDistrict): District {
    const connections = new ConnectionTable<TrackerSession>();
    const commit = new GroupCommit({
      districtId: id,
      district: port,
      timers: this.#timers,
      logger: this.#deps.logger.child({ district: id }),
      metrics: this.#deps.metrics,
      onCalm: () => {
        for (const session of this.#sessions) if (session.districtId === id) session.wakeIfCalm();
      },
      onFull: () => {
        for (const session of this.#sessions) if (session.districtId === id) session.restIfLoaded();
      },
    });
    const stopListening = port.onTakeover((tracker, claim) => supersede(connections.learn(tracker, claim)));
    const quotas = new TrackerQuotas({
      store: port.quotas,
      roomBytes: () => port.roomBytes(),
      clock: this.#deps.clock,
      logger: this.#deps.logger.child({ district: id }),
    });
    return { id, port, commit, quotas, connections, stopListening };
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    this.#pending += 1;
    try {
      const answer = await this.#judge(request);
      if (answer.kind === 'refused') {
        this.#refuse(socket, answer);
        return;
      }
      socket.removeListener('error', onError);
      this.#server.handleUpgrade(request, socket, head, (ws) => this.#openSession(ws, socket, answer));
    } catch (error) {
      this.#refuse(socket, this.#refusalOf(error));
    } finally {
      this.#pending -= 1;
    }
  }

  /** What an address may ask without a good token, and a good token in vain, is limited; the first before any work. */
  async #judge(request: IncomingMessage): Promise<Admission | UpgradeRefusal> {
    const door = this.#door;
    const asked = readUpgrade(request);
    if (asked.kind === 'refused') return tooHasty(door.refuseStranger(request)) ?? asked;
    if (this.#shutsDown()) return SHUTTING_DOWN;
    const hasty = this.#deps.isKnown?.(asked.token) === true ? null : tooHasty(door.strangerWaitMs(request));
    if (hasty !== null) return hasty;
    let identity: Identity;
    try {
      identity = await this.#identify(asked.token);
    } catch (error) {
      const refusal = isTokenFault(error) ? tooHasty(door.refuseStranger(request)) : null;
      if (refusal !== null) return refusal;
      throw error;
    }
    const answer = this.#admit(identity);
    if (answer.kind === 'refused') return tooHasty(door.refuseToken(identity.tokenId)) ?? answer;
    door.know(request.socket);
    return answer;
  }

  async #identify(token: string): Promise<Identity> {
    const identity = await this.#deps.verify(token);
    if (!this.#deps.isRevoked(identity)) return identity;
    throw new BeatwatchError('token-revoked', `token ${identity.tokenId}: got a revoked token, expected a valid one`);
  }

  #admit(identity: Identity): Admission | UpgradeRefusal {
    // Shutdown may have begun while the token was verified.
    if (this.#shutsDown()) return SHUTTING_DOWN;
    const maxSockets = this.#deps.maxSockets ?? MAX_TRACKER_SOCKETS;
    if (this.#sessions.size + this.#pending > maxSockets) {
      return refused(
        'too-many-connections',
        `connections: got one more than the ${maxSockets} that this server serves`,
      );
    }
    const answer = admit(identity, this.#deps.districts);
    if (answer.kind === 'refused') return answer;
    const inTime = pass(this.#paceOf(answer).connects, CONNECT_RATE, this.#timers.monotonicMs());
    return inTime ? answer : tooManyConnects(answer);
  }

  #shutsDown(): boolean {
    return this.#closing !== null;
  }

  #paceOf({ districtId, identity }: Admission): TrackerPace {
    const key = `${districtId}/${identity.subject}`;
    const nowMs = this.#timers.monotonicMs();
    const pace = this.#paces.get(key) ?? { connects: fullGate(CONNECT_RATE, nowMs), frames: new FramePace(nowMs) };
    this.#paces.set(key, pace);
    return pace;
  }

  #openSession(socket: WebSocket, link: Duplex, admission: Admission): void {
    const { identity, districtId, info } = admission;
    const district = this.#districts.get(districtId);
    assert(district !== undefined, 'a session is admitted to a district that is served');
    const { clock, tokenClock = clock, metrics, logger, idleSocketMs, pingMs } = this.#deps;
    const session = new TrackerSession({
      socket,
      link,
      connectionId: randomUUID(),
      identity,
      districtId,
      district: district.port,
      commit: district.commit,
      quotas: district.quotas,
      clock,
      tokenClock,
      timers: this.#timers,
      listening: this.#listening,
      pace: this.#paceOf(admission).frames,
      idleMs: idleSocketMs ?? IDLE_SOCKET_MS,
      pingMs: pingMs ?? TRACKER_PING_MS,
      logger,
      metrics,
      refusals: this.#refusals,
    });
    this.#sessions.add(session);
    district.connections.add(session);
    socket.on('close', () => {
      this.#sessions.delete(session);
      district.connections.remove(session);
    });
    void this.#claim(district, session, info.expectedIntervalMs);
  }

  async #claim(
    { port, connections, quotas }: District,
    session: TrackerSession,
    reportIntervalMs: number,
  ): Promise<void> {
    try {
      const [claim] = await Promise.all([
        port.claim(session.tracker, session.connectionId),
        quotas.load(session.tracker),
      ]);
      supersede(connections.claimed(session, claim));
      session.open(reportIntervalMs);
    } catch (error) {
      this.#deps.logger.warn(
        { tracker: session.tracker, detail: messageOf(error) },
        'the store did not record a new connection of a tracker, so it is closed',
      );
      session.close('district-unavailable');
    }
  }

  #refuse(socket: Duplex, refusal: UpgradeRefusal): void {
    this.#deps.metrics.count('beatwatch_ingest_upgrade_refusals_total', 1, { code: refusal.code });
    this.#refusals.note(addressOf(socket), refusal.code, refusal.message);
    answerRefusal(socket, refusal, retryAfterS(refusal.code));
  }

  #refusalOf(error: unknown): UpgradeRefusal {
    if (isTokenFault(error) && error.code in UPGRADE_REFUSALS) {
      return refused(error.code as UpgradeRefusalCode, error.message);
    }
    if (error instanceof BeatwatchError && error.code === 'state-unavailable') {
      return refused('district-unavailable', error.message);
    }
    this.#deps.logger.error({ detail: messageOf(error) }, 'an upgrade failed');
    return refused('internal', 'the request could not be answered; the reason is in the log of the server');
  }

  /** What only time, or somebody else, can change. */
  #sweep(): void {
    this.#listening.step(this.#timers.monotonicMs());
    for (const session of this.#sessions) {
      const reason = this.#deps.isRevoked(session.identity) ? 'token-revoked' : session.overdue();
      if (reason !== null) session.close(reason);
      else {
        session.askAnew();
        session.pingIfQuiet();
      }
    }
    this.#gauge();
    this.#saveQuotas();
    this.#forgetCalmPaces();
    this.#cancelSweep = this.#timers.after(SWEEP_MS, () => this.#sweep());
  }

  #saveQuotas(): void {
    const nowMs = this.#timers.monotonicMs();
    if (nowMs - this.#quotasSavedMs < QUOTA_SAVE_MS) return;
    this.#quotasSavedMs = nowMs;
    for (const { quotas } of this.#districts.values()) void quotas.save();
  }

  #gauge(): void {
    for (const [district, { quotas }] of this.#districts) {
      const sessions = [...this.#sessions].filter((session) => session.districtId === district);
      const resting = sessions.filter((session) => session.resting);
      this.#deps.metrics.gauge('beatwatch_ingest_sockets', sessions.length, { district });
      this.#deps.metrics.gauge('beatwatch_ingest_resting_sockets', resting.length, { district });
      this.#deps.metrics.gauge('beatwatch_ingest_trackers_over_quota', quotas.over, { district });
    }
  }

  #forgetCalmPaces(): void {
    const nowMs = this.#timers.monotonicMs();
    for (const [key, { connects, frames }] of this.#paces)
      if (isFull(connects, CONNECT_RATE, nowMs) && frames.isCalm(nowMs)) this.#paces.delete(key);
  }

  async #shutDown(): Promise<void> {
    const districts = [...this.#districts.values()];
    for (const session of this.#sessions) session.drain();
    let cancelDeadline = (): void => undefined;
    const deadline = new Promise<void>((resolve) => {
      cancelDeadline = this.#timers.after(SHUTDOWN_DEADLINE_MS, resolve);
    });
    await Promise.race([Promise.all(districts.map(({ commit }) => commit.drain())), deadline]);
    await Promise.race([Promise.all(districts.map(({ quotas }) => quotas.save())), deadline]);
    for (const session of this.#sessions) session.close('shutdown');
    await Promise.race([this.#allEnded(), deadline]);
    cancelDeadline();
    this.#cancelSweep();
    for (const session of this.#sessions) session.terminate();
    for (const { stopListening } of districts) stopListening();
    this.#server.close();
    this.#gauge();
  }

  /** Sockets whose peer does not answer the close frame are cut by CLOSE_HANDSHAKE_MS. */
  async #allEnded(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.ended));
  }
}

function supersede(sessions: readonly TrackerSession[]): void {
  for (const session of sessions) session.close('superseded');
}

function isTokenFault(error: unknown): error is BeatwatchError {
  return error instanceof BeatwatchError && error.code.startsWith('token-');
}

/** Null when there is nothing to wait for. */
function tooHasty(waitMs: number): UpgradeRefusal | null {
  if (waitMs === 0) return null;
  return refused('rate-limited', `got too many requests in vain, of this address or this token; wait ${waitMs} ms`);
}

function tooManyConnects({ identity }: Admission): UpgradeRefusal {
  const got = `connections of ${identity.subject}: got more than ${MAX_CONNECTS_PER_S} a second`;
  return refused(
    'too-many-connects',
    `${got}, expected at most ${CONNECT_BURST} and then ${MAX_CONNECTS_PER_S} a second`,
  );
}

function retryAfterS(code: UpgradeRefusalCode): number | null {
  const { status } = UPGRADE_REFUSALS[code];
  if (status === 429) return Math.ceil(waitMs({ left: 0, atMs: 0 }, CONNECT_RATE, 1) / 1_000);
  return status >= 500 ? RETRY_AFTER_MS / 1_000 : null;
}

/** Before it has said who it is, a peer is known by its address. */
function addressOf(socket: Duplex): string {
  return 'remoteAddress' in socket ? String(socket.remoteAddress) : 'unknown';
}
