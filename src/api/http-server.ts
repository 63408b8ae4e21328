import { createServer, type RequestListener, type Server } from 'node:http';
import type { Door } from '../access/door.js';
import { MAX_CONNECTIONS } from '../access/limits.js';
import type { Metrics } from '../model/ports.js';
import { AnswerQueue } from './answer-queue.js';
import { ANSWER_STALL_MS, KEEP_ALIVE_MS, MAX_HEADER_BYTES } from './limits.js';
import { UnsentAnswers } from './unsent-answers.js';

export interface HttpServerOptions {
  readonly answer: RequestListener;
  readonly door: Door;
  readonly metrics: Metrics;
}

/**
 * The HTTP server below routes and sockets: what a connection may cost, whoever is behind it. A connection beyond a cap, or whose
 * reader takes nothing for ANSWER_STALL_MS, is cut.
 */
export function createHttpServer({ answer, door, metrics }: HttpServerOptions): Server {
  const cut = (reason: 'total' | 'address-rate' | 'pipelined' | 'unsent') => () =>
    metrics.count('beatwatch_api_connections_cut_total', 1, { reason });
  const queue = new AnswerQueue(answer, (socket) => {
    cut('pipelined')();
    door.punish(socket);
  });
  const unsent = new UnsentAnswers(cut('unsent'));
  const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (request, response) => {
    unsent.watch(response);
    queue.take(request, response);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.setTimeout(ANSWER_STALL_MS);
  server.on('drop', cut('total'));
  server.on('connection', (socket) => {
    if (!door.connect(socket)) cut('address-rate')();
  });
  // An answer that is still on its way would run into the frames.
  server.prependListener('upgrade', (_request, socket) => {
    if (queue.isBusy(socket as never)) socket.destroy();
  });
  return server;
}
