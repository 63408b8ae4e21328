import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../model/errors.js';
import { Follower, type FollowerOptions } from './follower.js';
import type { NoticeStore } from './notice-store.js';
import { Sender, type SenderOptions } from './sender.js';

/** How often it is looked whether the log has come further, and whether a channel has something to send. */
const LOOK_MS = 250;
const COUNT_MS = 5_000;
/** After a failure, such as of Redis, it is tried again after this. */
const AGAIN_MS = 1_000;
/** The server is not ready when a channel has taken nothing for so long though there was something to send, or the alerts are not followed. */
export const FAILING_MS = 300_000;
const FOLLOW_FAILING_MS = 60_000;

export interface NotifierOptions
  extends Omit<FollowerOptions, 'store' | 'timeZone'>,
    Omit<SenderOptions, 'store' | 'signal'> {
  readonly store: NoticeStore;
}

/** Who is told of the alerts of one district: follows them, and sends what falls due, over each channel for itself. */
export class Notifier {
  readonly #o: NotifierOptions;
  readonly #stop = new AbortController();
  readonly #senders = new Map<string, Sender>();
  readonly #running: Promise<void>[] = [];
  #followFault: { readonly sinceMs: number; readonly detail: string } | null = null;

  constructor(o: NotifierOptions) {
    this.#o = o;
  }

  start(): void {
    const follower = new Follower({ ...this.#o, timeZone: () => this.#o.about().timeZone });
    this.#running.push(
      this.#keep('the alerts cannot be followed', async () => ((await follower.look()) ? 0 : LOOK_MS), {
        failed: (detail) => {
          this.#followFault = { sinceMs: this.#followFault?.sinceMs ?? performance.now(), detail };
        },
        went: () => {
          this.#followFault = null;
        },
      }),
      this.#keep('the channels cannot be read', async () => await this.#lookForChannels()),
    );
  }

  /** Whether people are told, and what stands in the way. */
  describe(): { readonly ok: boolean; readonly detail: string } {
    const fault = this.#followFault;
    if (fault !== null && performance.now() - fault.sinceMs >= FOLLOW_FAILING_MS)
      return { ok: false, detail: `nobody is told of new alerts: ${fault.detail}` };
    const failing = [...this.#senders].flatMap(([channel, { health }]) =>
      health.failingSinceMs === null
        ? []
        : [{ channel, code: health.code, forMs: performance.now() - health.failingSinceMs }],
    );
    const words = failing.map(
      ({ channel, code, forMs }) => `${channel} took nothing for ${Math.round(forMs / 1_000)} s (${code})`,
    );
    const ok = !failing.some(({ forMs }) => forMs >= FAILING_MS);
    return { ok, detail: words.length === 0 ? `${this.#senders.size} channels in use` : words.join('; ') };
  }

  /** Breaks off what is under way: it is sent again with the same id. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  /** Every channel that has notices gets a sender, whether the configuration has it or not: what cannot be sent must be told. */
  async #lookForChannels(): Promise<number> {
    const { store, district, metrics } = this.#o;
    const channels = await store.channels();
    for (const { channel } of channels) {
      if (this.#senders.has(channel)) continue;
      const sender = new Sender(channel, { ...this.#o, signal: this.#stop.signal });
      this.#senders.set(channel, sender);
      this.#running.push(
        this.#keep(`notices to ${channel} cannot be sent`, async () => {
          const waitMs = await sender.sendNext();
          return waitMs === 0 ? 0 : Math.min(waitMs ?? LOOK_MS, LOOK_MS);
        }),
      );
    }
    metrics.gauge(
      'beatwatch_notices_waiting',
      channels.reduce((sum, { waiting }) => sum + waiting, 0),
      { district },
    );
    return this.#senders.size === 0 ? LOOK_MS : Math.min(COUNT_MS, 4 * LOOK_MS);
  }

  /** Does something again and again, each time after what it answers, ms. A failure is told, and tried again. */
  async #keep(
    what: string,
    task: () => Promise<number>,
    on: { readonly failed?: (detail: string) => void; readonly went?: () => void } = {},
  ): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      let pauseMs = AGAIN_MS;
      try {
        pauseMs = await task();
        on.went?.();
      } catch (error) {
        if (signal.aborted) return;
        on.failed?.(messageOf(error));
        this.#o.logger.warn({ district: this.#o.district, error: messageOf(error) }, what);
      }
      if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
