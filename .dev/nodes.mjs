// npm run nodes -- 20 22 24: runs the compiled tests under these versions of Node, which npx fetches. Without versions all that are
// supported; with paths such as test/geo only those tests. One line a file; exits with 1 when a test failed.

import { list, setUp } from './setup.mjs';
import { endWithNpm, run, SetUpError, say } from './shell.mjs';

const SUPPORTED = ['20', '22', '24'];
const AT_ONCE = 2;
/** Without tap's runner a file has 30 s, which is too short for some. */
const env = { ...process.env, TAP_TIMEOUT: '900' };

/** The program of a version, by its major number. */
async function nodeOf(version) {
  const { code, output } = await run('npx', ['-y', `node@${version}`, '-p', 'process.execPath']);
  const path = output.trim().split('\n').at(-1);
  if (code !== 0) throw new SetUpError(`npx node@${version} ended with exit code ${code}:\n${output}`);
  return path;
}

async function runFile(program, file) {
  const startMs = performance.now();
  const { code, output } = await run(program, [`dist/${file.replace(/\.ts$/, '.js')}`], { env });
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`  ${code === 0 ? 'ok    ' : 'FAILED'} ${file} (${seconds} s)`);
  if (code !== 0)
    console.log(
      output
        .split('\n')
        .filter((line) => /^\s*not ok/.test(line))
        .join('\n'),
    );
  return code === 0;
}

async function runAll(version, files) {
  const program = await nodeOf(version);
  const { output } = await run(program, ['--version']);
  console.log(`Node ${output.trim().slice(1)}:`);
  const waiting = [...files];
  let failed = 0;
  const work = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift())
      if (!(await runFile(program, file))) failed += 1;
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  console.log(`Node ${output.trim().slice(1)}: ${files.length - failed} files passed, ${failed} failed`);
  return failed;
}

async function main(words) {
  const versions = words.filter((word) => /^\d+$/.test(word));
  const prefixes = words.filter((word) => !/^\d+$/.test(word)).map((path) => path.replace(/\/$/, ''));
  const files = list('test').filter(
    (path) =>
      path.endsWith('.test.ts') &&
      (prefixes.length === 0 || prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))),
  );
  if (files.length === 0) throw new SetUpError(`no test file at ${prefixes.join(', ')}`);
  await setUp({ tests: false });
  let failed = 0;
  for (const version of versions.length === 0 ? SUPPORTED : versions) failed += await runAll(version, files);
  if (failed > 0) process.exitCode = 1;
}

endWithNpm();
await main(process.argv.slice(2)).catch((error) => {
  say(error instanceof SetUpError ? `nodes: ${error.message}` : error.stack);
  process.exitCode = 1;
});
