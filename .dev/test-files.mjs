// Runs test files side by side, each as `node FILE`, and hands on what they print as one TAP stream, file by file. `tap run`
// does the same, but puts a loader into every process that a test starts, which makes a server's start three times as dear; it
// is used where that loader is wanted, for coverage.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './shell.mjs';

const WITHOUT_DOMAINS = join(root, '.dev/without-domains.mjs');
/** A file whose tests are over ends within this: what is still open then was left open. */
const END_WITHIN_MS = 20_000;
/** These take longest, so they come first: none of them is left over at the end with the other places empty. */
const LONG = [
  'test/e2e',
  'test/real-days',
  'test/campaign',
  'test/documents',
  'test/runner',
  'test/engine',
  'test/simulator',
  'test/api',
];

/** A number of .taprc. */
export function setting(name) {
  const found = new RegExp(`^${name}: *(\\d+)`, 'm').exec(readFileSync(join(root, '.taprc'), 'utf8'));
  if (found === null) throw new Error(`.taprc: got no ${name}, expected a number`);
  return Number(found[1]);
}

function rank(file) {
  const found = LONG.findIndex((folder) => file.startsWith(`dist/${folder}/`));
  return found < 0 ? LONG.length : found;
}

/**
 * Answers with the exit code of the whole: 0 when each file ended with 0.
 * @param files below the root
 * @param onLine gets each line of the stream
 */
export async function runFiles(files, onLine) {
  const waiting = files.toSorted((a, b) => rank(a) - rank(b));
  const env = { ...process.env, TAP_TIMEOUT: process.env.TAP_TIMEOUT ?? String(setting('timeout')) };
  let failed = 0;
  let done = 0;
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const startMs = performance.now();
      const { code, lines } = await runFile(file, env);
      onLine(`# Subtest: ${file}`);
      for (const line of lines) onLine(line === '' ? line : `    ${line}`);
      done += 1;
      failed += code === 0 ? 0 : 1;
      onLine(`${code === 0 ? 'ok' : 'not ok'} ${done} - ${file} # time=${(performance.now() - startMs).toFixed(3)}ms`);
    }
  };
  await Promise.all(Array.from({ length: setting('jobs') }, worker));
  onLine(`1..${files.length}`);
  onLine(`# { total: ${files.length} }`);
  return failed === 0 ? 0 : 1;
}

async function runFile(file, env) {
  const lines = [];
  let timer;
  let kill;
  const onLine = (line) => {
    lines.push(line);
    // The plan of the whole file: its last word but for comments.
    if (/^1\.\.\d+/.test(line)) timer = setTimeout(() => kill(), END_WITHIN_MS);
  };
  const onStart = (end) => {
    kill = end;
  };
  const { code } = await run(process.execPath, ['--enable-source-maps', '--import', WITHOUT_DOMAINS, file], {
    env,
    onLine,
    onStart,
    inheritStderr: true,
  });
  clearTimeout(timer);
  if (code !== 0) lines.push(`# ended with exit code ${code}`);
  return { code, lines };
}
