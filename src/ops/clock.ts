import { BeatwatchError } from '../model/errors.js';
import type { Clock, VirtualClock } from '../model/ports.js';

/** The machine's clock may be this far from the anchored one, and is followed by slewing; further, it has stepped. */
export const MAX_SLEW_MS = 2_000;
/** How fast a slewing clock comes nearer: 1 s in 20 s, so that it never stands still or goes back. */
const SLEW_RATIO = 0.05;

/** What a wall clock is made of. */
export interface ClockSources {
  /** The machine's wall clock, ms. */
  readonly machineMs: () => number;
  /** Never steps, ms. */
  readonly monotonicMs: () => number;
}

/** Wall time that a step of the machine's clock does not move (T2). */
export interface WallClock extends Clock {
  readonly kind: 'wall';
  /** Machine's clock minus this one, ms. */
  driftMs(): number;
  /** Takes the machine's time at once, whichever way; answers by how much it stepped, ms. The one way in which it may go back. */
  step(): number;
}

const MACHINE: ClockSources = { machineMs: () => Date.now(), monotonicMs: () => performance.now() };

/**
 * Wall time, anchored once and moved by the monotonic clock. Small differences to the machine's clock are slewed away, so that NTP
 * is followed for months; a larger one is a step, which moves nothing until `step` takes it over.
 */
export function createWallClock({ machineMs, monotonicMs }: ClockSources = MACHINE): WallClock {
  let atMonotonicMs = monotonicMs();
  let nowMs = machineMs();
  const advance = (): number => {
    const monotonic = monotonicMs();
    const elapsedMs = Math.max(0, monotonic - atMonotonicMs);
    atMonotonicMs = monotonic;
    nowMs += elapsedMs;
    const driftMs = machineMs() - nowMs;
    const mostMs = elapsedMs * SLEW_RATIO;
    if (Math.abs(driftMs) <= MAX_SLEW_MS) nowMs += Math.max(-mostMs, Math.min(mostMs, driftMs));
    return nowMs;
  };
  return {
    kind: 'wall',
    nowMs: () => Math.floor(advance()),
    driftMs: () => {
      const ours = advance();
      return machineMs() - ours;
    },
    step: () => {
      const steppedMs = machineMs() - advance();
      nowMs += steppedMs;
      return Math.round(steppedMs);
    },
  };
}

export function createVirtualClock(startMs: number): VirtualClock {
  let now = startMs;
  return {
    kind: 'virtual',
    nowMs: () => now,
    setMs(nowMs) {
      if (nowMs < now) {
        throw new BeatwatchError('clock-backwards', `virtual clock: got ${nowMs}, expected ${now} or later`, {
          nowMs,
          atMs: now,
        });
      }
      now = nowMs;
    },
  };
}
