import type { AlertEvidence, RhythmFacts, WindowFacts } from '../../src/model/alert.js';
import { MINUTE, T0 } from '../engine/support.js';

/** An instant so many minutes from the beginning of the day. */
export const at = (minute: number): number => T0 + minute * MINUTE;

/** What is told of a window of a checkpoint. */
export function windowWith(findings: WindowFacts['findings'], more: Partial<WindowFacts> = {}): AlertEvidence {
  return {
    window: { opensMs: at(0), closesMs: at(64), findings, ...more },
    thresholdMs: 10 * MINUTE,
    graceMs: 2 * MINUTE,
    planVersion: 1,
  };
}

/** What is told of visits that can be guessed. */
export function rhythmWith(more: Partial<RhythmFacts>): AlertEvidence {
  const rhythm = {
    startsMs: [at(-100), at(-80), at(-59), at(-39), at(-20), at(0)],
    smallestMs: 19 * MINUTE,
    largestMs: 21 * MINUTE,
    withinMs: 3 * MINUTE,
    nextFromMs: at(19),
    nextToMs: at(21),
    ...more,
  };
  return { rhythm, planVersion: 1 };
}
