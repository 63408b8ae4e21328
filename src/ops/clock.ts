import { BeatwatchError } from '../model/errors.js';
import type { Clock, VirtualClock } from '../model/ports.js';

/** Wall time, anchored once and moved by the monotonic clock, so that a step of the machine's clock moves nothing (T2). */
export function createWallClock(): Clock & { /** Machine's clock minus this one, ms. */ driftMs(): number } {
  const anchorMs = Date.now() - performance.now();
  const nowMs = (): number => Math.floor(anchorMs + performance.now());
  return { kind: 'wall', nowMs, driftMs: () => Date.now() - nowMs() };
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
