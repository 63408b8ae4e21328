import { BREAKS } from './breaks/breaks.js';
import { writeCase } from './cases.js';
import { FAULTS, type FaultName } from './check/met.js';
import { INVARIANTS, type Violation } from './check/violation.js';
import { DAYS, type DayName } from './days/run-day-seed.js';
import type { Options } from './options.js';
import { Progress } from './progress.js';
import { runRealSeed } from './real/run-real-seed.js';
import type { Outcome } from './run-scenario.js';
import type { Request } from './worker.js';
import { inParallel, WorkerPool } from './worker-pool.js';

/** Failing seeds that are shrunk; more of them say the same as a rule. */
const MOST_SHRUNK = 3;
/** A real seed takes three processes. */
const REAL_AT_ONCE = 2;

/** In memory over models, of the archive, with real processes, or a recorded day. */
export type SeedKind = 'memory' | 'archive' | 'real' | DayName;

type KindOutcome = Outcome & { readonly kind: SeedKind };

export interface Failure {
  readonly seed: number;
  readonly kind: SeedKind;
  readonly violations: readonly Violation[];
  /** Where its shrunk case lies. */
  readonly case: string | null;
}

export interface Summary {
  /** Seeds that were run, by kind. */
  readonly seeds: Readonly<Partial<Record<SeedKind, number>>>;
  readonly violations: number;
  readonly entries: number;
  readonly alerts: number;
  readonly visits: number;
  /** Engines that threw their state away and loaded again, by reason. */
  readonly reloads: Readonly<Record<string, number>>;
  /** In how many seeds each fault was. */
  readonly faults: Readonly<Record<FaultName, number>>;
  readonly seconds: number;
  readonly failures: readonly Failure[];
}

/** Runs the seeds of each kind. With a mechanism taken away it ends at the first violation. */
export async function runCampaign(options: Options): Promise<Summary> {
  const { jobs, broken } = options;
  const pool = new WorkerPool(broken);
  const todo = seedsOf(options);
  const progress = new Progress(todo.length, broken);
  const outcomes: KindOutcome[] = [];
  const isEnough = (): boolean => broken !== null && outcomes.some(({ violations }) => violations.length > 0);
  const take = (outcome: Outcome, kind: SeedKind): void => {
    outcomes.push({ ...outcome, kind });
    const [first] = outcome.violations;
    if (first !== undefined) progress.note(`${seedName(outcome.seed, kind)}: ${first.invariant}`);
    progress.step(outcome.violations.length);
  };
  const run = async ({ seed, kind }: (typeof todo)[number]): Promise<void> => {
    if (kind === 'real') return take(await runRealSeed(seed), kind);
    const answer = await pool.ask(requestOf(seed, kind));
    if (answer.did === 'run') take(answer.outcome, kind);
  };
  try {
    const inWorkers = todo.filter(({ kind }) => kind !== 'real');
    const withProcesses = todo.filter(({ kind }) => kind === 'real');
    await inParallel(inWorkers, jobs, run, isEnough);
    await inParallel(withProcesses, Math.min(jobs, REAL_AT_ONCE), run, isEnough);
    progress.end();
    const failures = await shrunk(pool, outcomes, options);
    return summaryOf(outcomes, failures, progress.seconds);
  } finally {
    pool.close();
  }
}

function requestOf(seed: number, kind: Exclude<SeedKind, 'real'>): Request {
  switch (kind) {
    case 'memory':
      return { do: 'seed', seed };
    case 'archive':
      return { do: 'archive', seed };
    default:
      return { do: 'day', day: kind, seed };
  }
}

export function seedName(seed: number, kind: SeedKind): string {
  switch (kind) {
    case 'memory':
      return `seed ${seed}`;
    case 'archive':
      return `seed ${seed} (archive)`;
    case 'real':
      return `seed ${seed} (real processes)`;
    default:
      return `seed ${seed} (${kind} day)`;
  }
}

function seedsOf({ seeds, archives, from, real, days }: Options): { readonly seed: number; readonly kind: SeedKind }[] {
  const some = (count: number, kind: SeedKind) =>
    Array.from({ length: count }, (_, index) => ({ seed: from + index, kind }));
  const byDay = Object.keys(DAYS) as DayName[];
  return [
    ...some(seeds, 'memory'),
    ...some(archives, 'archive'),
    ...byDay.flatMap((day) => some(days, day)),
    ...some(real, 'real'),
  ];
}

async function shrunk(
  pool: WorkerPool,
  outcomes: readonly KindOutcome[],
  { broken, shrinkS }: Options,
): Promise<Failure[]> {
  const failed = outcomes.filter(({ violations }) => violations.length > 0).sort((a, b) => a.seed - b.seed);
  const failures: Failure[] = [];
  for (const { seed, kind, violations } of failed) {
    const [first] = violations;
    const isShrunk = first !== undefined && kind === 'memory' && shrinkS > 0 && failures.length < MOST_SHRUNK;
    let path: string | null = null;
    if (isShrunk) {
      process.stderr.write(`shrinking seed ${seed}, for ${shrinkS} s at most\n`);
      const { invariant } = first;
      const answer = await pool.ask({ do: 'shrink', of: seed, invariant, mostMs: shrinkS * 1_000 });
      const what = broken === null ? `seed ${seed}: ${INVARIANTS[invariant]}` : (BREAKS.get(broken) ?? '');
      if (answer.did === 'shrink') {
        const { scenario } = answer;
        path = writeCase(broken ?? `${invariant}-${seed}`, { what, invariant, broken, scenario });
      }
    }
    failures.push({ seed, kind, violations, case: path });
  }
  return failures;
}

function summaryOf(outcomes: readonly KindOutcome[], failures: readonly Failure[], seconds: number): Summary {
  const sum = (value: (outcome: Outcome) => number): number => outcomes.reduce((total, one) => total + value(one), 0);
  const seeds: Partial<Record<SeedKind, number>> = {};
  const reloads: Record<string, number> = {};
  for (const { kind, reloads: some } of outcomes) {
    seeds[kind] = (seeds[kind] ?? 0) + 1;
    for (const [reason, count] of Object.entries(some)) reloads[reason] = (reloads[reason] ?? 0) + count;
  }
  const names = Object.values(FAULTS).flat();
  const faults = names.map((name) => [name, sum(({ met }) => Number(met.includes(name)))] as const);
  return {
    seeds,
    violations: sum(({ violations }) => violations.length),
    entries: sum(({ entries }) => entries),
    alerts: sum(({ alerts }) => alerts),
    visits: sum(({ visits }) => visits),
    reloads,
    faults: Object.fromEntries(faults) as Record<FaultName, number>,
    seconds: Math.round(seconds),
    failures,
  };
}
