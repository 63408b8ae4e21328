import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { authorize, PERMISSIONS } from '../../access/permissions.js';
import { redeemTicket } from '../../access/tickets.js';
import { BeatwatchError, messageOf } from '../../model/errors.js';
import { LIVE_CLOSE_BYTES, LIVE_COALESCE_BYTES } from '../../model/limits.js';
import type { Identity } from '../../model/roles.js';
import { LIVE_SUBPROTOCOL } from '../../protocol/live-socket.js';
import { identify, isTokenFault, refuseHaste, refuseRevoked } from '../authenticate.js';
import { knownDistrict } from '../context.js';
import type { ApiDeps, ApiDistrict } from '../deps.js';
import { answerOf, apiError, rawHttpAnswer } from '../errors.js';
import {
  LIVE_CLOSE_HANDSHAKE_MS,
  LIVE_PING_MS,
  LIVE_SHUTDOWN_MS,
  LIVE_SWEEP_MS,
  MAX_LIVE_FRAGMENTS,
  MAX_LIVE_MESSAGE_BYTES,
  MAX_LIVE_SOCKETS,
  MAX_LIVE_SOCKETS_PER_TOKEN,
  MAX_PURPOSE_CHARS,
} from '../limits.js';
import { Turns } from '../turns.js';
import { headerText, type RequestFault, requestInvalid } from '../validation.js';
import { LiveFeed } from './live-feed.js';
import { refuseUnknownFilter } from './live-filter.js';
import { type LiveRequest, parseLiveQuery } from './live-query.js';
import { LiveSession } from './live-session.js';
import { Tally } from './tally.js';

export interface LiveServerOptions {
  readonly coalesceBytes?: number;
  readonly closeBytes?: number;
  readonly pingMs?: number;
}

/** @types/ws lacks closeTimeout and maxFragments. */
const SOCKET_OPTIONS: ServerOptions & { readonly closeTimeout: number; readonly maxFragments: number } = {
  noServer: true,
  maxPayload: MAX_LIVE_MESSAGE_BYTES,
  perMessageDeflate: false,
  clientTracking: false,
  closeTimeout: LIVE_CLOSE_HANDSHAKE_MS,
  maxFragments: MAX_LIVE_FRAGMENTS,
  // The session answers pings, at its own pace and with its own close code.
  autoPong: false,
  handleProtocols: (offered) => (offered.has(LIVE_SUBPROTOCOL) ? LIVE_SUBPROTOCOL : false),
};

interface Admission {
  readonly district: ApiDistrict;
  readonly identity: Identity;
  readonly request: LiveRequest;
}

type ParsedLive = ReturnType<typeof parseLiveQuery>;

const LIVE_PATH = /^\/v1\/districts\/([^/]{1,64})\/live$/;

/** The supervisors' sockets of all districts. Whoever owns the HTTP server hands it the upgrades. */
export class LiveServer {
  readonly #deps: ApiDeps;
  readonly #options: LiveServerOptions;
  readonly #sockets = new WebSocketServer(SOCKET_OPTIONS);
  readonly #turns = new Turns();
  readonly #feeds = new Map<string, LiveFeed>();
  readonly #sessions = new Set<LiveSession>();
  readonly #byToken = new Tally();
  readonly #byDistrict = new Tally();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #sweeping: NodeJS.Timeout;
  readonly #pingMs: number;
  #beatMs = performance.now();
  #closing = false;

  constructor(deps: ApiDeps, options: LiveServerOptions = {}) {
    this.#deps = deps;
    this.#options = options;
    this.#pingMs = options.pingMs ?? LIVE_PING_MS;
    this.#heartbeat = setInterval(() => this.#beat(), this.#pingMs);
    this.#sweeping = setInterval(() => this.#sweep(), LIVE_SWEEP_MS);
  }

  /** Takes over the socket: it becomes a live session, or gets an HTTP error of the usual shape. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A peer may go away at any time before ws takes care of the socket.
    const onError = () => socket.destroy();
    socket.on('error', onError);
    this.#admit(request).then(
      (admission) => {
        socket.off('error', onError);
        this.#deps.door.know(request.socket);
        if (socket.destroyed) return;
        if (this.#closing) return refuse(socket, shuttingDown());
        this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#begin(webSocket, socket, admission));
      },
      (error: unknown) => {
        if (!(error instanceof BeatwatchError)) {
          this.#deps.logger.error({ error: messageOf(error) }, 'an upgrade to a live socket failed');
        }
        refuse(socket, error);
      },
    );
  }

  /** Closes all sockets with 1001 and waits until each is gone and its end recorded. */
  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#heartbeat);
    clearInterval(this.#sweeping);
    const sessions = [...this.#sessions];
    for (const session of sessions) session.close('going-away');
    const ended = Promise.allSettled(sessions.map((session) => session.ended));
    const deadline = new AbortController();
    await Promise.race([ended, sleep(LIVE_SHUTDOWN_MS, undefined, { signal: deadline.signal }).catch(() => undefined)]);
    deadline.abort();
    for (const session of sessions) session.cut();
    await ended;
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
    this.#sockets.close();
  }

  async #admit(request: IncomingMessage): Promise<Admission> {
    if (this.#closing) throw shuttingDown();
    const { id, live } = this.#read(request);
    // A whole shift comes back in one instant; what a tracker reports meanwhile is not behind them all.
    await this.#turns.take();
    const identity = await this.#identify(request, live.ticket);
    const district = this.#permit(identity, id, live);
    const purpose = live.purpose ?? purposeOf(request.headers['x-purpose']);
    return { district, identity, request: { ...live, purpose } };
  }

  /** What the request says, before anybody is asked who sent it. */
  #read(request: IncomingMessage): { readonly id: string; readonly live: ParsedLive } {
    try {
      return this.#parse(request);
    } catch (error) {
      refuseHaste(this.#deps.door.refuseStranger(request));
      throw error;
    }
  }

  #parse(request: IncomingMessage): { readonly id: string; readonly live: ParsedLive } {
    const [path = '', ...query] = (request.url ?? '').split('?');
    const id = LIVE_PATH.exec(path)?.[1];
    if (id === undefined) {
      throw apiError('route-unknown', `got a socket for ${path.slice(0, 200)}, expected /v1/districts/:district/live`);
    }
    this.#checkOrigin(request.headers);
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(LIVE_SUBPROTOCOL)) {
      throw apiError(
        'subprotocol-missing',
        `got subprotocols [${offered.join(', ')}], expected ${LIVE_SUBPROTOCOL} among them`,
      );
    }
    return { id, live: parseLiveQuery(new URLSearchParams(query.join('?'))) };
  }

  async #identify(request: IncomingMessage, ticket: string | null): Promise<Identity> {
    const { door, tickets, clock } = this.#deps;
    if (request.headers.authorization !== undefined || ticket === null) return await identify(this.#deps, request);
    refuseHaste(door.strangerWaitMs(request));
    try {
      const identity = await redeemTicket(tickets, ticket, clock.nowMs());
      await this.#deps.learnRevocations(identity);
      refuseRevoked(this.#deps, identity);
      return identity;
    } catch (error) {
      if (isTokenFault(error)) refuseHaste(door.refuseStranger(request));
      throw error;
    }
  }

  /** What a good token may not do counts against it. */
  #permit(identity: Identity, id: string, { filter }: ParsedLive): ApiDistrict {
    try {
      authorize(identity, PERMISSIONS.live, id);
      const district = knownDistrict(this.#deps, identity, id);
      refuseUnknownFilter(district, filter);
      this.#checkRoom(identity);
      return district;
    } catch (error) {
      refuseHaste(this.#deps.door.refuseToken(identity.tokenId));
      throw error;
    }
  }

  /** Browsers always say the page's origin; other programs need not. The server's own page is one that it serves itself. */
  #checkOrigin({ origin, host }: IncomingHttpHeaders): void {
    const { allowedOrigins } = this.#deps;
    if (origin === undefined || allowedOrigins.includes(origin)) return;
    if (origin === `http://${host}` || origin === `https://${host}`) return;
    throw apiError(
      'origin-refused',
      `got origin ${origin.slice(0, 200)}, expected ${allowedOrigins.join(' or ') || 'none'}`,
      {
        got: origin.slice(0, 200),
      },
    );
  }

  #checkRoom({ tokenId }: Identity): void {
    const own = this.#byToken.of(tokenId);
    if (own < MAX_LIVE_SOCKETS_PER_TOKEN && this.#sessions.size < MAX_LIVE_SOCKETS) return;
    const message = `this token has ${own} live sockets open (at most ${MAX_LIVE_SOCKETS_PER_TOKEN}), and this process ${this.#sessions.size} (at most ${MAX_LIVE_SOCKETS}); close some, or try again later`;
    throw apiError('too-many-sockets', message);
  }

  #begin(socket: WebSocket, stream: Duplex, { district, identity, request }: Admission): void {
    const { metrics, logger, clock } = this.#deps;
    const feed = this.#feedOf(district);
    const session = new LiveSession({
      socket,
      stream,
      district,
      feed,
      identity,
      purpose: request.purpose,
      filter: request.filter,
      after: request.after,
      metrics,
      logger,
      coalesceBytes: this.#options.coalesceBytes ?? LIVE_COALESCE_BYTES,
      closeBytes: this.#options.closeBytes ?? LIVE_CLOSE_BYTES,
    });
    const expiry = setTimeout(() => session.close('token-expired'), identity.expiresAtMs - clock.nowMs());
    this.#sessions.add(session);
    this.#byToken.add(identity.tokenId);
    this.#byDistrict.add(district.id);
    this.#tellSockets(district.id);
    void session.ended.then(() => {
      clearTimeout(expiry);
      this.#sessions.delete(session);
      this.#byToken.remove(identity.tokenId);
      this.#byDistrict.remove(district.id);
      this.#tellSockets(district.id);
      if (!feed.isIdle) return;
      feed.close();
      if (this.#feeds.get(district.id) === feed) this.#feeds.delete(district.id);
    });
  }

  #feedOf(district: ApiDistrict): LiveFeed {
    const known = this.#feeds.get(district.id);
    if (known !== undefined && !known.failed) return known;
    const feed = new LiveFeed(district, this.#deps.logger);
    this.#feeds.set(district.id, feed);
    return feed;
  }

  #beat(): void {
    const nowMs = performance.now();
    // This process stood still: the answers to the last ping may wait unread.
    const late = nowMs - this.#beatMs > 1.5 * this.#pingMs;
    this.#beatMs = nowMs;
    for (const session of this.#sessions) session.heartbeat(late);
  }

  #sweep(): void {
    for (const session of this.#sessions) {
      if (this.#deps.isRevoked(session.identity)) session.close('token-revoked');
    }
  }

  #tellSockets(district: string): void {
    this.#deps.metrics.gauge('beatwatch_live_sockets', this.#byDistrict.of(district), { district });
  }
}

/** Throws code `request-invalid`. */
function purposeOf(header: string | readonly string[] | undefined): string | null {
  if (typeof header !== 'string') return null;
  const faults: RequestFault[] = [];
  const text = headerText('x-purpose', header, faults);
  if (text !== null && text.length > MAX_PURPOSE_CHARS) {
    const expected = `at most ${MAX_PURPOSE_CHARS} characters`;
    faults.push({ path: 'header/x-purpose', got: `${text.length} characters`, expected });
  }
  if (faults.length > 0) throw requestInvalid(faults);
  return text;
}

function shuttingDown() {
  return apiError('shutting-down', 'this process is shutting down; connect again, or connect to another process');
}

function refuse(socket: Duplex, error: unknown): void {
  if (!socket.writable) return void socket.destroy();
  // A peer that does not read its answer must not hold the socket.
  socket.once('finish', () => socket.destroy());
  socket.end(rawHttpAnswer(answerOf(error, '')));
}
