import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpClock } from '../../../src/simulator/http-clock.js';
import { PLAN_LEAD_MS } from '../../../src/model/limits.js';
import { type Site, type SiteOptions, startSite } from '../site.js';

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

  /** Its clock stands at this instant. */
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

/**
 * Serves a district whose plan has been in force for so long, on a clock that goes as the machine's from then on: a server on a wall clock judges
 * nothing from before its first start.
 */
export async function startSiteOfAge(
  o: Omit<SiteOptions, 'virtualFromMs' | 'proxied'>,
  ageMs: number,
  children: ChildProcess[],
): Promise<{ readonly site: Site; readonly clock: SiteClock }> {
  const fromMs = Date.now() - ageMs - PLAN_LEAD_MS - STEP_MS;
  const site = await startSite({ ...o, proxied: true, virtualFromMs: fromMs });
  children.push(site.server);
  const clock = await SiteClock.of(site, fromMs);
  // More than once: it takes a while.
  for (let i = 0; i < 3; i += 1) await clock.goTo(Date.now());
  clock.start();
  return { site, clock };
}
