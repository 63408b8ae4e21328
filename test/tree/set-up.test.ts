import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { filesBelow, projectRoot, readProjectFile } from './sources.js';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly failures: readonly string[];
  readonly complete: boolean;
}
interface TapReaderModule {
  readonly TapReader: new (print: (line: string) => void) => { line(line: string): void; finish(): Counts };
}

// A case is the runner's output and what is to be counted in it: `x.tap` and `x.json`.
t.test('the summary counts what was run', async (t) => {
  const { TapReader } = (await import(pathToFileURL(join(projectRoot, '.dev/tap-reader.mjs')).href)) as TapReaderModule;
  const cases = filesBelow('test/tree/tap-cases').filter((path) => path.endsWith('.tap'));
  t.ok(cases.length > 0);
  for (const path of cases) {
    const printed: string[] = [];
    const reader = new TapReader((line) => printed.push(line));
    for (const line of readProjectFile(path).split('\n')) reader.line(line);
    const counts = reader.finish();
    t.strictSame(counts, JSON.parse(readProjectFile(path.replace(/\.tap$/, '.json'))), path);
    t.equal(
      printed.filter((line) => line.startsWith('    not ok: ')).length,
      counts.failed,
      `${path}: each failure is shown`,
    );
  }
});

/** The TAP of files that share a process, in order, by what stands in each of them; `exitCode` is that of the whole. */
async function runShared(
  t: Test,
  files: Readonly<Record<string, string>>,
): Promise<{ exitCode: number | null; counts: Counts }> {
  const folder = t.testdir({
    ...Object.fromEntries(
      Object.entries(files).map(([name, body]) => [name, `import t from '${import.meta.resolve('tap')}'; ${body}`]),
    ),
    'runner.mjs': `
      import { runFiles } from '${pathToFileURL(join(projectRoot, '.dev/test-files.mjs')).href}';
      import { TapReader } from '${pathToFileURL(join(projectRoot, '.dev/tap-reader.mjs')).href}';
      const reader = new TapReader(() => {});
      const code = await runFiles(process.argv.slice(2), (line) => reader.line(line));
      console.log(JSON.stringify(reader.finish()));
      process.exit(code);`,
  });
  const paths = Object.keys(files).map((name) => join(folder, name));
  const child = spawn(process.execPath, [join(folder, 'runner.mjs'), ...paths], {
    env: { ...process.env, TAP_TIMEOUT: '2' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const counts = (await json(child.stdout)) as Counts;
  const [exitCode] = child.exitCode === null ? ((await once(child, 'exit')) as [number]) : [child.exitCode];
  return {
    exitCode,
    counts: { ...counts, failures: counts.failures.map((name) => name.replaceAll(`${folder}/`, '')) },
  };
}

/** How a process ends that gets Ctrl+C just before the command that follows the set-up is its own master. */
async function endOfInterrupted(t: Test, command: string): Promise<{ code: number | null; signal: string | null }> {
  const folder = t.testdir({
    'command.mjs': `
      import { releaseSignals } from '${pathToFileURL(join(projectRoot, '.dev/shell.mjs')).href}';
      process.kill(process.pid, 'SIGINT');
      releaseSignals();
      ${command}
      setTimeout(() => process.exit(3), 2_000);`,
  });
  const child = spawn(process.execPath, [join(folder, 'command.mjs')], { stdio: 'ignore' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return { code, signal };
}

t.test('a signal that comes while the set-up ends is not lost', async (t) => {
  const listens = "process.on('SIGINT', () => process.exit(5));";
  t.strictSame(await endOfInterrupted(t, listens), { code: 5, signal: null }, 'a command that listens is told');
  t.strictSame(await endOfInterrupted(t, ''), { code: null, signal: 'SIGINT' }, 'one that does not is ended');
});

/** A process that hangs is ended after a while, which costs nothing but the time. */
t.jobs = 2;
const atOnce = { buffered: true };

const passes = `t.test('passes', async (t) => { t.pass(); });`;

t.test('an error that no test waits for fails its file', async (t) => {
  const late: Readonly<Record<string, string>> = {
    thrown: "setTimeout(() => { throw new Error('late'); }, 20)",
    rejected: "setTimeout(() => void Promise.reject(new Error('late')), 20)",
    none: 'setTimeout(() => {}, 20)',
  };
  for (const [name, what] of Object.entries(late)) {
    const { exitCode } = await runShared(t, {
      'x.mjs': `t.test('passes', async (t) => {
        ${what};
        await new Promise((resolve) => setTimeout(resolve, 100));
        t.pass();
      });`,
    });
    t.equal(exitCode, name === 'none' ? 0 : 1, name);
  }
});

t.test('of files that share a process only those fail that fail alone, and each is played', atOnce, async (t) => {
  const { exitCode, counts } = await runShared(t, {
    'first.mjs': passes,
    'fails.mjs': `t.test('fails', async (t) => { t.equal(1, 2, 'one is two'); t.pass(); });`,
    'ends.mjs': `t.test('ends', async () => process.exit(0));`,
    'between.mjs': passes,
    'throws.mjs': `throw new Error('bang');`,
    'hangs.mjs': `t.test('hangs', async () => { await new Promise((resolve) => setTimeout(resolve, 60_000)); });`,
    'last.mjs': passes,
  });
  t.equal(exitCode, 1);
  t.match(counts, { passed: 4, skipped: 0, complete: true });
  t.strictSame(
    counts.failures.map((name) => name.split(' > ')[0]),
    ['fails.mjs', 'ends.mjs', 'throws.mjs', 'hangs.mjs'],
  );
});

t.test('a process that does not end when its files are over fails, and says which they are', atOnce, async (t) => {
  const { exitCode, counts } = await runShared(t, {
    'leaves.mjs': `t.test('leaves a timer', async (t) => { t.pass(); setInterval(() => {}, 1_000); });`,
    'other.mjs': passes,
  });
  t.equal(exitCode, 1);
  t.match(counts, { passed: 2, complete: true });
  t.match(counts.failures, [/^the process of leaves\.mjs, other\.mjs > /]);
});

t.test('a Redis server is found, or the advice says what to install', async (t) => {
  // A copy, so that a server unpacked into the project's own .redis plays no part.
  const folder = t.testdir({ project: {}, bin: {}, empty: {} });
  cpSync(join(projectRoot, '.dev'), join(folder, 'project/.dev'), { recursive: true });
  const program = (path: string, prints: string): string => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), `#!/bin/sh\necho '${prints}'\n`);
    chmodSync(join(folder, path), 0o755);
    return join(folder, path);
  };
  const find = (env: NodeJS.ProcessEnv): { status: number | null; stdout: string; stderr: string } => {
    const script = join(folder, 'find.mjs');
    writeFileSync(
      script,
      `import { findRedis } from './project/.dev/redis.mjs';
      import { giveUp } from './project/.dev/setup.mjs';
      await findRedis().then((found) => console.log(found.server), giveUp);\n`,
    );
    return spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
  };
  const bin = join(folder, 'bin');
  const empty = join(folder, 'empty');

  const missing = find({ PATH: empty });
  t.equal(missing.status, 1);
  t.match(missing.stderr, /found no Redis server\. Install one .*apt-get install.*REDIS_SERVER/s);
  t.equal(missing.stdout, '');

  const unusable = find({ PATH: empty, REDIS_SERVER: join(empty, 'redis-server') });
  t.equal(unusable.status, 1);
  t.match(unusable.stderr, /REDIS_SERVER=.* does not run; expected/);

  const old = program('bin/redis-server', 'Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64');
  const tooOld = find({ PATH: bin });
  t.equal(tooOld.status, 1);
  t.match(tooOld.stderr, `no Redis server of version 7 or newer (${old} is 6.0.16)`);
  t.match(find({ PATH: bin, REDIS_SERVER: old }).stderr, 'is version 6.0.16; expected');

  const valkey = program('bin/valkey-server', 'Valkey server v=8.0.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64');
  t.equal(find({ PATH: bin }).stdout.trim(), valkey, 'the next usable one is taken');
  const chosen = program('other/my-redis', 'Redis server v=7.2.4 sha=00000000:0 malloc=libc bits=64');
  t.equal(find({ PATH: bin, REDIS_SERVER: chosen }).stdout.trim(), chosen, 'REDIS_SERVER comes first');
});

t.test('the continuous-integration script is executable and runs the documented command', async (t) => {
  const { status } = spawnSync('test', ['-x', join(projectRoot, '.ci/run')]);
  t.equal(status, 0);
  t.match(readFileSync(join(projectRoot, '.ci/run'), 'utf8'), /^npm test /m);
});
