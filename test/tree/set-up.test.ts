import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
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

t.test('an error that no test waits for fails its file', async (t) => {
  const late: Readonly<Record<string, string>> = {
    thrown: "setTimeout(() => { throw new Error('late'); }, 20)",
    rejected: "setTimeout(() => void Promise.reject(new Error('late')), 20)",
    none: 'setTimeout(() => {}, 20)',
  };
  for (const [name, what] of Object.entries(late)) {
    const folder = t.testdir({
      'x.test.mjs': `import t from '${import.meta.resolve('tap')}';
        t.test('passes', async (t) => {
          ${what};
          await new Promise((resolve) => setTimeout(resolve, 100));
          t.pass();
        });`,
      'runner.mjs': `import { runFiles } from '${pathToFileURL(join(projectRoot, '.dev/test-files.mjs')).href}';
        process.exit(await runFiles([process.argv[2]], () => {}));`,
    });
    // What Node says of the error goes to a stderr of its own.
    const { status } = spawnSync(process.execPath, [join(folder, 'runner.mjs'), join(folder, 'x.test.mjs')]);
    t.equal(status, name === 'none' ? 0 : 1, name);
  }
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
