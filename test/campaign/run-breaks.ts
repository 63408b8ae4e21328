import { messageOf } from '../../src/model/errors.js';
import { isArchiveBreak } from './breaks/archive-breaks.js';
import { BREAKS, SEED_BREAKS } from './breaks/breaks.js';
import { type Sight, testWithout } from './breaks/test-without.js';
import { TESTED_BREAKS } from './breaks/tested-breaks.js';
import { runCampaign } from './campaign.js';
import type { Options } from './options.js';
import { inParallel } from './worker-pool.js';

/** Seeds of the archive that are tried without a protection of it. */
const ARCHIVES_WITHOUT = 60;

/** Where the lack of a protection was seen: at a seed, or by a test. */
type Found =
  | { readonly at: 'seed'; readonly seed: number; readonly seconds: number; readonly invariant: string }
  | { readonly at: 'test'; readonly test: string; readonly seconds: number; readonly assertion: string };

/** Each protection in turn, or those that seeds find, or those that name a test: the first seed at which it is missed, or the test that misses it. Answers the exit code. */
export async function runBreaks(options: Options): Promise<number> {
  const found = new Map<string, Found>();
  const isWanted = (name: string): boolean =>
    options.broken === 'all' || SEED_BREAKS.has(name) === (options.broken === 'seeds');
  const names = [...BREAKS.keys()].filter(isWanted);
  const bySeeds = names.filter((name) => SEED_BREAKS.has(name));
  await inParallel(bySeeds, options.jobs, async (broken) => {
    const one = await firstSeedWithout(broken, options);
    if (one !== null) found.set(broken, one);
  });
  const tested = Object.entries(TESTED_BREAKS).filter(([name]) => isWanted(name));
  for (const [index, [name, one]] of tested.entries()) {
    const sight = await testWithout(name, one);
    process.stderr.write(`${index + 1}/${tested.length} tests: without ${name}, ${sightText(sight)}\n`);
    if (sight.is === 'seen') found.set(name, { at: 'test', test: one.seenBy, ...sight });
  }
  if (options.json) console.log(JSON.stringify(Object.fromEntries(found)));
  else tell(names, found);
  const unmissed = names.filter((name) => !found.has(name));
  if (unmissed.length === 0) return 1;
  console.error(`NOTHING was found in ${options.seeds} seeds or by their tests without: ${unmissed.join(', ')}`);
  return 2;
}

/** The test of one protection, without it. Answers the exit code. */
export async function runTestedBreak(name: string, json: boolean): Promise<number> {
  const one = TESTED_BREAKS[name];
  if (one === undefined) throw new Error(`got ${name}, expected one of ${Object.keys(TESTED_BREAKS).join(', ')}`);
  const sight = await testWithout(name, one);
  if (json) console.log(JSON.stringify({ name, test: one.seenBy, title: one.title, ...sight }));
  else {
    console.log(`${one.seenBy}: ${one.title}`);
    console.log(
      sight.is === 'seen'
        ? `without ${name} it fails, as it must: ${sight.assertion}; ${sight.seconds} s`
        : `without ${name} NOTHING was seen: ${sight.why}`,
    );
  }
  return sight.is === 'seen' ? 1 : 2;
}

async function firstSeedWithout(broken: string, options: Options): Promise<Found | null> {
  const counts = isArchiveBreak(broken) ? { seeds: 0, archives: ARCHIVES_WITHOUT } : { archives: 0 };
  const summary = await runCampaign({ ...options, ...counts, broken, jobs: 1, real: 0, days: 0 }).catch(
    (error: unknown) => {
      process.stderr.write(`${broken}: ${messageOf(error)}\n`);
      return null;
    },
  );
  const [first] = summary?.failures ?? [];
  const [violation] = first?.violations ?? [];
  if (summary === null || first === undefined || violation === undefined) return null;
  return { at: 'seed', seed: first.seed, seconds: summary.seconds, invariant: violation.invariant };
}

function sightText(sight: Sight): string {
  return sight.is === 'seen' ? `seen after ${sight.seconds} s` : `NOTHING was seen: ${sight.why}`;
}

function tell(names: readonly string[], found: ReadonlyMap<string, Found>): void {
  console.log(`${'without'.padEnd(28)} ${'is broken'.padEnd(42)} ${'after'.padStart(7)}`);
  for (const name of names) console.log(`${row(name, found.get(name))}  ${BREAKS.get(name)}`);
  console.log(`${found.size} of ${names.length} protections: a violation was found, or a test failed, without each`);
}

function row(name: string, one: Found | undefined): string {
  if (one === undefined) return `${name.padEnd(28)} ${'NOTHING FOUND'.padEnd(50)}`;
  const where = one.at === 'seed' ? `${one.invariant}, seed ${one.seed}` : one.test;
  return `${name.padEnd(28)} ${where.padEnd(42)} ${`${one.seconds} s`.padStart(7)}`;
}
