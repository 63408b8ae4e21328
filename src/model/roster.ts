import type { Intervals } from './plan.js';

/** Whose shift it is on a unit, over `[fromMs, toMs)`. */
export interface RosterShift {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** The bureau's own ids of the officers, sorted, each once; never names. */
  readonly officers: readonly string[];
}

/** Who crews which unit when, as far as it is known. */
export interface Roster {
  /** The times of which it says all crews: flat intervals. Of other times the plan's crews count. */
  readonly kept: Intervals;
  /** By unit, then by when they begin. */
  readonly shifts: readonly RosterShift[];
}

/** What one roster may say: so many shifts, of so many officers each and in all, over so long a time, so long ahead. */
export const MAX_ROSTER_SHIFTS = 1_000;
export const MAX_SHIFT_OFFICERS = 30;
export const MAX_ROSTER_OFFICERS = 5_000;
export const MAX_ROSTER_MS = 35 * 86_400_000;
/** Shifts that are kept of all rosters. */
export const MAX_KEPT_SHIFTS = 5_000;
