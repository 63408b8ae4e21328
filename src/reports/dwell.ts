import type { ReportVisit } from './period.js';
import { mean } from './quantiles.js';
import { innerSpan, outerSpan } from './visit-spans.js';

const MINUTE_MS = 60_000;
/** Where the bins of the histogram begin, minutes; each ends where the next begins, and the last has no end. */
export const DWELL_BINS_MIN = [0, 2, 5, 10, 16, 30] as const;
/** The stay that is worth the most, minutes: at least the first and less than the second. */
export const DWELL_GOAL_MIN = [10, 16] as const;

export interface DwellBin {
  readonly fromMin: number;
  /** Null: no end. */
  readonly toMin: number | null;
  /** Visits by their inner and by their outer length. */
  readonly inner: number;
  readonly outer: number;
  /** Visits whose length certainly lies in the bin, and visits whose length may. */
  readonly low: number;
  readonly high: number;
}

export interface Dwell {
  readonly visits: number;
  readonly bins: readonly DwellBin[];
  /** Visits of 10 to 16 minutes: certainly, and possibly. */
  readonly goalLow: number;
  readonly goalHigh: number;
  /** Mean length by the inner and by the outer bounds; null without visits, and the outer one where a visit goes on. */
  readonly meanInnerMs: number | null;
  readonly meanOuterMs: number | null;
}

interface Length {
  readonly innerMs: number;
  readonly outerMs: number;
}

/** How long visits lasted. Crosses do not count. */
export function dwellOf(visits: readonly ReportVisit[], periodToMs: number): Dwell {
  const lengths = visits
    .filter(({ kind }) => kind === 'visit')
    .map((visit): Length => ({ innerMs: spanMs(innerSpan(visit, periodToMs)), outerMs: spanMs(outerSpan(visit)) }));
  const bins = DWELL_BINS_MIN.map((fromMin, at) => binOf(lengths, fromMin, DWELL_BINS_MIN[at + 1] ?? null));
  const [goalFrom, goalTo] = DWELL_GOAL_MIN;
  const goal = binOf(lengths, goalFrom, goalTo);
  return {
    visits: lengths.length,
    bins,
    goalLow: goal.low,
    goalHigh: goal.high,
    meanInnerMs: mean(lengths.map(({ innerMs }) => innerMs)),
    meanOuterMs: finite(mean(lengths.map(({ outerMs }) => outerMs))),
  };
}

function finite(ms: number | null): number | null {
  return ms === Number.POSITIVE_INFINITY ? null : ms;
}

function spanMs([fromMs, toMs]: readonly [number, number]): number {
  return toMs - fromMs;
}

function binOf(lengths: readonly Length[], fromMin: number, toMin: number | null): DwellBin {
  const [fromMs, toMs] = [fromMin * MINUTE_MS, toMin === null ? Number.POSITIVE_INFINITY : toMin * MINUTE_MS];
  // A visit without an end has the outer length ∞, which is in the last bin.
  const holds = (ms: number): boolean => ms >= fromMs && (ms < toMs || toMin === null);
  const count = (passes: (length: Length) => boolean): number => lengths.filter(passes).length;
  return {
    fromMin,
    toMin,
    inner: count(({ innerMs }) => holds(innerMs)),
    outer: count(({ outerMs }) => holds(outerMs)),
    low: count(({ innerMs, outerMs }) => holds(innerMs) && holds(outerMs)),
    high: count(({ innerMs, outerMs }) => innerMs < toMs && outerMs >= fromMs),
  };
}
