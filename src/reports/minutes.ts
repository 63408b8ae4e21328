import type { Intervals } from '../model/plan.js';
import { lengthMs, overlapMs, union } from './spans.js';
import { intersect } from '../model/intervals.js';
import type { UnitStay } from './visit-spans.js';

/** How much time units spent at a place, ms: at least (inner bounds of the visits) and at most (outer bounds). */
export interface PlaceTimes {
  /** The time of each unit, added up: two units for a minute are two unit-minutes. */
  readonly unitLowMs: number;
  readonly unitHighMs: number;
  /** The time with at least one unit. */
  readonly patrolLowMs: number;
  readonly patrolHighMs: number;
}

export function placeTimes(stays: readonly UnitStay[], required: Intervals): PlaceTimes {
  const unitMs = (spans: (stay: UnitStay) => Intervals): number =>
    stays.reduce((sum, stay) => sum + overlapMs(spans(stay), required), 0);
  const patrolMs = (spans: (stay: UnitStay) => Intervals): number =>
    lengthMs(intersect(union(...stays.map(spans)), required));
  return {
    unitLowMs: unitMs(({ inner }) => inner),
    unitHighMs: unitMs(({ outer }) => outer),
    patrolLowMs: patrolMs(({ inner }) => inner),
    patrolHighMs: patrolMs(({ outer }) => outer),
  };
}
