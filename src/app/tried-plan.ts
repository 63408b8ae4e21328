import { compilePlan } from '../district/compile-plan.js';
import type { DistrictSource } from '../district/district-source.js';
import { CLOCK_AHEAD_MS } from '../model/limits.js';
import type { CompiledPlan } from '../model/plan.js';
import { MAX_WHAT_IF_DAYS } from '../days/what-if/what-if.js';

const DAY_MS = 86_400_000;
/** Windows that are open when the time begins are whole, and those of the days that are folded beyond it are there. */
const MORE_DAYS = 7;

/** A plan of district files as if it had been in force since before a log time. */
export function triedPlan(source: DistrictSource): (startMs: number) => CompiledPlan {
  return (startMs) =>
    compilePlan(source, {
      version: 1,
      inForceFromMs: startMs - CLOCK_AHEAD_MS,
      expandFromMs: startMs - 2 * DAY_MS,
      expandDays: MAX_WHAT_IF_DAYS + MORE_DAYS,
    });
}
