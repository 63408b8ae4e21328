import { intersect } from '../model/intervals.js';
import type { Intervals } from '../model/plan.js';
import type { PlaceOrder, ReportPlace } from './period.js';
import { ratio } from './presence.js';
import { overlapMs, spansOf, union } from './spans.js';
import { innerSpan, outerSpan, type UnitStay } from './visit-spans.js';

/** What the plan asked for at a place, and what it got. */
export interface Delivery {
  /** The fewest visits, and minutes of them, that obey the rules. */
  readonly orderedVisits: number;
  readonly orderedMs: number;
  /** Visits in the time of the rules that certainly, and that possibly, lasted as long as a visit has to. */
  readonly visitsLow: number;
  readonly visitsHigh: number;
  /** Time in the time of the rules with at least one unit: by the inner bounds, and by the outer ones. */
  readonly deliveredLowMs: number;
  readonly deliveredHighMs: number;
  /** Delivered over ordered; above 1 where more was delivered; null where nothing was ordered. */
  readonly visitShareLow: number | null;
  readonly visitShareHigh: number | null;
  readonly timeShareLow: number | null;
  readonly timeShareHigh: number | null;
}

/**
 * The fewest visits of `visitMs` that leave no absence longer than `thresholdMs` in a stretch of time of `lengthMs`: n visits leave n + 1
 * absences, so n is the least number with n · visitMs + (n + 1) · thresholdMs ≥ lengthMs.
 */
export function visitsNeeded(
  lengthMs: number,
  { thresholdMs, visitMs }: Pick<PlaceOrder, 'thresholdMs' | 'visitMs'>,
): number {
  return Math.max(0, Math.ceil((lengthMs - thresholdMs) / (thresholdMs + visitMs)));
}

/** `stays`: those of the place. Where several rules ask for something, the one that asks for the most time counts. */
export function deliveryAt(
  place: ReportPlace,
  stays: readonly UnitStay[],
  within: Intervals,
  periodToMs: number,
): Delivery {
  const asked = place.orders
    .map((order) => askedBy(order, within))
    .reduce((most, one) => (asksMore(one, most) ? one : most), NOTHING);
  const { orderedVisits, orderedMs, visitMs, windows } = asked;
  const inTime = place.visits.filter(({ kind }) => kind === 'visit');
  const visitsLow = inTime.filter((visit) => lastsIn(innerSpan(visit, periodToMs), windows, visitMs)).length;
  const visitsHigh = inTime.filter((visit) => lastsIn(outerSpan(visit), windows, visitMs)).length;
  const deliveredLowMs = overlapMs(union(...stays.map(({ inner }) => inner)), windows);
  const deliveredHighMs = overlapMs(union(...stays.map(({ outer }) => outer)), windows);
  return {
    orderedVisits,
    orderedMs,
    visitsLow,
    visitsHigh,
    deliveredLowMs,
    deliveredHighMs,
    visitShareLow: ratio(visitsLow, orderedVisits),
    visitShareHigh: ratio(visitsHigh, orderedVisits),
    timeShareLow: ratio(deliveredLowMs, orderedMs),
    timeShareHigh: ratio(deliveredHighMs, orderedMs),
  };
}

interface Asked {
  readonly orderedVisits: number;
  readonly orderedMs: number;
  readonly visitMs: number;
  readonly windows: Intervals;
}
const NOTHING: Asked = { orderedVisits: 0, orderedMs: 0, visitMs: 0, windows: [] };

function asksMore(a: Asked, b: Asked): boolean {
  return a.orderedMs > b.orderedMs || (a.orderedMs === b.orderedMs && a.orderedVisits > b.orderedVisits);
}

function askedBy(order: PlaceOrder, within: Intervals): Asked {
  const windows = intersect(order.binds, within);
  const orderedVisits = spansOf(windows).reduce((sum, [from, to]) => sum + visitsNeeded(to - from, order), 0);
  return { orderedVisits, orderedMs: orderedVisits * order.visitMs, visitMs: order.visitMs, windows };
}

/** Whether a visit as a whole is long enough, and touches the windows. */
function lastsIn([fromMs, toMs]: readonly [number, number], windows: Intervals, visitMs: number): boolean {
  return toMs - fromMs >= visitMs && spansOf(windows).some(([from, to]) => fromMs < to && toMs >= from);
}
