// Runs test files side by side and hands on what they print as one TAP stream, file by file. Files of one folder share a process,
// which reads and compiles what they import only once: that is a third of what most of them cost. `tap run` starts a process for
// each, and puts a loader into every process that a test starts, which makes a server's start three times as dear; it is used where
// that loader is wanted, for coverage.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, run } from './shell.mjs';

const WITHOUT_DOMAINS = join(root, '.dev/without-domains.mjs');
const TOGETHER = join(root, '.dev/together.mjs');
/** A process that has printed its plan ends within this. */
const END_WITHIN_MS = 30_000;
/** Files that share a process, at most: what they hold in memory adds up. */
const MAX_TOGETHER = 8;
/**
 * A file of these has a process of its own: it takes long, waits for servers or has a teardown for all of its tests. They come first,
 * so that no long one is left over.
 */
const ALONE = [
  'test/campaign',
  'test/e2e',
  'test/real-days',
  'test/runner',
  'test/bench',
  'test/commands',
  'test/app/engine-threads.test.ts',
  'test/app/fix-searches.test.ts',
  'test/app/reports.test.ts',
  'test/api/record-queries.test.ts',
];

/** A number of .taprc. */
export function setting(name) {
  const found = new RegExp(`^${name}: *(\\d+)`, 'm').exec(readFileSync(join(root, '.taprc'), 'utf8'));
  if (found === null) throw new Error(`.taprc: got no ${name}, expected a number`);
  return Number(found[1]);
}

/** The files of each process, those that come first first. */
function shared(files) {
  const rank = (file) => {
    const found = ALONE.findIndex((path) => file.startsWith(`dist/${path.replace(/\.ts$/, '')}`));
    return found < 0 ? ALONE.length : found;
  };
  const processes = [];
  for (const file of files.toSorted((a, b) => rank(a) - rank(b))) {
    const last = processes.at(-1);
    const room = last !== undefined && last.length < MAX_TOGETHER && dirname(last[0]) === dirname(file);
    if (room && rank(file) === ALONE.length) last.push(file);
    else processes.push([file]);
  }
  return processes;
}

/**
 * Answers with the exit code of the whole: 0 when each file ended with 0.
 * @param files below the root
 * @param onLine gets each line of the stream
 */
export async function runFiles(files, onLine) {
  const waiting = shared(files);
  const env = { ...process.env, TAP_TIMEOUT: process.env.TAP_TIMEOUT ?? String(setting('timeout')) };
  let failed = 0;
  let done = 0;
  const report = ({ name, lines, ok, ms }) => {
    onLine(`# Subtest: ${name}`);
    for (const line of lines) onLine(line === '' ? line : `    ${line}`);
    done += 1;
    failed += ok ? 0 : 1;
    onLine(`${ok ? 'ok' : 'not ok'} ${done} - ${name} # time=${ms.toFixed(3)}ms`);
  };
  const worker = async () => {
    for (let some = waiting.shift(); some !== undefined; some = waiting.shift()) {
      const left = await runTogether(some, env, report);
      if (left.length > 0) waiting.unshift(left);
    }
  };
  await Promise.all(Array.from({ length: setting('jobs') }, worker));
  onLine(`1..${done}`);
  onLine(`# { total: ${done} }`);
  return failed === 0 ? 0 : 1;
}

/** Runs files in one process, and answers with those that it did not come to because one before them ended it. */
async function runTogether(files, env, report) {
  let left = files;
  let allOk = true;
  let open = null;
  const rest = [];
  const close = (ok) => {
    report({ ...open, ok, ms: performance.now() - open.startMs });
    allOk &&= ok;
    open = null;
  };
  let timer;
  let kill;
  const onLine = (line) => {
    if (line.startsWith('# file ') && open === null) {
      open = { name: left[0], lines: [], startMs: performance.now() };
      left = left.slice(1);
    } else if (line === '# file over') close(!open.lines.some((before) => before.startsWith('not ok ')));
    else (open?.lines ?? rest).push(line);
    // The plan of the whole process: its last word but for comments.
    if (/^1\.\.\d+/.test(line)) timer = setTimeout(() => kill(), END_WITHIN_MS);
  };
  const onStart = (end) => {
    kill = end;
  };
  const startMs = performance.now();
  const { code } = await run(
    process.execPath,
    ['--enable-source-maps', '--import', WITHOUT_DOMAINS, TOGETHER, ...files],
    { env, onLine, onStart, inheritStderr: true },
  );
  clearTimeout(timer);
  const ended = `# ended with exit code ${code}`;
  if (open !== null) {
    open.lines.push(ended);
    close(false);
  } else if (left.length > 0 || (code !== 0 && allOk)) {
    report({
      name: `the process of ${files.join(', ')}`,
      lines: [...rest, ended],
      ok: false,
      ms: performance.now() - startMs,
    });
  }
  // One that cannot even begin would be begun for ever.
  return left.length < files.length ? left : [];
}
