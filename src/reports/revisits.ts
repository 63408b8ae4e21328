import type { Intervals } from '../model/plan.js';
import { ascending, quantile, variation } from './quantiles.js';
import { spansOf } from './spans.js';
import type { ReportVisit } from './period.js';
import { innerSpan, outerSpan } from './visit-spans.js';

/**
 * The time between one visit and the next at a place, whoever made them, ms. `high` goes by the inner bounds of the visits (the longest that it can
 * have been), `low` by the outer ones (the shortest). Null where there are no intervals.
 */
export interface Revisits {
  readonly intervals: number;
  readonly high: Percentiles;
  readonly low: Percentiles;
  /** Standard deviation over mean, of the intervals by the inner bounds; near 0 the visits come like clockwork. Null for fewer than two. */
  readonly cv: number | null;
}

export interface Percentiles {
  readonly p10Ms: number | null;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p95Ms: number | null;
}

/** Visits that overlap, and so leave no interval between them. */
interface Presence {
  readonly innerFromMs: number;
  readonly innerToMs: number;
  readonly outerFromMs: number;
  readonly outerToMs: number;
}

/** Only intervals count whose two visits touch the same stretch of required time: a night without duty is no interval. */
export function revisitsOf(visits: readonly ReportVisit[], required: Intervals, periodToMs: number): Revisits {
  const stays = merged(
    visits.filter(({ kind }) => kind === 'visit'),
    periodToMs,
  );
  const highMs: number[] = [];
  const lowMs: number[] = [];
  for (const [fromMs, toMs] of spansOf(required)) {
    const within = stays.filter((stay) => stay.innerFromMs < toMs && stay.innerToMs >= fromMs);
    within.slice(1).forEach((next, at) => {
      const before = within[at] as Presence;
      highMs.push(next.innerFromMs - before.innerToMs);
      lowMs.push(Math.max(0, next.outerFromMs - before.outerToMs));
    });
  }
  return {
    intervals: highMs.length,
    high: percentiles(highMs),
    low: percentiles(lowMs),
    cv: variation(highMs),
  };
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = ascending(values);
  return {
    p10Ms: quantile(sorted, 0.1),
    p50Ms: quantile(sorted, 0.5),
    p90Ms: quantile(sorted, 0.9),
    p95Ms: quantile(sorted, 0.95),
  };
}

/** Visits in the order of time; those that overlap by their inner bounds are one, whichever units made them. */
function merged(visits: readonly ReportVisit[], periodToMs: number): Presence[] {
  const result: Presence[] = [];
  const stays = visits
    .map((visit): Presence => {
      const [innerFromMs, innerToMs] = innerSpan(visit, periodToMs);
      const [outerFromMs, outerToMs] = outerSpan(visit);
      return { innerFromMs, innerToMs, outerFromMs, outerToMs };
    })
    .sort((a, b) => a.innerFromMs - b.innerFromMs || a.innerToMs - b.innerToMs);
  for (const stay of stays) {
    const last = result.at(-1);
    if (last === undefined || stay.innerFromMs > last.innerToMs) {
      result.push(stay);
      continue;
    }
    result[result.length - 1] = {
      innerFromMs: last.innerFromMs,
      innerToMs: Math.max(last.innerToMs, stay.innerToMs),
      outerFromMs: Math.min(last.outerFromMs, stay.outerFromMs),
      outerToMs: Math.max(last.outerToMs, stay.outerToMs),
    };
  }
  return result;
}
