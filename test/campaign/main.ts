import { BREAKS } from './breaks/breaks.js';
import { type Failure, runCampaign, type Summary } from './campaign.js';
import { readCase } from './cases.js';
import { INVARIANTS } from './check/violation.js';
import { messageOf } from '../../src/model/errors.js';
import { type Options, parseOptions, USAGE } from './options.js';
import { inParallel, WorkerPool } from './worker-pool.js';

/**
 * Seeded faults over fleet, network, server and Redis, and the promises that must hold all the same. Exit code 0: all held;
 * 1: one did not; 2: wrong options, or a mechanism that was taken away and not missed.
 */
async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) return say(USAGE);
  if (options.list) return list();
  if (options.case !== null) return await runCase(options.case, options);
  if (options.broken === 'all') return await runAllBreaks(options);
  const summary = await runCampaign(options);
  for (const failure of summary.failures) tell(failure, options.broken);
  say(options.json ? JSON.stringify(summary) : summaryLine(summary));
  if (summary.violations > 0) return 1;
  if (options.broken === null) return 0;
  console.error(`without ${options.broken} nothing was violated in ${summary.seeds} seeds: nobody would miss it`);
  return 2;
}

function summaryLine({ seeds, real, violations, entries, alerts, seconds }: Summary): string {
  const realPart = real === 0 ? '' : ` (${seeds} in memory, ${real} with real processes)`;
  return `${seeds + real} seeds${realPart}, ${violations} violations; ${entries} log entries, ${alerts} alert versions, ${seconds} s`;
}

function tell({ seed, isReal, violations, case: path }: Failure, broken: string | null): void {
  for (const { invariant, detail } of violations) {
    say(`seed ${seed}${isReal ? ' (real)' : ''}: ${invariant} (${INVARIANTS[invariant]})\n  ${detail.slice(0, 1_500)}`);
  }
  const without = broken === null ? '' : ` --break ${broken}`;
  const seeds = isReal ? '--seeds 0 --real 1' : '--seeds 1 --real 0';
  say(`  again: npm run campaign -- ${seeds} --from ${seed}${without}`);
  if (path !== null) say(`  shrunk: ${path}; npm run campaign -- --case ${path}`);
}

function list(): number {
  say('Mechanisms, and what is true without them:');
  for (const [name, what] of BREAKS) say(`  ${name.padEnd(22)} ${what}`);
  say('Invariants:');
  for (const [name, what] of Object.entries(INVARIANTS)) say(`  ${name.padEnd(22)} ${what}`);
  return 0;
}

async function runCase(path: string, options: Options): Promise<number> {
  const one = readCase(path);
  const broken = options.broken ?? one.broken;
  const pool = new WorkerPool(broken);
  try {
    const answer = await pool.ask({ do: 'scenario', scenario: one.scenario });
    if (answer.did !== 'run') return 2;
    for (const { invariant, detail } of answer.outcome.violations) say(`${invariant}: ${detail}`);
    say(`${path}${broken === null ? '' : ` without ${broken}`}: ${answer.outcome.violations.length} violations`);
    return answer.outcome.violations.length > 0 ? 1 : 0;
  } finally {
    pool.close();
  }
}

/** Each mechanism in turn: the first seed at which it is missed. */
async function runAllBreaks(options: Options): Promise<number> {
  const found = new Map<string, string>();
  await inParallel([...BREAKS.keys()], options.jobs, async (broken) => {
    const summary = await runCampaign({ ...options, broken, jobs: 1, real: 0 }).catch((error: unknown) => {
      process.stderr.write(`${broken}: ${messageOf(error)}\n`);
      return null;
    });
    if (summary === null) return;
    const [first] = summary.failures;
    const [violation] = first?.violations ?? [];
    if (first === undefined || violation === undefined) return;
    found.set(
      broken,
      `seed ${String(first.seed).padEnd(5)} ${`${summary.seconds} s`.padStart(6)}  ${violation.invariant}`,
    );
    process.stderr.write(`${broken}: seed ${first.seed}\n`);
  });
  for (const [name, what] of BREAKS) say(`${name.padEnd(22)} ${(found.get(name) ?? 'NOT MISSED').padEnd(40)} ${what}`);
  const missed = found.size;
  say(options.json ? JSON.stringify(Object.fromEntries(found)) : `${missed} of ${BREAKS.size} mechanisms are missed`);
  return missed === BREAKS.size ? 0 : 2;
}

function say(text: string): number {
  console.log(text);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 2;
}
