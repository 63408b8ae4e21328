import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { MAX_PIPELINED_REQUESTS } from './limits.js';

type Waiting = readonly [IncomingMessage, ServerResponse<IncomingMessage>];

/** One connection: whether a request of it is being answered, and those that came behind it. */
interface Line {
  busy: boolean;
  readonly waiting: Waiting[];
}

/**
 * Answers the requests of a connection one after another: the next is looked at when the system has taken the answer before it,
 * so that who does not read gets no more made. A connection with more than MAX_PIPELINED_REQUESTS waiting is cut.
 */
export class AnswerQueue {
  readonly #lines = new WeakMap<Socket, Line>();
  readonly #answer: RequestListener;
  readonly #onCut: (socket: Socket) => void;

  constructor(answer: RequestListener, onCut: (socket: Socket) => void) {
    this.#answer = answer;
    this.#onCut = onCut;
  }

  take(request: IncomingMessage, response: ServerResponse<IncomingMessage>): void {
    const { socket } = request;
    if (socket.destroyed) return;
    const line = this.#lines.get(socket) ?? { busy: false, waiting: [] };
    this.#lines.set(socket, line);
    if (!line.busy) return this.#begin(line, [request, response]);
    if (line.waiting.length < MAX_PIPELINED_REQUESTS) {
      line.waiting.push([request, response]);
      return;
    }
    line.waiting.length = 0;
    this.#onCut(socket);
    socket.destroy();
  }

  /** Whether an answer on this connection is not taken yet. */
  isBusy(socket: Socket): boolean {
    return this.#lines.get(socket)?.busy ?? false;
  }

  #begin(line: Line, [request, response]: Waiting): void {
    line.busy = true;
    response.once('close', () => {
      line.busy = false;
      const next = line.waiting.shift();
      if (next !== undefined && !request.socket.destroyed) this.#begin(line, next);
    });
    this.#answer(request, response);
  }
}
