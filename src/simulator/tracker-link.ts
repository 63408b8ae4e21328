import { WebSocket } from 'ws';
import { BeatwatchError } from '../model/errors.js';
import { type BackOffLimits, backOffMs } from './back-off.js';
import { endByCloseCode, endByHttpStatus, type LinkEnd } from './link-end.js';
import type { Random } from './random.js';
import type { WallTime } from './wall-time.js';

export const TRACKER_SUBPROTOCOL = 'beatwatch.tracker.v1';

export interface TrackerLinkOptions {
  readonly url: string;
  readonly token: string;
  readonly tracker: string;
  readonly answerWithinMs: number;
  readonly backOff: BackOffLimits;
  readonly time: WallTime;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** What the link asks of its owner. None of them may throw. */
export interface TrackerLinkOwner {
  /** A frame came. True: it was the Welcome, and frames may be sent from now on. */
  receive(frame: Uint8Array): boolean;
  /** The link came to its Welcome: send again what waits. */
  welcomed(): void;
  /** When the oldest frame was sent that still waits for its answer; +∞ when none does. */
  oldestUnansweredMs(): number;
}

/**
 * Keeps one WebSocket open to the server: connects, waits with back-off when it fails, and connects again, until the
 * signal aborts or the server turns the tracker away. A frame sent while there is no link is not kept.
 */
export class TrackerLink {
  readonly #options: TrackerLinkOptions;
  readonly #owner: TrackerLinkOwner;
  #socket: WebSocket | null = null;

  constructor(options: TrackerLinkOptions, owner: TrackerLinkOwner) {
    this.#options = options;
    this.#owner = owner;
  }

  /** True between a Welcome and the end of that socket. */
  get connected(): boolean {
    return this.#socket !== null;
  }

  /** False: there is no link, nothing was sent. */
  send(frame: Uint8Array): boolean {
    if (this.#socket === null) return false;
    this.#socket.send(frame);
    return true;
  }

  /** Cuts the link without a close frame; `run` connects again. */
  drop(): void {
    this.#socket?.terminate();
  }

  /** Resolves when the signal aborts; rejects with `tracker-turned-away`. */
  async run(): Promise<void> {
    const { signal, random, backOff, time, tracker } = this.#options;
    let attempt = 0;
    while (!signal.aborted) {
      const { end, welcomed } = await this.#serveOneSocket();
      if (signal.aborted) return;
      if (end.kind === 'turned-away') {
        const message = `tracker ${tracker}: got ${end.detail}, expected a session; it will not be tried again`;
        throw new BeatwatchError('tracker-turned-away', message, { tracker, status: end.status });
      }
      if (welcomed) attempt = 0;
      const waitMs = Math.max(backOffMs(attempt, backOff, random), end.retryAfterMs);
      attempt += 1;
      await time.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  #serveOneSocket(): Promise<{ end: LinkEnd; welcomed: boolean }> {
    const { url, token, answerWithinMs, signal } = this.#options;
    const socket = new WebSocket(url, [TRACKER_SUBPROTOCOL], {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
      handshakeTimeout: answerWithinMs,
    });
    return new Promise((resolve) => {
      const served = new AbortController();
      const onAbort = (): void => socket.terminate();
      let welcomed = false;
      let httpEnd: LinkEnd | null = null;
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });

      socket.on('error', () => undefined); // a close event follows every error
      socket.on('unexpected-response', (request, response) => {
        httpEnd = endByHttpStatus(response.statusCode ?? 0, response.headers['retry-after']);
        response.resume();
        request.destroy();
        socket.terminate();
      });
      socket.on('open', () => void this.#watch(socket, served.signal));
      socket.on('message', (data: Buffer) => {
        // A later Welcome says that the server wants reports more or less often.
        if (!this.#owner.receive(data) || welcomed) return;
        welcomed = true;
        this.#socket = socket;
        this.#owner.welcomed();
      });
      socket.on('close', (code, reason) => {
        served.abort();
        signal.removeEventListener('abort', onAbort);
        if (this.#socket === socket) this.#socket = null;
        resolve({ end: httpEnd ?? endByCloseCode(code, reason.toString()), welcomed });
      });
    });
  }

  /** A socket on which nothing is answered in time is dead, even if TCP has not noticed. */
  async #watch(socket: WebSocket, served: AbortSignal): Promise<void> {
    const { time, answerWithinMs } = this.#options;
    const openedAtMs = time.nowMs();
    while (!served.aborted) {
      await time.sleep(answerWithinMs / 4, served).catch(() => undefined);
      const waitsSinceMs = this.#socket === socket ? this.#owner.oldestUnansweredMs() : openedAtMs;
      if (time.nowMs() - waitsSinceMs >= answerWithinMs) socket.terminate();
    }
  }
}
