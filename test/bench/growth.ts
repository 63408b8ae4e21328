import { drawPlan, extentOf } from './drawn-district.js';
import { type Figure, tellFigures } from './figures.js';
import { FoldLoad } from './fold-load.js';
import { numbersOf } from './options.js';
import { Progress } from './progress.js';

const SEED = 20_261_130;
const DEFAULTS = { sizes: 3, minutes: 2, runs: 5 };
/** The units report as often as their plan expects. */
const EVERY_MS = 10_000;
const WARM_UP_MINUTES = 3;
/** A district has no more units. */
const MAX_UNITS = 5_000;
const UNITS_OF_MANY = 100;

interface Size {
  readonly name: string;
  readonly districts: number;
  /** Of each district. */
  readonly units: number;
}

const DISTRICTS: readonly Size[] = [1, 8, 64].map((districts) => ({
  name: `${UNITS_OF_MANY} units in each district of ${districts}`,
  districts,
  units: UNITS_OF_MANY,
}));
const FLEETS: readonly Size[] = [1_000, 10_000, 100_000].map((all) => ({
  name: `${all} units`,
  districts: Math.ceil(all / MAX_UNITS),
  units: Math.min(all, MAX_UNITS),
}));

/** What a fix costs the engines of one process, with more and more districts, and with more and more units. */
export async function benchGrowth(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  console.log(
    `growth: a fix each ${EVERY_MS / 1_000} s and unit, ${size.minutes} min a run, the first ${size.sizes} sizes; by CPU time`,
  );
  const figures = [DISTRICTS, FLEETS].flatMap((sizes) => measure(sizes.slice(0, size.sizes), size));
  tellFigures('growth', SEED, size, figures);
}

/** Each run is the next minutes of every size in turn: each is compared with the smallest of the same run. */
function measure(sizes: readonly Size[], { minutes, runs }: typeof DEFAULTS): Figure[] {
  const progress = new Progress('growth');
  const processes = sizes.map(loadsOf);
  const costs = sizes.map((): number[] => []);
  for (let run = 0; run <= runs; run += 1) {
    for (const [i, loads] of processes.entries()) {
      progress.at((run + i / sizes.length) / (runs + 1));
      const costUs = meanCostUs(loads, run === 0 ? WARM_UP_MINUTES : minutes);
      if (run > 0) costs[i]?.push(costUs);
    }
  }
  progress.end();
  const [smallest = []] = costs;
  return sizes.map(({ name }, i) => ({
    name,
    unit: 'µs a fix',
    ours: costs[i] ?? [],
    ...(i === 0 ? {} : { beside: smallest, target: '≤ 1.1' }),
  }));
}

function loadsOf({ districts, units }: Size): FoldLoad[] {
  const size = { units, zones: 4, checkpoints: 12, routes: 4 };
  return Array.from({ length: districts }, (_, i) => {
    const plan = { ...drawPlan(size, SEED + i), district: `district-${i}` };
    return new FoldLoad(plan, { seed: SEED + i, extentM: extentOf(size), everyMs: EVERY_MS });
  });
}

/** All districts minute by minute, as one process has them; they have equally many units. */
function meanCostUs(loads: readonly FoldLoad[], minutes: number): number {
  for (let minute = 0; minute < minutes; minute += 1) for (const load of loads) load.run(60);
  return loads.reduce((sum, load) => sum + load.takeCost(), 0) / loads.length;
}
