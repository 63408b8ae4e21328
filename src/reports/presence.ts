import { intersect, subtract } from '../model/intervals.js';
import type { Intervals } from '../model/plan.js';
import type { ReportPlace } from './period.js';
import { lengthMs } from './spans.js';

/** What the required time of a place was: the three lengths sum to `requiredMs`. */
export interface PresenceTimes {
  readonly requiredMs: number;
  readonly coveredMs: number;
  readonly unknownMs: number;
  readonly uncoveredMs: number;
}

/** Presence at a place within some stretches of time; all lengths are of required time. */
export function presenceTimes(
  { required, covered, unknown }: Pick<ReportPlace, 'required' | 'covered' | 'unknown'>,
  within: Intervals,
): PresenceTimes {
  const asked = intersect(required, within);
  const requiredMs = lengthMs(asked);
  const coveredMs = lengthMs(intersect(asked, covered));
  const unknownMs = lengthMs(subtract(intersect(asked, unknown), covered));
  return { requiredMs, coveredMs, unknownMs, uncoveredMs: requiredMs - coveredMs - unknownMs };
}

export function sumOfPresence(all: readonly PresenceTimes[]): PresenceTimes {
  const sum = (length: (times: PresenceTimes) => number): number =>
    all.reduce((total, times) => total + length(times), 0);
  return {
    requiredMs: sum(({ requiredMs }) => requiredMs),
    coveredMs: sum(({ coveredMs }) => coveredMs),
    unknownMs: sum(({ unknownMs }) => unknownMs),
    uncoveredMs: sum(({ uncoveredMs }) => uncoveredMs),
  };
}

/** Shares of time, 0 to 1; null where there is no time that they could be a share of. */
export interface PresenceRate {
  /** 见警率: covered time over the required time of which it is known. */
  readonly rate: number | null;
  /** As if nobody had been there while it is unknown; and as if somebody had. `low` ≤ `rate` ≤ `high`. */
  readonly low: number | null;
  readonly high: number | null;
  readonly unknownShare: number | null;
}

export function presenceRate({ requiredMs, coveredMs, unknownMs }: PresenceTimes): PresenceRate {
  return {
    rate: ratio(coveredMs, requiredMs - unknownMs),
    low: ratio(coveredMs, requiredMs),
    high: ratio(coveredMs + unknownMs, requiredMs),
    unknownShare: ratio(unknownMs, requiredMs),
  };
}

/** Null when there is nothing to divide by. */
export function ratio(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}
