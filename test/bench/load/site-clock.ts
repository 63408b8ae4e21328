import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpClock } from '../../../src/simulator/http-clock.js';
import type { Site } from '../site.js';

/** A longer step of the log's time is an outage. */
const STEP_MS = 8_000;
const EVERY_MS = 1_000;

/** Moves the virtual clock of a site. */
export class SiteClock {
  readonly #set: (nowMs: number) => Promise<void>;
  #nowMs: number;
  #timer: NodeJS.Timeout | undefined;

  private constructor(set: (nowMs: number) => Promise<void>, nowMs: number) {
    this.#set = set;
    this.#nowMs = nowMs;
  }

  static async of({ url, district, token }: Site, nowMs: number): Promise<SiteClock> {
    return new SiteClock(createHttpClock({ serverUrl: url, district, token: await token('admin', 'clock') }), nowMs);
  }

  /** Goes on to this instant, without an outage. */
  async goTo(toMs: number): Promise<void> {
    while (this.#nowMs < toMs) {
      this.#nowMs = Math.min(toMs, this.#nowMs + STEP_MS);
      await this.#set(this.#nowMs);
    }
  }

  /** From now on the clock goes at the pace of the machine's, whether the engine follows or not. */
  start(): void {
    const [startedMs, fromMs] = [performance.now(), this.#nowMs];
    this.#timer = setInterval(() => {
      this.#nowMs = Math.round(fromMs + performance.now() - startedMs);
      this.#set(this.#nowMs).catch(() => undefined);
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Goes on by a second, and resolves when the engine has passed it. */
  async untilPassed(): Promise<void> {
    this.#nowMs += EVERY_MS;
    for (;;) {
      const passed = await this.#set(this.#nowMs).then(
        () => true,
        () => false,
      );
      if (passed) return;
      await sleep(10);
    }
  }
}
