import { BeatwatchError } from '../model/errors.js';
import type { CompiledPlan } from '../model/plan.js';
import { type FaultOptions, placeFaults } from './faults.js';
import { FleetSource } from './fleet-source.js';
import { drawDay } from './itineraries.js';
import { createPatrolMap } from './patrol-map.js';
import type { ReportSource } from './report-source.js';
import { type Truth, truthOf } from './truth-record.js';

export interface FleetOptions {
  readonly seed: number;
  /** The fleet's time, `[fromMs, fromMs + spanMs)`; the plan must be in force and expanded over all of it. */
  readonly fromMs: number;
  readonly spanMs: number;
  /** Places left alone, exactly so many; absent: one for each three hours as far as the plan has room. */
  readonly neglect?: number;
  /** Visits that are too short and stands that are too long: as many as find room, at most so many; 2 each if absent. */
  readonly shortStays?: number;
  readonly longStands?: number;
  readonly faults?: FaultOptions;
  /** The server's tick, for `raiseByMs` in the truth; the lockstep's step if absent. */
  readonly tickMs?: number;
}

/** A simulated shift: what the trackers will say, and what was true. */
export interface Fleet {
  readonly truth: Truth;
  /** Every tracker of the plan, sorted. */
  readonly trackers: readonly string[];
  readonly source: ReportSource;
}

/**
 * Draws a fleet that drives the plan: units at checkpoints while gap rules ask for them there, along routes, in zones. The
 * same plan and options give the same fleet, byte for byte; every report is a function of its time, so a driver that was
 * killed can go on anywhere. Throws BeatwatchError `fleet-options`, or `fleet-impossible` when the plan cannot be driven so.
 */
export function createFleet(plan: CompiledPlan, options: FleetOptions): Fleet {
  const whole = { fromMs: options.fromMs, toMs: options.fromMs + options.spanMs };
  checkOptions(plan, options, whole.toMs);
  const map = createPatrolMap(plan, options.seed);
  const { neglect = null, shortStays = 2, longStands = 2, faults: faultOptions = {} } = options;
  const day = drawDay(map, whole, { seed: options.seed, neglect, shortStays, longStands });
  const faults = placeFaults(map, day.paths, day.tasks, day.holes, whole, options.seed, faultOptions);
  return {
    truth: truthOf(options.seed, whole, day, faults, options.tickMs ?? null),
    trackers: plan.units.map((unit) => unit.tracker).sort(),
    source: new FleetSource({ plan, whole, paths: day.paths, faults, faultOptions, seed: options.seed }),
  };
}

function checkOptions(plan: CompiledPlan, options: FleetOptions, toMs: number): void {
  const { seed, fromMs, spanMs, faults = {} } = options;
  const fail = (what: string): never => {
    throw new BeatwatchError('fleet-options', what);
  };
  if (!Number.isSafeInteger(seed)) fail(`seed: got ${seed}, expected an integer`);
  if (!Number.isSafeInteger(fromMs) || !Number.isSafeInteger(spanMs) || spanMs <= 0) {
    fail(`fromMs, spanMs: got ${fromMs}, ${spanMs}, expected an instant in ms and a positive number of ms`);
  }
  if (fromMs < Math.max(plan.inForceFromMs, plan.expandedFromMs) || toMs > plan.expandedToMs) {
    const from = new Date(Math.max(plan.inForceFromMs, plan.expandedFromMs)).toISOString();
    const got = `${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
    fail(
      `fleet's time: got ${got}, expected it within the plan's, ${from} to ${new Date(plan.expandedToMs).toISOString()}`,
    );
  }
  for (const name of ['neglect', 'shortStays', 'longStands'] as const) {
    const count = options[name] ?? 0;
    if (!Number.isSafeInteger(count) || count < 0) fail(`${name}: got ${count}, expected a whole number from 0`);
  }
  for (const name of ['drift', 'silences', 'backlogs', 'clockFaults', 'deadLinks'] as const) {
    const count = faults[name] ?? 0;
    if (!Number.isSafeInteger(count) || count < 0) fail(`${name}: got ${count}, expected a whole number from 0`);
  }
  for (const name of ['duplicates', 'outliers'] as const) {
    const share = faults[name] ?? 0;
    if (!(share >= 0 && share <= 1)) fail(`${name}: got ${share}, expected a share from 0 to 1`);
  }
}
