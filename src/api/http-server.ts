import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Door } from '../access/door.js';
import { MAX_CONNECTIONS } from '../access/limits.js';
import type { Metrics } from '../model/ports.js';
import { AnswerQueue } from './answer-queue.js';
import { CuttableRequest } from './cuttable-request.js';
import { type ErrorAnswer, rawHttpAnswer } from './errors.js';
import {
  ANSWER_STALL_MS,
  KEEP_ALIVE_MS,
  MAX_HEADER_BYTES,
  MAX_HEADER_MS,
  MAX_HEADERS,
  MAX_REQUEST_MS,
  REQUEST_CHECK_MS,
} from './limits.js';
import { shapeFault } from './request-shape.js';
import { UnsentAnswers } from './unsent-answers.js';

export interface HttpServerOptions {
  readonly answer: RequestListener;
  readonly door: Door;
  readonly metrics: Metrics;
  /** MAX_REQUEST_MS by default. */
  readonly requestMs?: number | undefined;
}

/**
 * The HTTP server below routes and sockets: what a connection may cost, whoever is behind it. A connection beyond a cap, or whose
 * reader takes nothing for ANSWER_STALL_MS, is cut.
 */
export function createHttpServer({ answer, door, metrics, requestMs = MAX_REQUEST_MS }: HttpServerOptions): Server {
  const cut = (reason: 'total' | 'address-rate' | 'pipelined' | 'unsent') => () =>
    metrics.count('beatwatch_api_connections_cut_total', 1, { reason });
  const queue = new AnswerQueue(answer, (socket) => {
    cut('pipelined')();
    door.punish(socket);
  });
  const unsent = new UnsentAnswers(cut('unsent'));
  const options = {
    IncomingMessage: CuttableRequest,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: Math.min(MAX_HEADER_MS, requestMs),
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(REQUEST_CHECK_MS, requestMs),
  };
  const server = createServer(options, (request, response) => {
    const fault = shapeFault(request);
    if (fault !== null) return end(request.socket, fault);
    unsent.watch(response);
    queue.take(request, response);
  });
  // One more than may be, so that it is seen.
  server.maxHeadersCount = MAX_HEADERS + 1;
  server.maxConnections = MAX_CONNECTIONS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.setTimeout(ANSWER_STALL_MS);
  server.on('drop', cut('total'));
  server.on('connection', (socket) => {
    if (!door.connect(socket)) cut('address-rate')();
  });
  server.on('upgrade', (request, socket, head) => {
    const fault = shapeFault(request);
    // An answer that is still on its way would run into the frames.
    if (queue.isBusy(request.socket)) socket.destroy();
    else if (fault !== null) end(socket, fault);
    else if (!server.emit(SOUND_UPGRADE, request, socket, head)) socket.destroy();
  });
  return server;
}

const SOUND_UPGRADE = 'sound-upgrade';

/** Hands over the requests to upgrade that are sound as HTTP. */
export function onUpgrade(
  server: Server,
  take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
): void {
  server.on(SOUND_UPGRADE, take);
}

function end(socket: Duplex, fault: ErrorAnswer): void {
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(rawHttpAnswer(fault));
}
