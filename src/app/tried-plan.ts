import { renewedPlan } from '../district/compile-plan.js';
import { BeatwatchError } from '../model/errors.js';
import { CLOCK_AHEAD_MS } from '../model/limits.js';
import type { CompiledPlan } from '../model/plan.js';

/** A plan as if it had been in force since before a log time. Throws `what-if-incomplete` where it cannot be told what it says then. */
export function triedPlan(plan: CompiledPlan): (startMs: number) => CompiledPlan {
  return (startMs) => {
    const renewed = renewedPlan(plan, { version: 1, inForceFromMs: startMs - CLOCK_AHEAD_MS, nowMs: startMs });
    if (renewed !== null) return renewed;
    const message = `got plan ${plan.sourceSha256}, which does not say its calendar, as those that were logged before plans were published; expected one that does: send its files as a draft`;
    throw new BeatwatchError('what-if-incomplete', message, {});
  };
}
