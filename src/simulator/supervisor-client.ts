import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { messageOf } from '../model/errors.js';
import type { PositionRecord } from '../model/hot.js';
import { LIVE_CLOSE_CODES } from '../protocol/live-close-codes.js';
import { LIVE_SUBPROTOCOL, type LiveMessage } from '../protocol/live-socket.js';
import { backOffMs } from './back-off.js';
import { createRandom } from './random.js';
import { machineTime, type WallTime } from './wall-time.js';

/** An alert as the live socket tells it. */
export type ToldAlert = Extract<LiveMessage, { type: 'alert' }>;

export interface SupervisorOptions {
  /** `ws://host:port/v1/districts/<district>/live`. */
  readonly url: string;
  readonly token: string;
  readonly onAlert: (alert: ToldAlert) => void;
  /** Where units are: all of them at first, then those that changed. */
  readonly onPositions?: (positions: readonly PositionRecord[]) => void;
  /** What the server said when it could not go on where this client stood. */
  readonly onResync?: (message: Extract<LiveMessage, { type: 'resync' }>) => void;
  /** Every message, before what is said of it above. */
  readonly onMessage?: (message: LiveMessage) => void;
  /** A link opened (null), or ended or did not open and why; the client goes on by itself. */
  readonly onLink?: (trouble: string | null) => void;
  /** The server said no for good: a token, a district or a filter that it does not take. The client has ended. */
  readonly onRefused?: (why: string) => void;
  /** Alerts above this transition are told; null: those from now on, after a snapshot. 0 unless given: all there are. */
  readonly after?: number | null;
  /** Filters and purpose, as the live socket takes them. */
  readonly query?: Readonly<Record<string, string>>;
  readonly time?: WallTime;
  readonly seed?: number;
}

/** Statuses of a refused upgrade, and close codes, after which the same again is refused again. */
const FOR_GOOD: ReadonlySet<number> = new Set([
  ...[400, 401, 403, 404],
  LIVE_CLOSE_CODES['message-invalid'].code,
  LIVE_CLOSE_CODES['token-expired'].code,
  LIVE_CLOSE_CODES['token-revoked'].code,
]);

const BACK_OFF = { firstMs: 50, longestMs: 2_000 };

/**
 * A supervisor who never misses a transition: follows the live socket, and after every broken link resumes behind the last
 * one that it saw. Each transition is told once, in order.
 */
export class SupervisorClient {
  readonly #o: SupervisorOptions;
  readonly #time: WallTime;
  readonly #random;
  #socket: WebSocket | null = null;
  #closed = false;
  #ended: Promise<void>;
  #waiters: { readonly transition: number; readonly resolve: () => void }[] = [];
  #lastTransition: number;
  /** Null: nothing was told yet, and the first snapshot says where to begin. */
  #after: number | null;
  #seen = 0;
  #lastError = '';

  constructor(options: SupervisorOptions) {
    this.#o = options;
    this.#time = options.time ?? machineTime;
    this.#random = createRandom(options.seed ?? 0);
    this.#after = options.after === undefined ? 0 : options.after;
    this.#lastTransition = this.#after ?? 0;
    this.#ended = this.#follow();
  }

  /** Transitions that were told. */
  get seen(): number {
    return this.#seen;
  }

  get lastTransition(): number {
    return this.#lastTransition;
  }

  /** Why the last link ended; empty while none did. */
  get lastError(): string {
    return this.#lastError;
  }

  /** Resolves once this transition was told. */
  untilTold(transition: number): Promise<void> {
    if (this.#lastTransition >= transition) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ transition, resolve }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#socket?.close();
    await this.#ended;
  }

  async #follow(): Promise<void> {
    for (let attempt = 0; !this.#closed; attempt += 1) {
      const opened = await this.#oneLink();
      if (opened) attempt = 0;
      if (!this.#closed) await this.#time.sleep(backOffMs(attempt, BACK_OFF, this.#random)).catch(() => undefined);
    }
  }

  /** One socket from its opening to its end; whether it opened. */
  #oneLink(): Promise<boolean> {
    return new Promise((resolve) => {
      const query = new URLSearchParams(this.#o.query);
      if (this.#after !== null) query.set('after', String(this.#lastTransition));
      const url = query.size === 0 ? this.#o.url : `${this.#o.url}?${query.toString()}`;
      const socket = new WebSocket(url, LIVE_SUBPROTOCOL, { headers: { authorization: `Bearer ${this.#o.token}` } });
      let [opened, answered] = [false, false];
      this.#socket = socket;
      socket.on('open', () => {
        opened = true;
        this.#o.onLink?.(null);
        if (this.#closed) socket.close();
      });
      socket.on('message', (data: Buffer) => this.#hear(data.toString('utf8')));
      socket.on('error', (error) => {
        // What the server answered says more than that there is no socket.
        if (!answered) this.#lastError = messageOf(error);
      });
      if (this.#o.onRefused !== undefined) {
        socket.on('unexpected-response', (_request, response) => {
          answered = true;
          void readText(response).then((text) => {
            this.#lastError = text;
            if (FOR_GOOD.has(response.statusCode ?? 0)) this.#refuse(text);
            socket.terminate();
          });
        });
      }
      socket.on('close', (code, reason) => {
        if (opened) this.#lastError = `${code} ${String(reason)}`;
        if (!this.#closed) this.#o.onLink?.(this.#lastError);
        if (FOR_GOOD.has(code)) this.#refuse(this.#lastError);
        resolve(opened);
      });
    });
  }

  #refuse(why: string): void {
    if (this.#o.onRefused === undefined || this.#closed) return;
    this.#closed = true;
    this.#o.onRefused(why);
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as LiveMessage;
    this.#o.onMessage?.(message);
    if (message.type === 'snapshot') {
      this.#after ??= message.lastAlert;
      this.#lastTransition = Math.max(this.#lastTransition, this.#after);
    }
    if (message.type === 'snapshot' || message.type === 'positions') this.#o.onPositions?.(message.positions);
    if (message.type === 'resync') this.#o.onResync?.(message);
    if (message.type === 'alert') this.#tell(message);
  }

  #tell(alert: ToldAlert): void {
    if (alert.transition <= this.#lastTransition) return;
    this.#lastTransition = alert.transition;
    this.#seen += 1;
    this.#o.onAlert(alert);
    this.#waiters = this.#waiters.filter(({ transition, resolve }) => {
      if (transition > this.#lastTransition) return true;
      resolve();
      return false;
    });
  }
}

/** The body of an answer, or what went wrong while it came. */
async function readText(response: IncomingMessage): Promise<string> {
  try {
    let text = '';
    for await (const part of response) text += String(part);
    return text;
  } catch (error) {
    return messageOf(error);
  }
}
