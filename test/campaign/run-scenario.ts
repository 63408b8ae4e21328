import type { ModelBreak } from './breaks/model-breaks.js';
import { checkRun } from './check/check-run.js';
import type { FaultName } from './check/met.js';
import type { Violation } from './check/violation.js';
import type { Scenario } from './scenario.js';
import { sleepBy } from './world/scheduler.js';
import { currentScheduler, runWorld } from './world/world.js';

export interface Outcome {
  readonly seed: number;
  /** The first of each invariant. */
  readonly violations: readonly Violation[];
  readonly entries: number;
  readonly alerts: number;
  readonly visits: number;
  /** Of engines, by reason. */
  readonly reloads: Readonly<Record<string, number>>;
  /** What it had to bear. */
  readonly met: readonly FaultName[];
}

let isSetUp = false;

/** Lets a scenario happen and checks what came of it. Whatever throws is a violation. */
export async function runScenario(scenario: Scenario, broken: ModelBreak | null = null): Promise<Outcome> {
  if (!isSetUp) sleepBy(currentScheduler);
  isSetUp = true;
  const { seed } = scenario;
  try {
    const run = await runWorld(scenario, broken);
    const { violations, ...sizes } = checkRun(run);
    return { seed, violations: firstOfEach(violations), ...sizes, reloads: Object.fromEntries(run.reloads) };
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return {
      seed,
      violations: [{ invariant: 'crash', detail }],
      entries: 0,
      alerts: 0,
      visits: 0,
      reloads: {},
      met: [],
    };
  }
}

export function firstOfEach(violations: readonly Violation[]): Violation[] {
  return violations.filter(
    ({ invariant }, index) => violations.findIndex((other) => other.invariant === invariant) === index,
  );
}
