import { subtract } from '../model/intervals.js';
import type { Intervals } from '../model/plan.js';
import { ratio } from './presence.js';
import { lengthMs, spansOf } from './spans.js';

/**
 * How long ago somebody was last there, over all instants of some required time. While somebody is there it is 0. Each stretch of required time
 * begins at 0, as the rules for gaps count. Lengths in ms; null where no time is required.
 */
export interface Ages {
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly maxMs: number | null;
  readonly meanMs: number | null;
  /** Σ gap² / (2 · Σ gap): the mean over only those instants at which nobody was there; null when there are none. */
  readonly ageWeightedMeanMs: number | null;
}

/** `there`: when somebody was there. */
export function agesOf(required: Intervals, there: Intervals): Ages {
  const requiredMs = lengthMs(required);
  const gaps = spansOf(subtract(required, there))
    .map(([fromMs, toMs]) => toMs - fromMs)
    .sort((a, b) => a - b);
  const gapMs = gaps.reduce((sum, gap) => sum + gap, 0);
  const areas = gaps.reduce((sum, gap) => sum + (gap * gap) / 2, 0);
  return {
    p50Ms: ageAt(gaps, requiredMs, 0.5),
    p90Ms: ageAt(gaps, requiredMs, 0.9),
    maxMs: requiredMs > 0 ? (gaps.at(-1) ?? 0) : null,
    meanMs: ratio(areas, requiredMs),
    ageWeightedMeanMs: ratio(areas, gapMs),
  };
}

/**
 * The age that a share `q` of the required time does not exceed. In a gap the age grows by a second each second, so the time with an age above `a`
 * is the sum of what the gaps last longer than `a`.
 */
function ageAt(gaps: readonly number[], requiredMs: number, q: number): number | null {
  if (requiredMs <= 0) return null;
  let olderMs = (1 - q) * requiredMs;
  // From the longest gap down: below its end, `count` gaps grow older together.
  for (let count = 1; count <= gaps.length; count += 1) {
    const longest = gaps[gaps.length - count] as number;
    const next = gaps[gaps.length - count - 1] ?? 0;
    if (olderMs <= count * (longest - next)) return longest - olderMs / count;
    olderMs -= count * (longest - next);
  }
  return 0;
}
