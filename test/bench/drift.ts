import { DRIFT_MODEL } from '../../src/simulator/drift.js';
import { type DriftRun, runDrift } from '../support/drift-run.js';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const HOURS = 1_000;
const RADIUS_M = 50;
/** 20 m inside, and 15 m outside. */
const INSIDE_M = 30;
const OUTSIDE_M = 65;

/** A promise about the mean over all seeds. */
interface Bar {
  readonly name: string;
  readonly runs: readonly DriftRun[];
  readonly value: (run: DriftRun) => number;
  readonly least: number;
  readonly most: number;
  readonly digits: number;
}

/**
 * Parked cars whose receivers drift: how often the fences see one leave that never does, against the naive rule in the same
 * run, and how well a checkpoint tells a car inside from one just outside. Fails when a bar is missed.
 */
export async function benchDrift(): Promise<void> {
  const { sigmaM, correlationMs, sampleMs, burstProbability, burstMeanMs } = DRIFT_MODEL;
  console.log(
    `drift: seeds ${SEEDS[0]}-${SEEDS.at(-1)} of ${HOURS} h each; σ ${sigmaM} m an axis over ${correlationMs / 1000} s, a fix each ${sampleMs / 1000} s, a multipath burst with probability ${burstProbability} of ${burstMeanMs / 1000} s on the average; radius ${RADIUS_M} m`,
  );
  const startMs = performance.now();
  const inside = runAll(INSIDE_M);
  const outside = runAll(OUTSIDE_M);
  const bars: Bar[] = [
    {
      name: 'false exits an hour, car 20 m inside',
      runs: inside,
      value: (run) => run.exitsPerHour,
      least: 0,
      most: 0.08,
      digits: 4,
    },
    {
      name: '  by the naive rule',
      runs: inside,
      value: (run) => run.naiveExitsPerHour,
      least: 17,
      most: 21,
      digits: 2,
    },
    {
      name: 'covered, % of the time, car 20 m inside',
      runs: inside,
      value: (run) => 100 * run.coveredShare,
      least: 97,
      most: 100,
      digits: 2,
    },
    {
      name: 'covered, % of the time, car 15 m outside',
      runs: outside,
      value: (run) => 100 * run.coveredShare,
      least: 0,
      most: 3,
      digits: 2,
    },
  ];
  const missed = bars.filter((bar) => !report(bar));
  console.log(`  ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
  if (missed.length === 0) return;
  console.error(`drift: missed: ${missed.map(({ name }) => name.trim()).join('; ')}`);
  process.exitCode = 1;
}

function runAll(offCentreM: number): DriftRun[] {
  return SEEDS.map((seed) => runDrift(seed, HOURS, offCentreM, RADIUS_M));
}

function report({ name, runs, value, least, most, digits }: Bar): boolean {
  const values = runs.map(value);
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const met = mean >= least && mean <= most;
  const [low, high] = [Math.min(...values), Math.max(...values)].map((v) => v.toFixed(digits));
  console.log(
    `  ${name.padEnd(42)} ${mean.toFixed(digits).padStart(8)}  seeds ${low} to ${high}  bar ${least} to ${most}  ${met ? 'met' : 'MISSED'}`,
  );
  return met;
}
