import type { Clock, Logger, Metrics } from '../model/ports.js';
import { MAX_SLEW_MS, type WallClock } from '../ops/clock.js';
import type { Staleness } from '../model/staleness.js';
import type { CheckResult } from '../ops/readiness.js';
import { CLOCK_DIFFERENCE_MS } from '../redis/check.js';

/** A step of the machine's clock is taken over when Redis's clock has agreed with it at so many looks in a row. */
const AGREEING_LOOKS = 5;

export interface ClockWatchOptions {
  readonly clock: Clock | WallClock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * Compares this process's clock with the machine's and with Redis's (T2). It follows small differences by itself; a step of the
 * machine's clock is told, and taken over without a restart once Redis's clock has agreed with it for a while.
 */
export class ClockWatch {
  readonly #o: ClockWatchOptions;
  #agreeing = 0;
  #fault: Staleness | null = null;

  constructor(options: ClockWatchOptions) {
    this.#o = options;
  }

  /** What is wrong with this process's clock, or null: then no time of it may be logged. */
  get fault(): Staleness | null {
    return this.#fault;
  }

  /** `redisMs`: Redis's clock minus ours; null with a virtual clock, or when Redis was not asked. */
  look(redisMs: number | null): void {
    const { clock, logger, metrics } = this.#o;
    if (redisMs === null) return;
    metrics.gauge('beatwatch_clock_difference_ms', redisMs);
    const isWrong = Math.abs(redisMs) > CLOCK_DIFFERENCE_MS;
    const before = this.#fault;
    this.#fault = isWrong ? faultOf(redisMs, before?.sinceMs ?? clock.nowMs() + redisMs) : null;
    if (before === null && this.#fault !== null) logger.error({ redisMs }, this.#fault.detail);
    if (before !== null && this.#fault === null) logger.info({ redisMs }, 'the clock is right again');
    const driftMs = driftOf(clock);
    const agree = isWrong && Math.abs(driftMs) > MAX_SLEW_MS && Math.abs(driftMs - redisMs) <= CLOCK_DIFFERENCE_MS;
    this.#agreeing = agree ? this.#agreeing + 1 : 0;
    if (this.#agreeing < AGREEING_LOOKS || !('step' in clock)) return;
    this.#agreeing = 0;
    this.#fault = null;
    const steppedMs = clock.step();
    logger.warn(
      { steppedMs },
      "the machine's clock has stepped, and Redis's clock agrees with it: the server uses the new time",
    );
  }

  describe(): CheckResult {
    const { clock } = this.#o;
    const driftMs = driftOf(clock);
    const detail = `${clock.kind} clock, ${Math.round(driftMs)} ms from the machine's`;
    if (this.#fault !== null) return { ok: false, detail: `${detail}; ${this.#fault.detail}` };
    return { ok: Math.abs(driftMs) <= MAX_SLEW_MS, detail };
  }
}

function faultOf(redisMs: number, sinceMs: number): Staleness {
  const detail = `got Redis's clock ${redisMs} ms from this server's, expected within ${CLOCK_DIFFERENCE_MS} ms: set both clocks by NTP; this server logs no time until they agree`;
  return { reason: 'clock', sinceMs, detail };
}

function driftOf(clock: Clock | WallClock): number {
  return 'driftMs' in clock ? clock.driftMs() : 0;
}
