import { writeCase } from './cases.js';
import type { Violation } from './check/violation.js';
import type { Options } from './options.js';
import { Progress } from './progress.js';
import { runRealSeed } from './real/run-real-seed.js';
import type { Outcome } from './run-scenario.js';
import { inParallel, WorkerPool } from './worker-pool.js';

/** Failing seeds that are shrunk; more of them say the same as a rule. */
const MOST_SHRUNK = 3;
/** A real seed takes three processes. */
const REAL_AT_ONCE = 2;

export interface Failure {
  readonly seed: number;
  readonly isReal: boolean;
  readonly violations: readonly Violation[];
  /** Where its shrunk case lies. */
  readonly case: string | null;
}

export interface Summary {
  readonly seeds: number;
  readonly real: number;
  readonly violations: number;
  readonly entries: number;
  readonly alerts: number;
  readonly visits: number;
  /** Engines that threw their state away and loaded again, by reason. */
  readonly reloads: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly failures: readonly Failure[];
}

/** Runs the seeds, in memory and with real processes. With a mechanism taken away it ends at the first violation. */
export async function runCampaign(options: Options): Promise<Summary> {
  const { seeds, from, real, jobs, broken } = options;
  const pool = new WorkerPool(broken);
  const progress = new Progress(seeds + real);
  const outcomes: (Outcome & { readonly isReal: boolean })[] = [];
  const isEnough = (): boolean => broken !== null && outcomes.some(({ violations }) => violations.length > 0);
  const take = (outcome: Outcome, isReal: boolean): void => {
    outcomes.push({ ...outcome, isReal });
    const [first] = outcome.violations;
    if (first !== undefined) progress.note(`seed ${outcome.seed}${isReal ? ' (real)' : ''}: ${first.invariant}`);
    progress.step(outcome.violations.length);
  };
  try {
    const inMemory = Array.from({ length: seeds }, (_, index) => from + index);
    await inParallel(
      inMemory,
      jobs,
      async (seed) => {
        const answer = await pool.ask({ do: 'seed', seed });
        if (answer.did === 'run') take(answer.outcome, false);
      },
      isEnough,
    );
    const withProcesses = Array.from({ length: real }, (_, index) => from + index);
    await inParallel(withProcesses, Math.min(jobs, REAL_AT_ONCE), async (seed) => take(await runRealSeed(seed), true));
    progress.end();
    const failures = await shrunk(pool, outcomes, options);
    return summaryOf(outcomes, failures, progress.seconds);
  } finally {
    pool.close();
  }
}

async function shrunk(
  pool: WorkerPool,
  outcomes: readonly (Outcome & { readonly isReal: boolean })[],
  { broken, shrinkS }: Options,
): Promise<Failure[]> {
  const failed = outcomes.filter(({ violations }) => violations.length > 0).sort((a, b) => a.seed - b.seed);
  const failures: Failure[] = [];
  for (const { seed, isReal, violations } of failed) {
    const [first] = violations;
    const isShrunk = first !== undefined && !isReal && shrinkS > 0 && failures.length < MOST_SHRUNK;
    let path: string | null = null;
    if (isShrunk) {
      process.stderr.write(`shrinking seed ${seed}, for ${shrinkS} s at most\n`);
      const { invariant } = first;
      const answer = await pool.ask({ do: 'shrink', seed, invariant, mostMs: shrinkS * 1_000 });
      const what = `seed ${seed}: ${first.detail.slice(0, 200)}`;
      if (answer.did === 'shrink')
        path = writeCase(`${broken ?? invariant}-${seed}`, { what, invariant, broken, scenario: answer.scenario });
    }
    failures.push({ seed, isReal, violations, case: path });
  }
  return failures;
}

function summaryOf(
  outcomes: readonly (Outcome & { readonly isReal: boolean })[],
  failures: readonly Failure[],
  seconds: number,
): Summary {
  const sum = (value: (outcome: Outcome) => number): number => outcomes.reduce((total, one) => total + value(one), 0);
  const reloads: Record<string, number> = {};
  for (const outcome of outcomes)
    for (const [reason, count] of Object.entries(outcome.reloads)) reloads[reason] = (reloads[reason] ?? 0) + count;
  const real = outcomes.filter(({ isReal }) => isReal).length;
  return {
    seeds: outcomes.length - real,
    real,
    violations: sum(({ violations }) => violations.length),
    entries: sum(({ entries }) => entries),
    alerts: sum(({ alerts }) => alerts),
    visits: sum(({ visits }) => visits),
    reloads,
    seconds: Math.round(seconds),
    failures,
  };
}
