import { WebSocket } from 'ws';
import type { PositionRecord } from '../model/hot.js';
import { messageOf } from '../model/errors.js';
import type { WordedAlert } from '../protocol/words/worded-alert.js';
import { backOffMs } from './back-off.js';
import { createRandom } from './random.js';
import { machineTime, type WallTime } from './wall-time.js';

/** An alert as the live socket tells it: its version with its sentence. */
export type ToldAlert = WordedAlert & { readonly type: 'alert' };

export interface SupervisorOptions {
  /** `ws://host:port/v1/districts/<district>/live`. */
  readonly url: string;
  readonly token: string;
  readonly onAlert: (alert: ToldAlert) => void;
  /** Where units are: all of them at first, then those that changed. */
  readonly onPositions?: (positions: readonly PositionRecord[]) => void;
  /** What the server said when it could not go on where this client stood. */
  readonly onResync?: (message: unknown) => void;
  readonly time?: WallTime;
  readonly seed?: number;
}

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
  #lastTransition = 0;
  #seen = 0;
  #lastError = '';

  constructor(options: SupervisorOptions) {
    this.#o = options;
    this.#time = options.time ?? machineTime;
    this.#random = createRandom(options.seed ?? 0);
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
      const url = `${this.#o.url}?after=${this.#lastTransition}`;
      const socket = new WebSocket(url, 'beatwatch.live.v1', { headers: { authorization: `Bearer ${this.#o.token}` } });
      let opened = false;
      this.#socket = socket;
      socket.on('open', () => {
        opened = true;
        if (this.#closed) socket.close();
      });
      socket.on('message', (data: Buffer) => this.#hear(data.toString('utf8')));
      socket.on('error', (error) => {
        this.#lastError = messageOf(error);
      });
      socket.on('close', (code, reason) => {
        if (opened) this.#lastError = `${code} ${String(reason)}`;
        resolve(opened);
      });
    });
  }

  #hear(text: string): void {
    const message = JSON.parse(text) as { readonly type: string; readonly positions?: readonly PositionRecord[] };
    if (message.positions !== undefined) this.#o.onPositions?.(message.positions);
    if (message.type === 'resync') this.#o.onResync?.(message);
    if (message.type !== 'alert') return;
    const alert = message as ToldAlert;
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
