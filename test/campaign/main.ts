import { basename } from 'node:path';
import { messageOf } from '../../src/model/errors.js';
import { SEED_BREAKS } from './breaks/breaks.js';
import { isTestedBreak, TESTED_BREAKS } from './breaks/tested-breaks.js';
import { type Failure, runCampaign, seedName, type SeedKind, type Summary } from './campaign.js';
import { type Case, readCase, readCases, writeCase } from './cases.js';
import { FAULTS } from './check/met.js';
import { type Invariant, INVARIANTS } from './check/violation.js';
import { missingRecordings } from './days/run-day-seed.js';
import { isGroup, type Options, parseOptions, USAGE } from './options.js';
import { runBreaks, runTestedBreak } from './run-breaks.js';
import { inParallel, WorkerPool } from './worker-pool.js';

/** So many seeds have every fault among them. */
const SEEDS_WITH_ALL = 200;
const LONGEST_DETAIL = 1_500;

/** Runs what the options say and tells of it on stdout; progress goes to stderr. Answers the exit code that the help names. */
async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) return say(USAGE);
  if (options.list) return list();
  if (options.case === 'all') return await runAllCases(options);
  if (options.case !== null) return await runCase(options.case, options);
  if (isGroup(options.broken)) return await runBreaks(options);
  if (options.broken !== null && isTestedBreak(options.broken))
    return await runTestedBreak(options.broken, options.json);
  tellOfMissing(options);
  const summary = await runCampaign(options);
  for (const failure of summary.failures) tell(failure, options.broken);
  const unmet = (summary.seeds.memory ?? 0) >= SEEDS_WITH_ALL ? unmetFaults(summary) : [];
  if (options.json) say(JSON.stringify(summary));
  else if (options.broken === null) say(faultLines(summary));
  if (!options.json) say(summaryLine(summary, options.broken));
  if (unmet.length > 0) console.error(`in none of ${summary.seeds.memory} seeds, so not tested: ${unmet.join(', ')}`);
  if (summary.violations > 0) return 1;
  return options.broken === null && unmet.length === 0 ? 0 : 2;
}

function tellOfMissing({ broken, days }: Options): void {
  const missing = missingRecordings();
  if (broken !== null || days > 0 || missing.length === 0) return;
  console.error(`the recorded days are left out: ../shared/data/traces has no ${missing.join(', ')}`);
}

function summaryLine({ seeds, violations, entries, alerts, seconds }: Summary, broken: string | null): string {
  const names = {
    memory: 'in memory',
    archive: 'of the archive',
    yunnan: 'Yunnan days',
    austin: 'Austin days',
    real: 'with real processes',
  };
  const kinds = Object.entries(seeds).map(([kind, count]) => `${count} ${names[kind as SeedKind]}`);
  const total = Object.values(seeds).reduce((sum, count) => sum + count, 0);
  const sizes = `${entries} log entries, ${alerts} alert versions, ${seconds} s`;
  if (broken === null) return `${total} seeds (${kinds.join(', ')}): ${violations} violations; ${sizes}`;
  if (violations > 0) return `without ${broken} a violation was found, as it must be; ${total} seeds, ${seconds} s`;
  return `without ${broken} NO violation was found in ${total} seeds: either it protects nothing, or no seed needs it`;
}

/** In how many seeds each fault was, a line or two for whom it befell. */
function faultLines({ faults, seeds }: Summary): string {
  const lines = Object.entries(FAULTS).flatMap(([group, names]) => {
    const some = names.filter((name) => faults[name] > 0).map((name) => `${name} ${faults[name]}`);
    return some.length === 0 ? [] : wrapped(`  ${group.padEnd(10)}`, some);
  });
  return seeds.memory === undefined && seeds.real === undefined
    ? 'Faults: every fix delayed within the horizon, one in four repeated'
    : ['Seeds with each fault:', ...lines].join('\n');
}

function wrapped(head: string, words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = head;
  for (const [index, word] of words.entries()) {
    const text = index < words.length - 1 ? `${word},` : word;
    if (line.length + text.length > 118) {
      lines.push(line);
      line = ' '.repeat(head.length);
    }
    line += ` ${text}`;
  }
  return [...lines, line];
}

function unmetFaults({ faults, seeds }: Summary): string[] {
  const { processes, archive, ...inMemory } = FAULTS;
  const groups = [...Object.values(inMemory), seeds.real === undefined ? [] : processes];
  const names = [...groups, seeds.archive === undefined ? [] : archive].flat();
  return names.filter((name) => faults[name] === 0);
}

function tell({ seed, kind, violations, case: path }: Failure, broken: string | null): void {
  for (const { invariant, detail } of violations)
    say(`${seedName(seed, kind)} breaks: ${INVARIANTS[invariant]}\n  ${invariant}: ${detail.slice(0, LONGEST_DETAIL)}`);
  const without = broken === null ? '' : ` --break ${broken}`;
  const only = {
    memory: '--seeds 1',
    archive: '--archives 1',
    real: '--real 1',
    yunnan: '--days 1',
    austin: '--days 1',
  }[kind];
  const count = ['--seeds', '--archives', '--days', '--real']
    .map((name) => (only.startsWith(name) ? only : `${name} 0`))
    .join(' ');
  say(`  again:   npm run campaign -- ${count} --from ${seed}${without}`);
  if (path !== null) say(`  shrunk:  npm run campaign -- --case ${path}`);
  else if (kind === 'memory') say(`  smaller: npm run campaign -- ${count} --from ${seed}${without} --shrink 60`);
}

function list(): number {
  say('Faults:');
  for (const [group, names] of Object.entries(FAULTS))
    for (const line of wrapped(`  ${group.padEnd(10)}`, names)) say(line);
  say('\nInvariants:');
  for (const [name, what] of Object.entries(INVARIANTS)) say(`  ${name.padEnd(22)} ${what}`);
  say('\nProtections that --break takes away from seeds, and what is true instead:');
  for (const [name, what] of SEED_BREAKS) say(`  ${name.padEnd(28)} ${what}`);
  say('\nProtections that --break takes away from a test, which must fail:');
  for (const [name, { what, seenBy }] of Object.entries(TESTED_BREAKS)) say(`  ${name.padEnd(28)} ${what} (${seenBy})`);
  return 0;
}

async function runCase(path: string, options: Options): Promise<number> {
  const one = readCase(path);
  const broken = options.broken === 'none' ? null : (options.broken ?? one.broken);
  const pool = new WorkerPool(broken);
  try {
    const answer = await pool.ask({ do: 'scenario', scenario: one.scenario });
    if (answer.did !== 'run') return 2;
    const { violations } = answer.outcome;
    if (options.shrinkS > 0 && violations.some(({ invariant }) => invariant === one.invariant)) {
      const mostMs = options.shrinkS * 1_000;
      const smaller = await pool.ask({ do: 'shrink', of: one.scenario, invariant: one.invariant, mostMs });
      if (smaller.did === 'shrink')
        say(`shrunk to ${writeCase(basename(path, '.json'), { ...one, scenario: smaller.scenario })}`);
    }
    if (options.json) say(JSON.stringify({ path, broken, violations }));
    else {
      for (const { invariant, detail } of violations)
        say(`breaks: ${INVARIANTS[invariant]}\n  ${invariant}: ${detail.slice(0, LONGEST_DETAIL)}`);
      const without = broken === null ? 'with every protection' : `without ${broken}`;
      say(`${path}, ${without}: ${violations.length} violations`);
      if (broken !== null) say(`  with it: npm run campaign -- --case ${path} --break none`);
    }
    return violations.length > 0 ? 1 : 0;
  } finally {
    pool.close();
  }
}

/** Each committed case: it holds, and where it names a protection it breaks without. */
async function runAllCases({ jobs }: Options): Promise<number> {
  const pool = new WorkerPool(null);
  const odd: string[] = [];
  const violationsOf = async (workers: WorkerPool, { scenario }: Case): Promise<Invariant[]> => {
    const answer = await workers.ask({ do: 'scenario', scenario });
    return answer.did === 'run' ? answer.outcome.violations.map(({ invariant }) => invariant) : [];
  };
  try {
    await inParallel(readCases(), jobs, async ({ file, one }) => {
      const got = await violationsOf(pool, one);
      if (got.length > 0) odd.push(`${file} breaks: ${got.join(', ')}`);
      let without = '';
      if (one.broken !== null) {
        const broken = new WorkerPool(one.broken);
        const found = await violationsOf(broken, one).finally(() => broken.close());
        without = `; without ${one.broken}: ${found.join(', ')}`;
        if (!found.includes(one.invariant)) odd.push(`${file} does not break without ${one.broken}: ${one.invariant}`);
      }
      say(`${file}: ${got.length === 0 ? 'holds' : 'BREAKS'}${without}`);
    });
  } finally {
    pool.close();
  }
  for (const line of odd) console.error(line);
  return odd.length > 0 ? 1 : 0;
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
