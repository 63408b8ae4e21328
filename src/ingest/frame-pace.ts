import { FRAME_BURST, MAX_FRAMES_PER_S, MAX_TOO_FAST_FRAMES } from './limits.js';
import { fullGate, type Gate, isFull, pass, type Rate, waitMs } from '../model/rate-gate.js';

const RATE: Rate = { burst: FRAME_BURST, perSecond: MAX_FRAMES_PER_S };

/** What a frame's arrival means: `too-fast` is refused, `persistent` closes the socket. */
export type Pace = 'in-time' | 'too-fast' | 'persistent';

/**
 * How fast the frames of one tracker come, over whatever sockets. Once one was too fast, all are until half of the burst is there again: a tracker
 * that is told to wait cannot squeeze in a frame now and then.
 */
export class FramePace {
  readonly #gate: Gate;
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  #framesInQuiet = 0;

  constructor(nowMs: number) {
    this.#gate = fullGate(RATE, nowMs);
  }

  /** A frame came. */
  next(nowMs: number): Pace {
    if (nowMs < this.#quietUntilMs) {
      this.#framesInQuiet += 1;
      return this.#framesInQuiet > MAX_TOO_FAST_FRAMES ? 'persistent' : 'too-fast';
    }
    if (pass(this.#gate, RATE, nowMs)) return 'in-time';
    this.#quietUntilMs = nowMs + waitMs(this.#gate, RATE, FRAME_BURST / 2);
    this.#framesInQuiet = 0;
    return 'too-fast';
  }

  /** True when it is as if no frame had ever come. */
  isCalm(nowMs: number): boolean {
    return nowMs >= this.#quietUntilMs && isFull(this.#gate, RATE, nowMs);
  }

  /** How long a tracker that was too fast must wait from now, at least 1 ms. */
  retryAfterMs(nowMs: number): number {
    return Math.max(1, Math.ceil(this.#quietUntilMs - nowMs));
  }
}
