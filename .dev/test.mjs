// npm test: sets up, runs the checks and all tests, and prints `N passed, N failed` as the last line. Each check counts as
// one, and so does each assertion of the tests. `npm test -- test/geo test/log/x.test.ts` runs only those tests;
// `npm test -- --all` runs all, those of LONG too, as continuous integration does;
// `npm test -- --coverage` runs all and measures what they cover, which takes longer.

import { createWriteStream, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build, list, setUp } from './setup.mjs';
import { endWithNpm, root, run, SetUpError, say } from './shell.mjs';
import { TapReader } from './tap-reader.mjs';
import { runFiles, setting } from './test-files.mjs';

const RAW_TAP = '.tap/last-run.tap';
const STILL_RUNNING_MS = 30_000;
/**
 * Whole processes, days, archives and browsers; kills, stops and races many times over; many drawn cases: two thirds of the time of all
 * tests.
 */
const LONG = [
  'test/app/',
  'test/archive/',
  'test/bench/cases.test.ts',
  'test/campaign/cases.test.ts',
  'test/campaign/deployments.test.ts',
  'test/commands/',
  'test/console/bad-input.test.ts',
  'test/console/check-folder.test.ts',
  'test/console/ground.test.ts',
  'test/console/page.test.ts',
  'test/console/rooms.test.ts',
  'test/console/trial.test.ts',
  'test/days/',
  'test/e2e/',
  'test/notify/kills.test.ts',
  'test/real-days/',
  'test/runner/',
  'test/api/live-limits.test.ts',
  'test/api/record-queries.test.ts',
  'test/codec/stored-messages.test.ts',
  'test/documents/actions.test.ts',
  'test/documents/containers.test.ts',
  'test/documents/programs.test.ts',
  'test/documents/published.test.ts',
  'test/engine/decisions.test.ts',
  'test/engine/dense.test.ts',
  'test/engine/prune.test.ts',
  'test/engine/snapshot-size.test.ts',
  'test/simulator/fleet.test.ts',
  'test/traces/clear-of-area.test.ts',
];
/** A server of its own, asked from outside: what no quick run does without. */
const NOT_LONG = ['test/e2e/acts.test.ts', 'test/e2e/signals.test.ts', 'test/e2e/sos.test.ts'];
const COVERAGE = '.tap/report/coverage-summary.json';

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

function count(name, ok, seconds, output = '') {
  total[ok ? 'passed' : 'failed'] += 1;
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}${seconds === null ? '' : ` (${seconds.toFixed(1)} s)`}`);
  if (ok) return;
  failures.push(name);
  if (output.trim() !== '') console.log(output.trimEnd().replace(/^/gm, '    '));
}

async function check(name, work) {
  const startMs = performance.now();
  const { code, output } = await work();
  count(name, code === 0, (performance.now() - startMs) / 1000, output);
}

const bin = (name, ...args) => run(`node_modules/.bin/${name}`, args);

async function runChecks() {
  await check('lint: oxlint', () => bin('oxlint', '--type-aware', '--deny-warnings', 'src', 'test'));
  await check('dead code: knip', () => bin('knip', '--no-progress'));
  await check('lint, format: biome', () =>
    bin('biome', 'ci', '--assist-enabled=false', '--error-on-warnings', '--colors=off', '.'),
  );
}

/** The compiled test files under the given sources; when none is given all, but for long ones that are not wanted. */
function testFiles(selection, withLong) {
  const all = list('test').filter((path) => path.endsWith('.test.ts'));
  const wanted = selection.map((path) => path.replace(/^\.\//, '').replace(/\/$/, ''));
  const isWanted = (path) => wanted.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
  const isLong = (path) => LONG.some((prefix) => path.startsWith(prefix)) && !NOT_LONG.includes(path);
  const chosen = wanted.length > 0 ? all.filter(isWanted) : withLong ? all : all.filter((path) => !isLong(path));
  if (wanted.length === 0 && !withLong)
    say(`tests: ${all.length - chosen.length} files that take long are left out; npm test -- --all runs them too`);
  for (const prefix of wanted) {
    if (!chosen.some((path) => path === prefix || path.startsWith(`${prefix}/`))) {
      throw new SetUpError(
        `no test file at ${prefix}; expected a *.test.ts file or a folder with some, such as test/geo`,
      );
    }
  }
  return chosen.map((path) => `dist/${path.replace(/\.ts$/, '.js')}`);
}

async function runTests(selection, { withCoverage, withLong }) {
  const files = testFiles(selection, withLong);
  rmSync(join(root, COVERAGE), { force: true });
  const { code, counts } = await readTap((onLine) =>
    withCoverage ? runCovered(files, onLine) : runFiles(files, onLine),
  );
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  failures.push(...counts.failures);
  const covered = withCoverage ? checkCoverage() : true;
  const trouble = !counts.complete
    ? 'ended before it had counted them'
    : counts.passed + counts.failed + counts.skipped === 0
      ? 'found none'
      : code !== 0 && counts.failed === 0 && covered
        ? `ended with exit code ${code}`
        : null;
  if (trouble !== null)
    count(`tests: the runner ${trouble}`, false, null, `Exit code ${code}. All that it printed is in ${RAW_TAP}`);
}

/** Counts what `play` hands on as lines of TAP; it answers with an exit code. */
async function readTap(play) {
  mkdirSync(join(root, '.tap'), { recursive: true });
  const raw = createWriteStream(join(root, RAW_TAP));
  const reader = new TapReader((line) => console.log(line));
  const startMs = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startMs) / 1000);
    say(`tests: still running after ${seconds} s`);
  }, STILL_RUNNING_MS);
  const onLine = (line) => {
    raw.write(`${line}\n`);
    reader.line(line);
  };
  const code = await play(onLine);
  clearInterval(timer);
  raw.end();
  return { code, counts: reader.finish() };
}

async function runCovered(files, onLine) {
  const args = ['run', '--reporter=tap', '--coverage-report=json-summary', ...files];
  return (await run('node_modules/.bin/tap', args, { onLine, inheritStderr: true })).code;
}

/** The thresholds of .taprc; tap itself only sets its exit code. */
function checkCoverage() {
  let summary;
  try {
    summary = JSON.parse(readFileSync(join(root, COVERAGE), 'utf8')).total;
  } catch (error) {
    count('coverage', false, null, `no report: ${error.message}`);
    return false;
  }
  const parts = ['statements', 'branches', 'functions', 'lines'].map((kind) => {
    const wanted = setting(kind);
    const got = Number(summary[kind].pct);
    return { ok: got >= wanted, text: `${kind} ${got} % (needed ${wanted} %)` };
  });
  const ok = parts.every((part) => part.ok);
  count(`coverage: ${parts.map((part) => part.text).join(', ')}`, ok, null, 'The report by file: npx tap report text');
  return ok;
}

async function main(args) {
  const selection = args.filter((arg) => arg !== '--coverage' && arg !== '--all');
  const withCoverage = args.includes('--coverage');
  const withLong = withCoverage || args.includes('--all');
  await setUp({ tests: true });
  await check('types: tsc', () => build({ always: true }));
  // The checks fill the pauses of the tests, which wait for sockets, disks and clocks.
  await Promise.all([selection.length === 0 ? runChecks() : null, runTests(selection, { withCoverage, withLong })]);
}

endWithNpm();
try {
  await main(process.argv.slice(2));
} catch (error) {
  count('set-up', false, null, error instanceof SetUpError ? error.message : error.stack);
}
if (failures.length > 0) console.log(`\nfailed:\n${failures.map((name) => `  ${name}`).join('\n')}`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 ? 1 : 0;
